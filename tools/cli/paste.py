"""Reads a paste from a terminal: without echo, without the terminal's limit on a line, up to an empty line."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

LINE_LIMITS = (1023, 1024, 4095, 4096)
"""Lengths at which macOS and Linux cut a line of a terminal, with and without its line feed."""

_COMMANDS = (
    ("pbpaste",),
    ("wl-paste", "--no-newline"),
    ("xclip", "-selection", "clipboard", "-out"),
    ("xsel", "--clipboard", "--output"),
    ("powershell.exe", "-NoProfile", "-Command", "Get-Clipboard -Raw"),
)
_TIMEOUT_SECONDS = 10


def clipboard(longest: int) -> bytes:
    """The content of the clipboard, by the first command of the system that reads it. Raises ValueError."""
    installed = [command for command in _COMMANDS if shutil.which(command[0])]
    for command in installed:
        with suppress(subprocess.TimeoutExpired):
            done = subprocess.run(command, capture_output=True, check=False, timeout=_TIMEOUT_SECONDS)  # noqa: S603
            if done.returncode == 0:
                return done.stdout[: longest + 1]
    if installed:
        raise ValueError(f"the clipboard is empty or cannot be read by {installed[0][0]}")
    raise ValueError("no clipboard command was found (pbpaste, wl-paste, xclip, xsel, powershell.exe)")


def looks_cut(text: str) -> bool:
    """Whether a line has the length at which terminals cut."""
    return any(len(line) in LINE_LIMITS for line in text.splitlines())


def read_terminal(prompt: str, longest: int) -> str:
    """The paste, up to an empty line, Ctrl-D or `longest` characters. The terminal does not show it."""
    with _raw_terminal():
        print(prompt, file=sys.stderr, flush=True)
        return "".join(_until_empty_line(_characters(), longest))


def _until_empty_line(characters: Iterator[str], longest: int) -> Iterator[str]:
    line_is_empty, anything = True, False
    for count, character in enumerate(characters):
        if character in "\x04\x1a" or count >= longest:
            return
        if character == "\x03":
            raise KeyboardInterrupt
        if character in "\r\n":
            if line_is_empty and anything:
                return
            line_is_empty = True
            yield "\n"
        else:
            line_is_empty, anything = False, True
            yield character


def _characters() -> Iterator[str]:
    if sys.platform == "win32":
        import msvcrt

        while True:
            yield msvcrt.getwch()
    while character := sys.stdin.read(1):
        yield character


@contextmanager
def _raw_terminal() -> Iterator[None]:
    """The terminal without echo and line editing; its former state is restored in any case."""
    if sys.platform == "win32":
        yield
        return
    import termios

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    changed = termios.tcgetattr(terminal)
    changed[3] &= ~(termios.ICANON | termios.ECHO)
    try:
        termios.tcsetattr(terminal, termios.TCSADRAIN, changed)
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
