"""What readers are told exists: links, commands, settings and codes."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

import dev
from bridge import errors
from bridge.aadsts import Outcome
from bridge.tokens import VERDICTS
from sandbox import up
from tests.settings.test_documented import SYSTEM, documented
from tools.cli import main as cli
from tools.explain import Expectation, explain

ROOT = Path(__file__).parents[1]
FOLDERS = ("docs", "docs/decisions", "docs/systems", "openapi", "examples/own-catalog")
PAGES = sorted([*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in (ROOT / folder).glob("*.md"))])
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
OURS = re.compile(r"^ *(?:\w+=\S+ )*((?:python3 dev\.py|python -m tools|bridge) .*|deploy/\d.*)")
GUID = "00000000-0000-0000-0000-000000000001"
OTHER_WORDS = {
    *("access_as_user", "user_impersonation", "entra_saml", "bridge_saml", "local_part", "system_token"),
    *("preferred_username", "unique_name", "xms_cc", "client_id", "expires_in", "invalid_client", "invalid_grant"),
    "invalid_target",
    "media_type",
    *(
        "correlation_header",
        "confirm_with",
        "trust_setting",
        "soap_header",
        "next_step",
        "max_size",
        "resource_scope",
        "timeout_seconds",
    ),
    *("client_authentication", "jwt_issuer", "jwt_audience", "authn_context", "instance_host", "instance_url"),
    *(
        "bridge_jwt",
        "confirm_with",
        "user_name",
        "onprem_sam_account_name",
        "company_id",
        "api_key",
        "use_username",
        "use_username=true",
        "caller_id",
    ),
    *("token_seconds", "token_url", "credential_rejected", "not_permitted", "user_unknown", "contoso_dpt1"),
}
"""Scopes, paths, claims, OAuth's words and the keys of catalog files: they look like codes."""


OPTIONS: dict[str, set[str]] = {
    **{name: set() for name in ("bridge", "up", "demo", "bench", "coverage", "mutate", "package")},
    "test": {"--fast"},
    "lint": {"--fix"},
    "lock": {"--upgrade"},
    "release": {"--tag"},
    "doctor": {"--serve"},
    "chaos": {"--seed", "--seconds", "--writes", "--requests", "--callers", "--break-ledger", "--json"},
    "docs": {"--site", "--serve"},
}
"""Commands of `dev.py` and their own options; `bridge` and `up` have parsers of their own."""


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    return BLOCK.sub("", read(page))


