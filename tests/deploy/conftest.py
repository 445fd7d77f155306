from __future__ import annotations

import copy
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.az import core, stand_in

DEPLOY = Path(__file__).parents[2] / "deploy"
STEPS = ("1-entra-apps.sh", "2-resources.sh", "3-publish.sh")
NAME = "contoso-bridge"
USERS_GROUP = "00000000-0000-0000-0000-0000000000d0"

SETTINGS: dict[str, str] = {
    "SUBSCRIPTION_ID": core.SUBSCRIPTION,
    "TENANT_ID": core.TENANT,
    "RESOURCE_GROUP": "rg-contoso",
    "NAME": NAME,
    "STORAGE_ACCOUNT": "contosobridge",
    "KEY_VAULT": "kv-contoso",
    "SERVICE_APP_NAME": 'HR\'s "bridge" $(id) `id` & co',
    "CONNECTOR_APP_NAME": "Connector of HR; really",
    "USERS_GROUP_ID": USERS_GROUP,
    "SAML_APP_ID": core.SAML_APP,
    "SIGNING_SYSTEMS": "workday",
    "KEY_VAULT_SECRETS": "BRIDGE_SYSTEMS__WORKDAY__CLIENT_SECRET",
    "BRIDGE_SYSTEMS__WORKDAY__HOST": "wd2.example",
    "BRIDGE_SYSTEMS__WORKDAY__SAML__ATTRIBUTES": '{"a": "it\'s = $HOME"}',
}
SECRET = "s3cret with spaces, 'quotes' and \\ $(things)"


@dataclass
class Done:
    """How a script ended. `text` is all that it told."""

    status: int
    text: str


class Cloud:
    """A copy of deploy/ in a folder of its own, with the stand-in in place of `az`."""

    def __init__(self, folder: Path, az: stand_in.Az) -> None:
        self.folder = folder
        self.settings = dict(SETTINGS)
        self._az = az
        az.state = stand_in.fresh()
        shutil.copytree(DEPLOY, folder / "deploy", ignore=shutil.ignore_patterns("settings.env", "state.*"))
        (folder / "dev.py").write_text(FAKE_DEV)
        (folder / "bin").mkdir()
        for name, text in (("az", stand_in.PROGRAM), ("curl", f"#!{sys.executable}\n{FAKE_CURL}")):
            (folder / "bin" / name).write_text(text)
            (folder / "bin" / name).chmod(0o755)

    @property
    def state(self) -> Any:
        """What is in the cloud; see `stand_in.fresh`."""
        return self._az.state

    def restore(self, state: Any, record: str) -> None:
        """Be at the point of another cloud."""
        self._az.state = copy.deepcopy(state)
        self.record.write_text(record)

    @property
    def record(self) -> Path:
        """The scripts' own record of ids."""
        return self.folder / "deploy" / f"state.{NAME}.env"

    def run(self, script: str, *options: str, stdin: str = "", env: dict[str, str] | None = None) -> Done:
        sample = (DEPLOY / "settings.sample.env").read_text()
        own = "".join(f"{name}={shlex.quote(value)}\n" for name, value in self.settings.items())
        (self.folder / "deploy" / "settings.env").write_text(sample + own)
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", str(self.folder / "deploy" / script), *options],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={**os.environ, "PATH": path, "AZ_PORT": str(self._az.port), "PAUSE_SECONDS": "0", **(env or {})},
        )
        return Done(done.returncode, done.stdout + done.stderr)

    def deploy(self) -> None:
        """Steps 1 to 3."""
        for script in STEPS:
            done = self.run(script, stdin=f"{SECRET}\n")
            assert done.status == 0, done.text

    def changes(self) -> list[list[str]]:
        """The calls that changed something, in order."""
        return [call for call in self.state["calls"] if core.is_change(*_split(call))]

    def app(self, role: str) -> Any:
        [app] = [app for app in self.state["apps"] if f"obo-saml-bridge/{NAME}/{role}" in app["tags"]]
        return app


def _split(call: list[str]) -> tuple[list[str], dict[str, list[str]]]:
    words, options = core.parse(call)
    return words.split(), options


FAKE_DEV = """\
import os, pathlib, sys
here = pathlib.Path(__file__).parent
if sys.argv[1] == "package":
    (here / "dist").mkdir(exist_ok=True)
    (here / "dist" / "obo-saml-bridge.zip").write_text("zip")
else:
    (here / "checked").write_text(" ".join(sys.argv[1:]) + " key=" + os.environ.get("FUNCTION_KEY", ""))
    sys.exit(int(os.environ.get("CHECK_STATUS", "0")))
"""

FAKE_CURL = """\
import os, sys
if any(argument.startswith("@/dev/fd/") for argument in sys.argv):
    [file] = [argument[1:] for argument in sys.argv if argument.startswith("@/dev/fd/")]
    print('{"user": "me"}\\n' + ("200" if "Bearer a-token" in open(file).read() else "401"), end="")
else:
    print(os.environ.get("WHOAMI", '{"code": "no_token"}\\n401'), end="")
"""


@pytest.fixture(scope="session")
def az() -> Iterator[stand_in.Az]:
    if sys.platform == "win32" or shutil.which("bash") is None:
        pytest.skip("the deployment scripts are bash, for Azure Cloud Shell")
    running = stand_in.Az()
    yield running
    running.close()


@pytest.fixture
def cloud(tmp_path: Path, az: stand_in.Az) -> Cloud:
    """Nothing deployed yet."""
    return Cloud(tmp_path, az)


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory: pytest.TempPathFactory, az: stand_in.Az) -> tuple[Any, str]:
    """The state and the scripts' record after a whole deployment."""
    whole = Cloud(tmp_path_factory.mktemp("whole"), az)
    whole.deploy()
    return copy.deepcopy(whole.state), whole.record.read_text()


@pytest.fixture
def deployed(snapshot: tuple[Any, str], tmp_path: Path, az: stand_in.Az) -> Cloud:
    """Steps 1 to 3 done; `changes()` tells what came after, unless asked before."""
    cloud = Cloud(tmp_path, az)
    cloud.restore(*snapshot)
    return cloud
