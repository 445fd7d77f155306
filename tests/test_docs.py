"""Files, commands, settings and codes that the pages name exist. tests/people/test_site.py checks links."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

import dev
from bridge.aadsts import Outcome
from bridge.tokens import VERDICTS
from sandbox import up
from tests.settings.test_documented import documented
from tests.support.env import SYSTEM
from tests.test_public_codes import raised
from tools.cli import main as cli
from tools.cli import troubleshooting
from tools.explain import Expectation, explain

ROOT = Path(__file__).parents[1]
FOLDERS = ("docs", "docs/decisions", "docs/systems", "openapi", "examples/own-catalog")
PAGES = sorted([*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in (ROOT / folder).glob("*.md"))])
INDEXES = {file.name for file in troubleshooting.INDEXES}
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
OURS = re.compile(r"^ *(?:\w+=\S+ )*((?:python3 dev\.py|python -m tools|bridge) .*|deploy/\d.*)")
GUID = "00000000-0000-0000-0000-000000000001"
SYSTEM_NAME = re.compile(
    r"^BRIDGE_SYSTEMS__(<NAME>|NAME|HELPDESK|SUCCESSFACTORS|SALESFORCE|SERVICENOW|S4HANA|POWERAUTOMATE|ORDERS|…)__"
)
OTHER_WORDS = {
    *("access_as_user", "user_impersonation", "entra_saml", "bridge_saml", "bridge_jwt", "local_part", "system_token"),
    *("preferred_username", "unique_name", "user_name", "onprem_sam_account_name", "xms_cc", "caller_id"),
    *("access_token", "client_id", "company_id", "expires_in", "invalid_client", "invalid_grant", "invalid_target"),
    *("api_key", "use_username", "use_username=true", "contoso_dpt1"),
    *("media_type", "correlation_header", "confirm_with", "trust_setting", "client_setting", "soap_header"),
    *("next_step", "max_size", "resource_scope", "timeout_seconds", "token_seconds", "token_url"),
    *("client_authentication", "jwt_issuer", "jwt_audience", "authn_context", "instance_host", "instance_url"),
    *("credential_rejected", "not_permitted", "user_unknown"),
}
"""Scopes, paths, claims, OAuth's words and the keys of catalog files: they look like codes."""


OPTIONS: dict[str, set[str]] = {
    **{name: set() for name in ("bridge", "up", "demo", "bench", "coverage", "mutate")},
    **dev.OPTIONS,
    "test": {"--fast", "-n", "-s", "--ignore"},
    "release": {"--tag"},
    "chaos": {"--seed", "--seconds", "--writes", "--requests", "--callers", "--break-ledger", "--json"},
}
"""Commands of `dev.py` and their options; `bridge` and `up` have parsers."""


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    return BLOCK.sub("", read(page))


def test_files_that_are_named_exist() -> None:
    file = re.compile(r"`((?:docs|deploy|bridge|openapi|sandbox|tests|tools|examples|infra)/[\w./-]+)`")
    named = [(page.name, name) for page in PAGES for name in file.findall(read(page))]
    assert len(named) > 50
    assert [(page, name) for page, name in named if not (ROOT / name).exists()] == []


def test_contributing_names_every_room_and_every_folder_of_tests() -> None:
    text = read(ROOT / "CONTRIBUTING.md")
    folders = {file.parent for top in ("bridge", "tests") for file in (ROOT / top).glob("*/*.py")}
    assert len(folders) > 30
    names = {folder.relative_to(ROOT).as_posix() for folder in folders}
    assert {name for name in names if f"`{name}/`" not in text} == set()


MADE_BY_THE_USER = {"deploy/settings.env"}
FILE = r"(?<![\w/.-])(?:bridge|deploy|docs|examples|infra|sandbox|tools)/[\w./-]*\w\.(?:bicep|env|json|md|py|sh|toml)\b"


