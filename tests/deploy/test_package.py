"""The deployment zip in a fresh environment with requirements.txt and nothing else, as Azure builds it.

Installs packages, so it runs in CI and where PACKAGE_TEST is set.
tests/habits/test_packaged_files.py has what needs no network.
"""

from __future__ import annotations

import os
import subprocess
import venv
import zipfile
from collections.abc import Iterator

import pytest
import requests

from tools.dev import ROOT
from tools.dev.package import package

pytestmark = pytest.mark.skipif(
    not os.environ.keys() & {"CI", "PACKAGE_TEST"}, reason="installs packages: set PACKAGE_TEST=1 to run it"
)

HOST = f"""
import sys
sys.path.append({str(ROOT)!r})  # last, and for the host only: `bridge` is the unpacked one
from sandbox.functions_host.__main__ import main
sys.exit(main(["--stop-with-stdin"]))
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app, served from the unpacked zip by the sandbox's Functions host."""
    folder = tmp_path_factory.mktemp("package")
    site, environment = folder / "site", folder / "venv"
    with zipfile.ZipFile(package(ROOT, folder / "app.zip")) as archive:
        archive.extractall(site)
    venv.create(environment, with_pip=True)
    python = str(environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    install = ["-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", str(site / "requirements.txt")]
    subprocess.run([python, *install], check=True, timeout=300)
    env = {
        name: value for name, value in os.environ.items() if not name.startswith(("BRIDGE_", "FUNCTIONS_", "PYTHON"))
    }
    pipe = subprocess.PIPE
    with subprocess.Popen([python, "-c", HOST], cwd=site, env=env, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        assert ready.startswith("Functions host ready on ")
        yield ready.split()[4]
        process.communicate()


def test_it_starts_and_answers(app: str) -> None:
    answer = requests.get(f"{app}/api/health", timeout=30)
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def test_what_is_loaded_late_is_there_too(app: str) -> None:
    """Without settings: a bearer route says so in the bridge's own words, and the check names what is missing."""
    refused = requests.get(f"{app}/api/workday/me", timeout=30)
    assert (refused.status_code, refused.json()["code"]) == (424, "bridge_misconfigured")
    assert "BRIDGE_ENTRA__TENANT_ID" in requests.get(f"{app}/api/check", timeout=30).text
