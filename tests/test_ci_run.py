"""`.ci/run`: the versions of Python that it uses, and what it does without one of them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tools.dev import ROOT

BASH = shutil.which("bash")
PYTHON = """#!{bash}
if [ "$1" = -c ]; then echo "{version}"; elif [ "$1" = --version ]; then echo "Python {version}.9"
else
echo "{version} ran $* in ${{DEV_VENV:-.venv}} over ${{FUNCTIONS_HOST_WORKER:-own}}; $KUSTO_MODULES"; exit {status}; fi
"""
NPM = "#!{bash}\necho npm $*\n"
SHIM = "#!{bash}\necho 'pyenv: python3.13: command not found' >&2; exit 127\n"
OLDEST = "3.11 ran dev.py test -q in .venv over own"
NEWEST = "3.13 ran dev.py test --fast -q in .venv-3.13 over microsoft"

pytestmark = pytest.mark.skipif(BASH is None or os.name == "nt", reason="a script for bash")


class Machine:
    """A machine with these interpreters alone. `pythons`: file → version (None: a shim that does not run)."""

    def __init__(self, folder: Path, pythons: dict[str, str | None], failing: str = "") -> None:
        self.folder = folder
        for name, version in {"bin/dirname": "", **pythons}.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if name == "bin/dirname":
                file.symlink_to(str(shutil.which("dirname")))
                continue
            script = NPM if name == "bin/npm" else PYTHON if version else SHIM
            file.write_text(script.format(bash=BASH, version=version, status=int(version == failing)), "utf-8")
            file.chmod(0o755)
        (folder / ".ci").mkdir()
        shutil.copy(ROOT / ".ci" / "run", folder / ".ci" / "run")

    def run(self, *, ci: bool, **env: str) -> tuple[int, str]:
        """Exit status, and all output."""
        names = ("AZ_PYTHON", "KUSTO_MODULES", "MCP_MODULES", "AZURITE_MODULES", "CHROMIUM", "MDQUERY")
        installed = dict.fromkeys(names, "there")
        env = {"PATH": str(self.folder / "bin"), "HOME": str(self.folder), **installed, **env}
        done = subprocess.run(
            [str(BASH), str(self.folder / ".ci" / "run"), "-q"],
            env={**env, **({"CI": "true"} if ci else {})},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr


BOTH: dict[str, str | None] = {"bin/python3.11": "3.11", "bin/python3.13": "3.13"}
PYENV = ".pyenv/versions/3.13.0/bin/python"


@pytest.mark.parametrize("pythons", [BOTH, {**BOTH, "bin/python3.13": None, PYENV: "3.13"}], ids=["PATH", "pyenv"])
@pytest.mark.parametrize("ci", [True, False])
def test_both_versions_are_found(tmp_path: Path, pythons: dict[str, str | None], ci: bool) -> None:
    status, reported = Machine(tmp_path, pythons).run(ci=ci)
    assert (status, OLDEST in reported, NEWEST in reported) == (0, True, True), reported


@pytest.mark.parametrize("missing", ["3.11", "3.13"])
def test_in_ci_a_missing_version_is_a_failure(tmp_path: Path, missing: str) -> None:
    pythons: dict[str, str | None] = {name: version for name, version in BOTH.items() if version != missing}
    status, reported = Machine(tmp_path, {**pythons, "bin/python3": "3.12"}).run(ci=True)
    assert (status, reported) == (1, f"CI needs Python {missing}, and found none that runs.\n")


def test_on_a_laptop_the_skip_is_reported(tmp_path: Path) -> None:
    status, reported = Machine(tmp_path, {"bin/python3": "3.12"}).run(ci=False)
    assert (status, "3.12 ran dev.py test -q in .venv over own" in reported, "SKIPPED" in reported) == (0, True, True)


@pytest.mark.parametrize("failing", ["3.11", "3.13"])
def test_a_leg_that_fails_fails_the_run_and_hides_no_other(tmp_path: Path, failing: str) -> None:
    status, reported = Machine(tmp_path, BOTH, failing).run(ci=True)
    assert (status, OLDEST in reported, NEWEST in reported) == (1, True, True)


def test_what_is_missing_in_ci_is_installed_from_npm_and_its_folder_is_named(tmp_path: Path) -> None:
    status, reported = Machine(tmp_path, {**BOTH, "bin/npm": ""}).run(ci=True, KUSTO_MODULES="")
    folder = tmp_path / ".cache" / "obo-saml-bridge" / "kusto"
    assert (status, reported.count("npm install")) == (0, 1)
    assert f"--prefix {folder} @kusto/language-service-next@" in reported
    assert f"{OLDEST}; {folder}\n" in reported
