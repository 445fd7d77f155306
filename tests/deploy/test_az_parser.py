"""Every az command of scripts and documents, in the argument parser of the real azure-cli.

Runs where azure-cli is installed: AZ_PYTHON names its Python, else `az` on the PATH leads there.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.conftest import NAME, Cloud

ROOT = Path(__file__).parents[2]
CODE_BLOCK = re.compile(r"^ *```(?:bash|sh|console)?\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
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


def judged(commands: list[list[str]], config: Path) -> list[str]:
    """What the real parser says against each."""
    python = azure_cli_python()
    if python is None:
        pytest.skip("azure-cli is not installed: set AZ_PYTHON to its Python, or put az on the PATH")
    done = subprocess.run(
        [python, str(Path(__file__).with_name("parse_az.py"))],
        input=json.dumps([[contents(argument) for argument in command] for command in commands]),
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
        env={**os.environ, "AZURE_CONFIG_DIR": str(config), "AZURE_CORE_COLLECT_TELEMETRY": "no"},
    )
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    return found


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


FOLDERS = [ROOT / name for name in ("docs", "examples", "infra")]
DOCUMENTS = [*ROOT.glob("*.md"), *(file for folder in FOLDERS for file in folder.rglob("*.md"))]
SOURCES = sorted(file for folder in ("bridge", "tools", "deploy") for file in (ROOT / folder).rglob("*.py"))
MISTAKES = [
    ["functionapp", "create", "--name", "an argument is missing"],
    ["group", "show", "--name", "x", "--unknown", "argument"],
    ["identity", "show", "--query", "neither --ids nor a name"],
    ["storage", "account", "update", "--name", "x", "--allow-shared-key-access", "neither true nor false"],
    ["monitor", "app-insights", "component", "show"],  # an extension's
    ["nonsense"],
]


def of_documents() -> list[list[str]]:
    found = [command for file in DOCUMENTS for command in documented(file.read_text(encoding="utf-8"))]
    return [command for command in found if "…" not in " ".join(command)]


def of_sources() -> list[list[str]]:
    """Commands that are a literal of the code: what verdicts, the set-up check and `bridge try` tell people to run."""
    nodes = [node for file in SOURCES for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))]
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    found = [shlex.split(text)[1:] for text in texts if re.match(r"az [a-z]+ [a-z]", text)]
    assert len(found) > 30
    return found


def of_scripts(cloud: Cloud) -> list[list[str]]:
    """All that a deployment, a dry run, a second pass, a private network, a check and the removal give to az."""
    cloud.run("1-template.sh", "--dry-run")
    cloud.settings |= {"CONNECTOR_REDIRECT_URIS": "https://x.example/r", "CONNECTOR_FEDERATED_SUBJECT": "/eid1/c/x"}
    cloud.run("2-entra-apps.sh")
    cloud.parameters.write_text(cloud.parameters.read_text() + "param privateNetwork = true\n")
    cloud.run("1-template.sh", "--no-drain")
    cloud.run("5-verify.sh")
    cloud.run("6-remove.sh", stdin=f"{NAME}\n")
    return [call for call in cloud.state["calls"] if call[0] != "dev.py"]


def refused(commands: list[list[str]], config: Path) -> list[str]:
    """The commands that the real parser refuses, with its words. The mistakes beside them show that it looks."""
    distinct = sorted({tuple(command) for command in commands})
    assert len(distinct) > 40
    found = judged([*map(list, distinct), *MISTAKES], config)
    assert all(found[len(distinct) :]), "a mistake was not found"
    return [f"az {shlex.join(command)}: {said}" for command, said in zip(distinct, found, strict=False) if said]


def test_commands_that_documents_and_sources_tell_people_to_run(tmp_path: Path) -> None:
    assert refused(of_documents() + of_sources(), tmp_path) == []


def test_commands_of_the_scripts(deployed: Cloud, tmp_path: Path) -> None:
    assert refused(of_scripts(deployed), tmp_path / "config") == []