def test_files_that_the_program_names_exist() -> None:
    folders = [ROOT / name for name in ("bridge", "tools", "deploy", "infra", "sandbox", ".github")]
    sources = [
        file for folder in folders for file in folder.rglob("*") if file.suffix in {".py", ".sh", ".toml", ".yml"}
    ]
    named = {name for file in sources for name in re.findall(FILE, read(file))}
    assert len(named) > 20
    assert {name for name in named - MADE_BY_THE_USER if not (ROOT / name).exists()} == set()


# --- commands


def commands(text: str) -> Iterator[str]:
    """Our commands in a block of shell lines, continuations joined, comments and redirections dropped."""
    for line in text.replace("\\\n", " ").splitlines():
        if match := OURS.match(re.split(r" {2,}[(#]| [<|] ", line)[0]):
            yield match[1]


def parse(command: str) -> None:
    """Give it to its own parser. Raises SystemExit as the parser does."""
    words = shlex.split(command, comments=True)
    words = [re.sub(r"…|^[A-Z]+(_[A-Z]+)+$", GUID, word) for word in words]
    if words[0].startswith("deploy/"):
        assert (ROOT / words[0]).exists(), command
        assert {word for word in words if word.startswith("-")} <= {"--dry-run", "--settings"}
        return
    words = words[1:] if words[0] == "bridge" else ["bridge", *words[3:]] if words[1] == "-m" else words[2:]
    name, arguments = (words[0], words[1:]) if words[0] in OPTIONS else ("bridge", words)
    if name == "bridge":
        cli._parser(arguments).parse_args(arguments)
    elif name == "up":
        up.parse(arguments)
    else:
        assert {word.partition("=")[0] for word in arguments if word.startswith("-")} <= OPTIONS[name], command


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of a reader of docs/add-an-operation.md."""
    (tmp_path / "own").mkdir()
    monkeypatch.chdir(tmp_path)


def wrong(command: str) -> str | None:
    """The error of a command's parser, None if there is none."""
    try:
        parse(command)
    except (SystemExit, AssertionError) as error:
        return f"{command}: {error!r}"
    return None


def test_commands_in_blocks_are_understood() -> None:
    found = {
        command: page.name
        for page in PAGES
        for language, block in BLOCK.findall(read(page))
        if language in {"", "bash"}
        for command in commands(block)
    }
    assert {command.split()[0] for command in found} >= {"python3", "deploy/2-entra-apps.sh"}
    assert len(found) > 20
    assert [(page, said) for command, page in found.items() if (said := wrong(command))] == []


def test_commands_in_sentences_exist_with_their_options(capsys: pytest.CaptureFixture[str]) -> None:
    inline = re.compile(r"`((?:python3 dev\.py |python -m )?bridge [a-z][^`]*)`")
    found = {tuple(one.partition("bridge ")[2].split()) for page in PAGES for one in inline.findall(prose(page))}
    helps: dict[tuple[str, ...], str] = {}
    for words in found:
        names = tuple(word for word in words[:2] if re.fullmatch(r"[a-z]+", word))
        if names not in helps:
            with pytest.raises(SystemExit, match="0"):
                cli.main([*names, "--help"])
            helps[names] = capsys.readouterr().out
        assert [word for word in words if word.startswith("--") and word not in helps[names]] == [], words


def test_every_command_of_dev_py_has_its_options_here() -> None:
    assert OPTIONS.keys() == {*dev.MODULES, *dev.COMMANDS, *dev.ALONE}


def test_commands_of_dev_py_in_sentences_exist() -> None:
    inline = re.compile(r"`(python3? dev\.py (?!bridge)[a-z][^`]*)`")
    found = {command: page.name for page in PAGES for command in inline.findall(prose(page))}
    assert [(page, said) for command, page in found.items() if (said := wrong(command))] == []


def test_a_wrong_command_is_found() -> None:
    assert all(map(wrong, ["python3 dev.py bridge keys new --cn x", "bridge no-such", "deploy/1 --force"]))


