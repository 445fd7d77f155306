from __future__ import annotations

import copy
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.deploy import bicep
from tests.deploy.az import core, stand_in

DEPLOY = Path(__file__).parents[2] / "deploy"
SCRIPTS = ("2-entra-apps.sh", "3-secrets.sh")
NAME = "contoso-bridge"
USERS_GROUP = "00000000-0000-0000-0000-0000000000d0"

SETTINGS: dict[str, str] = {
    "SUBSCRIPTION_ID": core.SUBSCRIPTION,
    "TENANT_ID": core.TENANT,
    "RESOURCE_GROUP": "rg-contoso",
    "NAME": NAME,
    "PARAMETERS": "infra/contoso.bicepparam",
    "SERVICE_APP_NAME": 'HR\'s "bridge" $(id) `id` & co',
    "CONNECTOR_APP_NAME": "Connector of HR; really",
    "USERS_GROUP_ID": USERS_GROUP,
    "SAML_APP_ID": core.SAML_APP,
    "SIGNING_SYSTEMS": "workday",
    "SECRETS": "BRIDGE_SYSTEMS__WORKDAY__CLIENT_SECRET",
    "EXPIRY_MAIL": "operators@contoso.example",
}
PARAMETERS = f"""\
using 'main.bicep'

param name = '{NAME}'
param bridgeSettings = {{ BRIDGE_SYSTEMS__WORKDAY__HOST: 'wd2.example' }}
"""
SECRET = "s3cret with spaces, 'quotes' and \\ $(things)"


@dataclass
class Done:
    """How a script ended. `text` is all of its output, `printed` its standard output."""

    status: int
    text: str
    printed: str


class Cloud:
    """A copy of deploy/ in a folder of its own, with the stand-in in place of `az`."""

    def __init__(self, folder: Path, az: stand_in.Az) -> None:
        self.folder = folder
        self.settings = dict(SETTINGS)
        self._az = az
        az.state = stand_in.fresh()
        shutil.copytree(DEPLOY, folder / "deploy", ignore=shutil.ignore_patterns("settings.env", "state.*"))
        shutil.copytree(DEPLOY.parent / "infra", folder / "infra")
        self.parameters = folder / "infra" / "contoso.bicepparam"
        self.parameters.write_text(PARAMETERS)
        (folder / "functions.sh").write_text(stand_in.FUNCTIONS)

    @property
    def state(self) -> Any:
        """What is in the cloud; see `stand_in.fresh`."""
        return self._az.state

    def restore(self, state: Any, record: str, parameters: str) -> None:
        """Take over the state of another cloud."""
        self._az.state = copy.deepcopy(state)
        self.record.write_text(record)
        self.parameters.write_text(parameters)

    @property
    def record(self) -> Path:
        """The scripts' own record of ids."""
        return self.folder / "deploy" / f"state.{NAME}.env"

    def run(self, script: str, *options: str, stdin: str = "") -> Done:
        sample = (DEPLOY / "settings.sample.env").read_text()
        own = "".join(f"{name}={shlex.quote(value)}\n" for name, value in self.settings.items())
        (self.folder / "deploy" / "settings.env").write_text(sample + own)
        functions = {
            "BASH_ENV": str(self.folder / "functions.sh"),
            "STAND_IN_PORT": str(self._az.port),
            "STAND_IN_PYTHON": sys.executable,  # a version manager's python3 may be a script that takes long
        }
        done = subprocess.run(
            ["bash", str(self.folder / "deploy" / script), *options],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, **functions},
        )
        return Done(done.returncode, done.stdout + done.stderr, done.stdout)

    def template(self) -> int:
        """Deploys the template; the number of resources that changed."""
        done = self.run("1-template.sh")
        assert done.status == 0, done.text
        return int(self.state["changed"])

    def paste(self, lines: str) -> None:
        """Puts what a script printed into the parameters file, in place of the same parameters."""
        pasted = set(re.findall(r"^param (\w+)", lines, re.MULTILINE))
        kept = re.split(r"^(?=param )", self.parameters.read_text(), flags=re.MULTILINE)
        own = [part for part in kept if (re.findall(r"^param (\w+)", part) or [""])[0] not in pasted]
        self.parameters.write_text("".join(own) + lines)

    def deploy(self) -> None:
        """All of docs/deploy.md up to the published code."""
        self.template()
        for script in SCRIPTS:
            done = self.run(script, stdin=f"{SECRET}\n")
            assert done.status == 0, done.text
            self.paste(done.printed)
        self.template()
        done = self.run("4-publish.sh")
        assert done.status == 0, done.text

    def changes(self) -> list[list[str]]:
        """The calls that changed something, in order."""
        calls = [call for call in self.state["calls"] if call[0] != "dev.py"]
        return [call for call in calls if core.is_change(*_split(call))]

    def app(self, role: str) -> Any:
        [app] = [app for app in self.state["apps"] if f"obo-saml-bridge/{NAME}/{role}" in app["tags"]]
        return app


def _split(call: list[str]) -> tuple[list[str], dict[str, list[str]]]:
    words, options = core.parse(call)
    return words.split(), options


@pytest.fixture(scope="session")
def az() -> Iterator[stand_in.Az]:
    if sys.platform == "win32" or shutil.which("bash") is None:
        pytest.skip("the deployment scripts are bash, for Azure Cloud Shell")
    if not bicep.CHECKER.exists() and not os.environ.get("CI"):
        pytest.skip("the Bicep parser lies beside the project in CI only")
    running = stand_in.Az()
    yield running
    running.close()


@pytest.fixture
def cloud(tmp_path: Path, az: stand_in.Az) -> Cloud:
    """Nothing deployed yet."""
    return Cloud(tmp_path, az)


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory: pytest.TempPathFactory, az: stand_in.Az) -> tuple[Any, str, str]:
    """The state, the scripts' record and the parameters file after a whole deployment."""
    whole = Cloud(tmp_path_factory.mktemp("whole"), az)
    whole.deploy()
    return copy.deepcopy(whole.state), whole.record.read_text(), whole.parameters.read_text()


@pytest.fixture
def deployed(snapshot: tuple[Any, str, str], tmp_path: Path, az: stand_in.Az) -> Cloud:
    """Everything deployed. The calls of the deployment are still in `state["calls"]`."""
    cloud = Cloud(tmp_path, az)
    cloud.restore(*snapshot)
    return cloud
