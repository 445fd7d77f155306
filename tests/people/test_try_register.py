"""`bridge try --register`: its commands, judged by the parser of the Azure CLI, and its message if one fails."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.deploy.test_az_parser import judged
from tests.support.env import env
from tools.cli import main as cli
from tools.cli.try_register import register

SERVICE, APP, SCOPE = (f"00000000-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
AZ = """#!{python}
import json, pathlib, sys
log = pathlib.Path(__file__).with_suffix(".log")
log.write_text((log.read_text() if log.exists() else "") + json.dumps(sys.argv[1:]) + "\\n")
printed = {printed!r}[" ".join(sys.argv[1:4])]
if printed is None:
    print("WARNING: something\\nERROR: Insufficient privileges to complete the operation.", file=sys.stderr)
    sys.exit(1)
print(printed)
"""
GOOD: dict[str, str | None] = {"ad app show": SCOPE, "ad app create": APP, "ad app permission": ""}
Install = Callable[[dict[str, str | None]], Path]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in for az is a POSIX script")


@pytest.fixture
def az(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    def install(printed: dict[str, str | None]) -> Path:
        script = tmp_path / "az"
        script.write_text(AZ.format(python=sys.executable, printed=printed), "utf-8")
        script.chmod(0o755)
        monkeypatch.setattr(shutil, "which", lambda _: str(script))
        return script.with_suffix(".log")

    return install


def test_it_asks_for_the_bridges_scope_alone(az: Install) -> None:
    log = az(GOOD)
    assert register(SERVICE, "access_as_user") == APP
    show, create, permission = (json.loads(line) for line in log.read_text("utf-8").splitlines())
    assert (SERVICE in show, "http://localhost" in create) == (True, True)
    assert permission[permission.index("--api") :][:4] == ["--api", SERVICE, "--api-permissions", f"{SCOPE}=Scope"]


def test_the_azure_cli_understands_the_commands(az: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = az(GOOD)
    register(SERVICE, "access_as_user")
    monkeypatch.undo()
    commands = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert not any(judged(commands, tmp_path / "config"))


FAILING: dict[str, tuple[dict[str, str | None], str]] = {
    "no such scope": ({"ad app show": ""}, "exposes no scope access_as_user"),
    "may not create": ({"ad app create": None}, "az ad app create: ERROR: Insufficient privileges"),
    "may not add the permission": ({"ad app permission": None}, f"az ad app delete --id {APP}"),
}


def test_what_fails_is_said_with_what_was_left_behind(az: Install) -> None:
    for change, text in FAILING.values():
        az(GOOD | change)
        with pytest.raises(ValueError, match=text):
            register(SERVICE, "access_as_user")


def test_the_command_says_how_to_sign_in_and_how_to_delete_it(
    az: Install, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    az(GOOD)
    file = tmp_path / "local.settings.json"
    file.write_text(json.dumps({"Values": env()}), "utf-8")
    assert cli.main(["try", "--settings", str(file), "--register"]) == 0
    said = capsys.readouterr().out
    assert f"bridge try --settings {file} --client {APP}\n" in said
    assert f"az ad app delete --id {APP}\n" in said
