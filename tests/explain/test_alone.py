"""Explain alone: standard library only, as one file, and without the bridge's environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.test_architecture import ROOT, imports
from tools.dev.explain_pyz import explain_files, explain_pyz


def test_it_needs_the_standard_library_only() -> None:
    names = {name for file in explain_files(ROOT) if file.endswith(".py") for name in imports(ROOT / file)}
    lazily = {"bridge.catalog", "bridge.settings", "bridge"}
    others = {name.partition(".")[0] for name in names - lazily} - {"bridge", "tools"}
    assert others <= sys.stdlib_module_names


def test_the_app_that_is_deployed_has_none_of_it() -> None:
    for file in (ROOT / "bridge").rglob("*.py"):
        assert not any(name.split(".")[0] == "tools" for name in imports(file)), file


def test_one_file_answers_as_the_command_does(tmp_path: Path) -> None:
    alone = explain_pyz(ROOT, tmp_path / "explain.pyz")
    assert alone.stat().st_size < 145_000
    for pasted in (
        "AADSTS50013",
        "IDX10214: Audience validation failed.",
        "https://service.flow.microsoft.com//.default",
    ):
        here = run([sys.executable, "-m", "tools", "explain", "--json", "-"], pasted, ROOT)
        there = run([sys.executable, "-I", "-S", str(alone), "--json", "-"], pasted, tmp_path)
        assert there == here


def run(command: list[str], pasted: str, folder: Path) -> tuple[int, str]:
    done = subprocess.run(command, input=pasted, cwd=folder, capture_output=True, encoding="utf-8", check=False)
    assert not done.stderr
    return done.returncode, done.stdout


def test_dev_py_explains_without_an_environment() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "dev.py", "bridge", "explain", "AADSTS50105"],
        cwd=ROOT, env={"PATH": "/usr/bin:/bin"}, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "not assigned" in done.stdout
