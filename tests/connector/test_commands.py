"""Every `pac` and `paconn` command of our pages has only options that are documented.

Sources: MicrosoftDocs/power-platform `developer/cli/reference` (auth, connector, solution); paconn 0.0.21
`commands/params.py`; Microsoft Learn "Connector consent bypass".
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("docs", "openapi", "deploy", "examples", "infra", "bridge", "tools", ".github")
PAGES = sorted([*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md"))])
PROGRAMS = sorted(file for folder in ("bridge", "tools") for file in (ROOT / folder).rglob("*.py"))
_ENVIRONMENT = "--environment -env"
_FILES = "--api-definition-file -df --api-properties-file -pf --icon-file -if --script-file -sf --settings-file"
_PACONN_FILES = "--api-def -d --api-prop -p --icon -i --script -x --secret -r --env -e --settings -s --pau -u --pav -v"
DOCUMENTED: dict[str, frozenset[str]] = {
    command: frozenset(options.split())
    for command, options in {
        "pac auth create": f"{_ENVIRONMENT} --applicationId -id --clientSecret -cs --cloud -ci --deviceCode -dc "
        "--managedIdentity -mi --name -n --tenant -t --username -un --password -p --githubFederated -ghf "
        "--azureDevOpsFederated -adof --certificateDiskPath -cdp --certificatePassword -cp",
        "pac connector create": f"{_ENVIRONMENT} {_FILES} --solution-unique-name -sol",
        "pac connector update": f"{_ENVIRONMENT} {_FILES} --solution-unique-name -sol --connector-id -id",
        "pac connector download": f"{_ENVIRONMENT} --connector-id -id --outputDirectory -o",
        "pac connector list": _ENVIRONMENT,
        "pac connector init": "--connection-template -ct --generate-script-file --generate-settings-file "
        "--outputDirectory -o",
        "pac solution import": f"{_ENVIRONMENT} --path -p --activate-plugins -ap --force-overwrite -f --async -a "
        "--skip-dependency-check -s --import-as-holding -h --publish-changes -pc --convert-to-managed -cm "
        "--max-async-wait-time -wt --settings-file --activate-flows -af",
        "pac solution pack": "--zipfile -z --folder -f --packagetype -p --log -l --errorlevel -e --map -m",
        "pac copilot-studio set-connector-consent-bypass": "",
        "pac solution create-settings": "--solution-zip -z --solution-folder -f --settings-file -s",
        "paconn login": "--clid -i --tenant -t --authority_url -a --scopes --settings -s --force -f",
        "paconn logout": "",
        "paconn create": f"{_PACONN_FILES} --overwrite-settings -w",
        "paconn update": f"{_PACONN_FILES} --cid -c",
        "paconn download": "--env -e --cid -c --dest -d --overwrite -w --pau -u --pav -v --settings -s",
        "paconn validate": "--api-def -d --pau -u --pav -v --settings -s",
    }.items()
}
REQUIRED = {
    "pac connector download": "--connector-id",
    "pac connector update": "--connector-id",
    "paconn download": "--cid",
    "paconn update": "--cid",
    "pac solution pack": "--zipfile",
}
"""Options without which a whole command line fails or asks."""
_COMMAND = re.compile(r"^ *((?:pac|paconn) [a-z].*)$", re.MULTILINE)
_NAMED = re.compile(r"\b(pac (?:auth|connector|solution|copilot-studio) [a-z-]+)")
_INLINE = re.compile(r"`((?:pac|paconn) [a-z][^`]*)`")


def commands(text: str) -> Iterator[tuple[str, bool]]:
    """Each command, and whether it is a whole line of a block: prose can name a command without its options."""
    blocks = re.findall(r"^ *```\w*\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    for block in blocks:
        yield from ((line, True) for line in _COMMAND.findall(block.replace("\\\n", " ")))
    prose = re.sub(r"^ *```\w*\n.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)
    yield from ((" ".join(line.split()), False) for line in _INLINE.findall(prose))


def wrong(command: str, *, is_whole: bool) -> list[str]:
    """What is undocumented or missing in a command."""
    words = shlex.split(command)
    name = next((" ".join(words[:count]) for count in (3, 2) if " ".join(words[:count]) in DOCUMENTED), None)
    if name is None:
        return [f"{command}: no such command"]
    options = [word for word in words if word.startswith("-")]
    found = [f"{name}: no option {option}" for option in options if option not in DOCUMENTED[name]]
    needed = REQUIRED.get(name)
    return found + ([f"{name}: {needed} is missing"] if is_whole and needed and needed not in options else [])


def test_commands_of_every_page_have_documented_options_only() -> None:
    found = [(page, command, whole) for page in PAGES for command, whole in commands(page.read_text(encoding="utf-8"))]
    assert [(page.name, line) for page, command, whole in found for line in wrong(command, is_whole=whole)] == []
    assert len([page for page, _, _ in found if page.name.startswith("connector")]) > 8
    assert len(PAGES) > 100


def test_no_page_and_no_help_names_a_host_that_somebody_could_hold() -> None:
    """A command is copied as it is: it would send a function key, or everybody's tokens, to a stranger."""
    held = re.compile(r"(?<![\w.*-])(?!NAME\b)[a-z][a-z0-9-]*\.azurewebsites\.net")
    files = [*PAGES, *(ROOT / "tools" / "cli").glob("*.py")]
    assert [(file.name, name) for file in files for name in held.findall(file.read_text(encoding="utf-8"))] == []


def test_commands_that_programs_name_are_documented() -> None:
    texts = {file: " ".join(file.read_text(encoding="utf-8").split()).replace('" "', "") for file in PROGRAMS}
    named = {(file.name, command) for file, text in texts.items() for command in _NAMED.findall(text)}
    assert {(name, command) for name, command in named if command not in DOCUMENTED} == set()
    assert named


@pytest.mark.parametrize(
    "command",
    [
        "pac connector create --api-definition apiDefinition.swagger.json",
        "pac connector download --environment x",
        "pac connector push",
        "paconn update --env x --cid y --definition z",
    ],
)
def test_the_judge_can_say_no(command: str) -> None:
    assert wrong(command, is_whole=True)
