"""Every az command of scripts and documents, in the argument parser of the real azure-cli.

Runs where azure-cli is installed: AZ_PYTHON names its Python, else `az` on the PATH leads there.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.deploy.conftest import NAME, Cloud

ROOT = Path(__file__).parents[2]
CODE_BLOCK = re.compile(r"^ *```(?:bash|sh|console)?\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
LITERAL = re.compile(r"""(["'])(az [a-z].*?)\1,?$""", re.MULTILINE)
INLINE = re.compile(r"`(az [^`]+)`")


def azure_cli_python() -> str | None:
    """The interpreter that azure-cli runs in: named, or beside `az`, or in the first line of `az`."""
    if named := os.environ.get("AZ_PYTHON"):
        return named
    az = shutil.which("az")
    if az is None:
        return None
    beside = Path(az).resolve().with_name("python3")
    candidates = [str(beside), *re.findall(r"(/\S+/python[0-9.]*)", Path(az).read_text(errors="replace"))]
    return next((found for found in candidates if Path(found).exists()), None)


def wrong(commands: Iterable[list[str]], config: Path) -> list[str]:
    """What the real parser says against these."""
    python = azure_cli_python()
    if python is None:
        pytest.skip("azure-cli is not installed: set AZ_PYTHON to its Python, or put az on the PATH")
    done = subprocess.run(
        [python, str(Path(__file__).with_name("parse_az.py"))],
        input=json.dumps([[contents(argument) for argument in command] for command in commands]),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "AZURE_CONFIG_DIR": str(config), "AZURE_CORE_COLLECT_TELEMETRY": "no"},
    )
    assert done.returncode == 0, done.stderr
    problems: list[str] = json.loads(done.stdout)
    return problems


def contents(argument: str) -> str:
    """What az makes of @FILE before it parses."""
    return (ROOT / argument[1:]).read_text(encoding="utf-8") if argument.startswith("@") else argument


def documented(text: str) -> list[list[str]]:
    """The az commands in a document's code, with their line continuations joined."""
    blocks = [block.replace("\\\n", " ") for block in CODE_BLOCK.findall(text)]
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    found = [re.sub(r"^.*?\$\((az .*)\)\S*$", r"\1", line) for line in lines]
    commands = [line for line in (*found, *INLINE.findall(text)) if re.match(r"az [a-z]", line)]
    return [shlex.split(command.split(" | ")[0], comments=True)[1:] for command in commands]


DOCUMENTS = sorted([*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_documents(document: Path, tmp_path: Path) -> None:
    commands = documented(document.read_text(encoding="utf-8"))
    abbreviated = [command for command in commands if "…" in " ".join(command)]
    assert wrong([command for command in commands if command not in abbreviated], tmp_path) == []


def test_the_set_up_check(tmp_path: Path) -> None:
    """What only `bridge check` says; the commands of verdicts stand in docs/troubleshooting.md."""
    sources = [file.read_text(encoding="utf-8") for file in (ROOT / "bridge" / "check").glob("*.py")]
    commands = [
        literal for source in sources for _, literal in re.findall(r"""(["'])(az [a-z].*?)\1,?$""", source, re.M)
    ]
    assert len(commands) > 4
    assert wrong([shlex.split(command)[1:] for command in commands], tmp_path) == []


def test_scripts(cloud: Cloud, tmp_path: Path) -> None:
    """All commands that a deployment, a second pass, a check and the removal give to az, reads included."""
    cloud.deploy()
    cloud.run("1-template.sh", "--dry-run")
    cloud.settings |= {
        "CONNECTOR_REDIRECT_URIS": "https://x.example/r",
        "CONNECTOR_FEDERATED_SUBJECT": "/eid1/c/pub/t/x",
    }
    cloud.run("2-entra-apps.sh")
    cloud.run("5-verify.sh")
    cloud.run("6-remove.sh", stdin=f"{NAME}\n")
    seen = {tuple(call) for call in cloud.state["calls"]}
    assert len(seen) > 50
    assert wrong(map(list, seen), tmp_path / "config") == []


def test_the_judge_finds_mistakes(tmp_path: Path) -> None:
    mistakes = [
        ["functionapp", "create", "--name", "an argument is missing"],
        ["group", "show", "--name", "x", "--unknown", "argument"],
        ["identity", "show", "--query", "neither --ids nor a name"],
        ["storage", "account", "update", "--name", "x", "--allow-shared-key-access", "neither true nor false"],
        ["monitor", "app-insights", "component", "show"],  # an extension's
        ["nonsense"],
    ]
    assert len(wrong(mistakes, tmp_path)) == len(mistakes)