HELPS = [[], *([name] for name in cli.COMMANDS), ["keys", "new"], ["connector", "build"], ["connector", "lint"]]


def test_examples_in_help_texts_are_understood(capsys: pytest.CaptureFixture[str]) -> None:
    problems, count = [], 0
    for words in HELPS:
        with pytest.raises(SystemExit):
            cli.main([*words, "--help"])
        _, _, examples = capsys.readouterr().out.partition("example")
        found = [one for one in commands(examples.partition("\n\n")[0]) if not one.endswith("--help")]
        count += len(found)
        problems += [said for command in found if (said := wrong(command))]
    assert count > 20
    assert problems == []


def test_the_first_commands_of_the_readme_are_demo_and_test() -> None:
    first = commands(next(block for language, block in BLOCK.findall(read(ROOT / "README.md")) if language == "bash"))
    assert [command.split()[2] for command in first] == ["demo", "test"]


def test_the_readme_quotes_the_demo_as_it_is() -> None:
    story = read(ROOT / "sandbox" / "demo" / "story.py")
    quoted = re.findall(r"^ +(?:\d+ |✓) (.+)$", read(ROOT / "README.md"), re.MULTILINE)
    assert len(quoted) == 4
    assert [line for line in quoted if f'"{line.strip()}"' not in story] == []


def test_a_command_without_a_help_of_its_own_is_not_run_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    for command in OPTIONS.keys() - {"bridge", "up"}:
        assert dev.main([command, "--help"]) == 0, command
        assert capsys.readouterr().out == dev.HELP, command


# --- settings


def unknown_settings(page: Path, known: set[str]) -> set[str]:
    """Full names, beginnings that end in `…` or `_`, and ends such as SAML__SIGNER, that no setting has."""
    named = re.findall(r"\bBRIDGE_[A-Z0-9_<>…]+", read(page))
    full = {SYSTEM_NAME.sub(SYSTEM, name) for name in named}
    starts = {name for name in full if name.endswith(("…", "_"))}
    ends = set(re.findall(r"`(?:…__)?((?:SAML|TOKEN|ENTRA)__[A-Z_]+)`", read(page)))
    wrong_starts = {start for start in starts if not any(name.startswith(start.rstrip("…")) for name in known)}
    return (full - starts - known) | wrong_starts | {e for e in ends if not any(k.endswith(f"__{e}") for k in known)}


def test_settings_that_are_named_exist() -> None:
    known = set(documented())
    assert {page.name: names for page in PAGES if (names := unknown_settings(page, known))} == {}


# --- codes


def test_each_code_of_the_bridge_is_documented_and_explained() -> None:
    wrong = {}
    for code in {*VERDICTS, *(outcome.public_code for outcome in Outcome), *(code for _, code in raised())}:
        pasted = (code, f'{{"code": "{code}", "status": 503}}')
        said = [[item.advice.code for item in explain(text, Expectation(), now=0.0).items] for text in pasted]
        if said != [[code], [code]] or not (ROOT / "docs" / "errors" / f"{code}.md").exists():
            wrong[code] = said
    assert wrong == {}


def test_codes_that_are_named_exist() -> None:
    """Without the indexes of errors: they hold the words of every vendor, and are made from the tables."""
    known = OTHER_WORDS | {page.stem for page in (ROOT / "docs" / "errors").iterdir()}
    words = {page.name: set(re.findall(r"`([a-z0-9]+(?:_[a-z0-9]+)+)`", read(page))) - known for page in PAGES}
    assert {name: rest for name, rest in words.items() if rest and name not in INDEXES} == {}


def test_aadsts_codes_that_are_named_are_explained() -> None:
    named = {int(code) for page in PAGES for code in re.findall(r"AADSTS(\d+)", read(page))}
    assert len(named) > 20

    def explained(code: int) -> bool:
        items = explain(str(code), Expectation(), now=0.0).items
        return any(code in getattr(item.advice, "codes", ()) for item in items)

    assert [code for code in named if not explained(code)] == []
