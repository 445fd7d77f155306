"""Pasting into a real terminal: long lines stay whole, nothing is shown, an empty line ends it. The clipboard."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.tokens import good
from tools.cli import paste

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal here")
ROOT = Path(__file__).parents[2]


def in_terminal(pasted: bytes) -> tuple[int, str, str]:
    """(exit status, what the terminal showed, what was printed) of `bridge explain --json` with `pasted` typed in."""
    import pty

    master, slave = pty.openpty()
    command = [sys.executable, "-m", "tools", "explain", "--json"]
    with subprocess.Popen(command, cwd=ROOT, stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stderr is not None
        child.stderr.readline()  # the prompt: from here on nothing is echoed
        deadline = time.monotonic() + 20
        for start in range(0, len(pasted), 1000):
            os.write(master, pasted[start : start + 1000])
            assert time.monotonic() < deadline
        printed, _ = child.communicate(timeout=20)
        os.set_blocking(master, False)
        try:
            shown = os.read(master, 100_000)
        except BlockingIOError:
            shown = b""
    os.close(slave)
    os.close(master)
    return child.returncode, shown.decode(), printed.decode()


def test_a_long_token_arrives_whole_and_is_not_shown() -> None:
    raw = good(1, aud="https://apihub.azure.com", groups=["00000000-0000-4000-8000-000000000000"] * 120)
    assert len(raw) > 5000
    status, shown, printed = in_terminal(raw.encode() + b"\n\n")
    assert status == 1
    assert '"code": "audience_apihub"' in printed
    assert raw[:30] not in shown


def test_a_message_of_several_lines_ends_with_an_empty_one() -> None:
    status, _, printed = in_terminal(b"\nError\nAADSTS50105: not assigned\n\n")
    assert status == 1
    assert "aadsts_50105" in printed


@pytest.mark.parametrize(("length", "cut"), [(4095, True), (1023, True), (4000, False), (5867, False)])
def test_a_line_that_a_terminal_has_cut_is_known_by_its_length(length: int, cut: bool) -> None:
    assert paste.looks_cut("x\n" + "e" * length) == cut


def test_the_clipboard_is_read_by_the_systems_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "pbpaste"
    tool.write_text("#!/bin/sh\nprintf AADSTS50105\n", encoding="ascii")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert paste.clipboard(100) == b"AADSTS50105"
    tool.write_text("#!/bin/sh\nexit 1\n", encoding="ascii")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match="empty or cannot be read by pbpaste"):
        paste.clipboard(100)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(ValueError, match="no clipboard command"):
        paste.clipboard(100)
