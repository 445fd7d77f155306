"""Child processes: ready, failed with their last lines, and never longer alive than their parent."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox import stack
from sandbox.stack import Child, ChildDied
from tests.host.conftest import APP

HOST = ["sandbox.functions_host", "--stop-with-stdin", "--app"]


def test_a_child_gets_ready_and_ends_with_the_block() -> None:
    with Child("app", [*HOST, str(APP)], env=os.environ) as child:
        assert child.ready().startswith("Functions host ready on http://127.0.0.1:")
        child.check()
    with pytest.raises(ChildDied, match="The app ended with exit status 0"):
        child.check()


def test_a_child_that_fails_is_reported_with_its_last_lines(tmp_path: Path) -> None:
    broken = tmp_path / "broken_app.py"
    broken.write_text("raise RuntimeError('no settings')", "utf-8")
    lines: list[str] = []
    with (
        Child("app", [*HOST, str(broken)], env=os.environ, echo=lines.append) as child,
        pytest.raises(ChildDied) as caught,
    ):
        child.ready()
    assert "The app ended with exit status 1. Its last lines:" in str(caught.value)
    assert "  RuntimeError: no settings" in str(caught.value)
    assert "RuntimeError: no settings\n" in lines


def test_a_silent_child_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "START_SECONDS", 0)
    with Child("sandbox", [*HOST, str(APP)], env=os.environ) as child, pytest.raises(ChildDied, match="said nothing"):
        child.ready()


PARENT = """
import os, sys
from sandbox.stack import Child
child = Child("app", sys.argv[1:], env=os.environ)
child.ready()
print(child._process.pid, flush=True)
os._exit(9)
"""


@pytest.mark.skipif(os.name == "nt", reason="looks for the process the POSIX way")
def test_a_child_does_not_outlive_a_killed_parent() -> None:
    command = [sys.executable, "-c", PARENT, *HOST, str(APP)]
    done = subprocess.run(command, cwd=stack.ROOT, capture_output=True, text=True, timeout=30, check=False)
    pid = int(done.stdout)
    for _ in range(100):
        if _ended(pid):
            return
        time.sleep(0.05)
    pytest.fail("the child is still there")


def _ended(pid: int) -> bool:
    """True for a zombie process too."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text("ascii").rpartition(")")[2].split()[0] == "Z"