def slugs(page: Path) -> set[str]:
    """The anchors that GitHub gives to headings, and those that stand there by themselves."""
    titles = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    made = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
    return made | set(re.findall(r'<a id="(\w+)">', read(page)))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_anchors_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        aim = page.parent / file if file else page
        assert aim.exists(), target
        assert not anchor or anchor in slugs(aim), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Path) -> None:
    named = re.findall(r"`((?:docs|deploy|bridge|openapi|sandbox|tests|tools|examples|infra)/[\w./-]+)`", read(page))
    assert [name for name in named if not (ROOT / name).exists()] == []


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
    """Give it to the parser that it would meet. Raises SystemExit as the parser does."""
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
        assert {word for word in arguments if word.startswith("-")} <= OPTIONS[name], command


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the reader of docs/add-an-operation.md stands."""
    (tmp_path / "own").mkdir()
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_blocks_are_understood(page: Path) -> None:
    for language, block in BLOCK.findall(read(page)):
        for command in commands(block) if language in {"", "bash"} else ():
            parse(command)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_sentences_exist_with_their_options(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in re.findall(r"`((?:python3 dev\.py |python -m )?bridge [a-z][^`]*)`", prose(page)):
        words = command.partition("bridge ")[2].split()
        names = [word for word in words[:2] if re.fullmatch(r"[a-z]+", word)]
        with pytest.raises(SystemExit, match="0"):
            cli.main([*names, "--help"])
        told = capsys.readouterr().out
        assert [word for word in words if word.startswith("--") and word not in told] == [], command


def test_every_command_of_dev_py_has_its_options_here() -> None:
    assert OPTIONS.keys() == {*dev.MODULES, *dev.COMMANDS, *dev.ALONE}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_of_dev_py_in_sentences_exist(page: Path) -> None:
    for command in re.findall(r"`(python3? dev\.py (?!bridge)[a-z][^`]*)`", prose(page)):
        parse(command)


def test_the_search_for_commands_finds_them() -> None:
    found = [one for page in PAGES for _, block in BLOCK.findall(read(page)) for one in commands(block)]
    assert {command.split()[0] for command in found} >= {"python3", "deploy/2-entra-apps.sh"}
    assert len(found) > 20


@pytest.mark.parametrize("command", ["python3 dev.py bridge keys new --cn x", "bridge no-such", "deploy/1 --force"])
def test_a_wrong_command_is_found(command: str) -> None:
    with pytest.raises((SystemExit, AssertionError)):
        parse(command)


HELPS = [[], *([name] for name in cli.COMMANDS), ["keys", "new"], ["connector", "build"], ["connector", "lint"]]


@pytest.mark.parametrize("words", HELPS, ids=" ".join)
def test_examples_in_help_texts_are_understood(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main([*words, "--help"])
    _, _, examples = capsys.readouterr().out.partition("example")
    for command in commands(examples.partition("\n\n")[0]):
        if not command.endswith("--help"):
            parse(command)


def test_the_readmes_two_commands_are_in_the_help_of_dev_py() -> None:
    first = commands(next(block for language, block in BLOCK.findall(read(ROOT / "README.md")) if language == "bash"))
    assert [command.split()[2] for command in first] == ["demo", "test"]
    assert all(f"\n  {name} " in dev.HELP for name in OPTIONS)


@pytest.mark.parametrize("command", [name for name in OPTIONS if name not in ("bridge", "up")])
def test_a_command_without_a_help_of_its_own_is_not_run_for_it(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dev.main([command, "--help"]) == 0
    assert capsys.readouterr().out == dev.HELP


# --- settings


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_settings_that_are_named_exist(page: Path) -> None:
    known = documented()
    named = re.findall(r"\bBRIDGE_[A-Z_<>…]+", read(page))
    full = {
        re.sub(
            r"^BRIDGE_SYSTEMS__(<NAME>|NAME|HELPDESK|SUCCESSFACTORS|SALESFORCE|SERVICENOW|POWERAUTOMATE|ORDERS|…)__",
            SYSTEM,
            name,
        )
        for name in named
    }
    starts = {name for name in full if name.endswith(("…", "_"))}
    ends = set(re.findall(r"`(?:…__)?((?:SAML|TOKEN|ENTRA)__[A-Z_]+)`", read(page)))
    assert full - starts - known == set()
    assert {start for start in starts if not any(name.startswith(start.rstrip("…")) for name in known)} == set()
    assert {end for end in ends if not any(name.endswith(f"__{end}") for name in known)} == set()


# --- codes


def answered() -> set[str]:
    """Every `code` that the app can answer: the table of verdicts, that of Entra's outcomes, and what is raised."""
    classes: dict[str, str] = {name: kind.code for name, kind in vars(errors).items() if hasattr(kind, "code")}
    codes = {*VERDICTS, *(outcome.public_code for outcome in Outcome)}
    for file in (ROOT / "bridge").rglob("*.py"):
        for node in ast.walk(ast.parse(read(file))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in classes:
                given = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
                codes |= {str(value.value) for value in given if isinstance(value, ast.Constant)}
                codes |= set() if given else {classes[node.func.id]}
    return codes


ANSWERED = sorted(answered())


@pytest.mark.parametrize("code", ANSWERED)
def test_a_code_of_the_bridge_is_documented_and_explained(code: str) -> None:
    assert (ROOT / "docs" / "errors" / f"{code}.md").exists()
    for pasted in (code, f'{{"code": "{code}", "status": 503}}'):
        explanation = explain(pasted, Expectation(), now=0.0)
        assert [item.advice.code for item in explanation.items] == [code], pasted


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.name != "troubleshooting.md"], ids=lambda page: page.name
)
def test_codes_that_are_named_exist(page: Path) -> None:
    """docs/troubleshooting.md apart: it names everybody's codes, and is made from the tables."""
    words = set(re.findall(r"`([a-z0-9]+(?:_[a-z0-9]+)+)`", read(page)))
    assert words - OTHER_WORDS - {page.stem for page in (ROOT / "docs" / "errors").iterdir()} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_aadsts_codes_that_are_named_are_explained(page: Path) -> None:
    for code in set(re.findall(r"AADSTS(\d+)", read(page))):
        explanation = explain(code, Expectation(), now=0.0)
        assert any(int(code) in getattr(item.advice, "codes", ()) for item in explanation.items), code
