"""`requirements.txt`, which Azure installs, is locked by hash for each promised platform and agrees with its ranges."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.test_architecture import files, imports
from tools.dev import ROOT
from tools.dev.environment import pinned
from tools.dev.lock import UV

PYTHONS = ("3.11", "3.12", "3.13")
PLATFORMS = ("x86_64-manylinux2014", "x86_64-manylinux_2_28", "windows", "macos")
LOCK = (ROOT / "requirements.txt").read_text("utf-8")
ENTRIES = re.findall(r"^([a-z0-9-]+)==(.*?)(?=^\S|\Z)", LOCK, re.MULTILINE | re.DOTALL)
"""Name, and the text up to the next name."""


def ranges(name: str) -> list[Requirement]:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    return [Requirement(line.partition("#")[0]) for line in lines if line and not line.startswith(("#", "-"))]


def locked(python: str) -> dict[str, str]:
    """Name → version for one version of Python."""
    environment = {**default_environment(), "python_version": python, "python_full_version": f"{python}.0"}
    pins = [Requirement(line) for line in pinned(ROOT)]
    return {
        canonicalize_name(pin.name): str(pin.specifier).removeprefix("==")
        for pin in pins
        if not pin.marker or pin.marker.evaluate({key: str(value) for key, value in environment.items()})
    }


@pytest.mark.parametrize("python", PYTHONS)
def test_each_range_holds_the_locked_version(python: str) -> None:
    versions = locked(python)
    for wanted in ranges("requirements.in"):
        if not wanted.marker or wanted.marker.evaluate({"python_version": python}):
            assert wanted.specifier.contains(versions[canonicalize_name(wanted.name)]), wanted


def test_the_lock_holds_nothing_that_no_requirement_asks_for() -> None:
    """Each locked package says what asks for it: a line of requirements.in, or another locked package."""
    direct = {canonicalize_name(one.name) for one in ranges("requirements.in")}
    assert {name for name, entry in ENTRIES if "-r requirements.in" in entry} == direct
    assert [name for name, entry in ENTRIES if not re.search(r"# +via\b", entry)] == []


def test_every_version_has_hashes_and_no_index_has_an_address() -> None:
    assert [name for name, entry in ENTRIES if not re.search(r"--hash=sha256:[0-9a-f]{64}", entry)] == []
    assert not re.search(r"https?:|--(extra-)?index-url|--find-links|file:", LOCK)


def test_every_range_has_a_reason_and_an_end() -> None:
    for line in (ROOT / "requirements.in").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            assert re.fullmatch(r"[A-Za-z0-9-]+>=[\d.]+,<\d+(; python_version [<>]=? \"3\.13\")? +# \S.{10,}", line), (
                line
            )


NAMES = {"azure.functions": "azure-functions", "jwt": "pyjwt"}
"""Module → its package, where the names differ."""


def test_every_requirement_is_imported_and_nothing_else() -> None:
    modules = {module for file in [*files("bridge"), ROOT / "function_app.py"] for module in imports(file)}
    foreign = {name for name in modules if name.split(".")[0] not in {*sys.stdlib_module_names, "bridge"}}
    packages = {NAMES.get(name, NAMES.get(name.split(".")[0], name.split(".")[0])) for name in foreign}
    assert packages == {canonicalize_name(one.name) for one in ranges("requirements.in")}


@pytest.fixture(scope="module")
def uv(tmp_path_factory: pytest.TempPathFactory) -> str:
    """uv, which resolves for other platforms than this one. Installed from the package index."""
    if not os.environ.keys() & {"CI", "PACKAGE_TEST"}:
        pytest.skip("asks the package index: set PACKAGE_TEST=1 to run it")
    folder = tmp_path_factory.mktemp("uv")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(folder)]
    subprocess.run([*pip, UV], check=True, timeout=300)
    return str(folder / "bin" / ("uv.exe" if os.name == "nt" else "uv"))


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_there_is_a_locked_wheel_for_every_platform(uv: str, tmp_path: Path, platform: str, python: str) -> None:
    command = [uv, "pip", "install", "--no-config", "--dry-run", "--require-hashes", "--only-binary", ":all:"]
    command += ["--python-platform", platform, "--python-version", python, "--target", str(tmp_path)]
    environment = {**os.environ, "SSL_CERT_FILE": os.environ.get("PIP_CERT", os.environ.get("SSL_CERT_FILE", ""))}
    command += ["--requirements", "requirements.txt"]
    env = {name: value for name, value in environment.items() if value}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert f"Would install {len(locked(python))} packages" in done.stderr, done.stderr
