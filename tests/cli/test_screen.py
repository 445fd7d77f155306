"""The terminal output of all commands, and the entry, which imports one command only."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.cli.main import COMMANDS, main
from tools.cli.screen import Screen

ROOT = Path(__file__).parents[2]
NASTY = "\x1b]0;owned\x07\u202e\x9b2J\ud800"


def printed(encoding: str = "utf-8", *, width: int = 40, colour: bool = False) -> tuple[Screen, io.BytesIO]:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="", write_through=True)
    screen = Screen.of(stream, {"FORCE_COLOR": "1"} if colour else {"NO_COLOR": "1"})
    return Screen(stream, width, screen.colour, screen.unicode), raw


def write_everything(screen: Screen, text: str) -> None:
    screen.line(text, (text, "red"))
    screen.marked("bad", text)
    screen.heading(text)
    screen.text(text, first="1. ")
    screen.steps([text])
    screen.named(text, text, width=10, mark="here")
    screen.table(["a", "b"], [[text, text]])


@pytest.mark.parametrize("colour", [False, True], ids=["plain", "colour"])
def test_no_method_sends_control_characters(colour: bool) -> None:
    screen, raw = printed(colour=colour)
    write_everything(screen, NASTY)
    shown = raw.getvalue().decode()
    for character in "\x07\u202e\x9b":
        assert character not in shown
    assert "\x1b]" not in shown
    assert ("\x1b[" in shown) is colour


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_an_old_console_gets_ascii(encoding: str) -> None:
    screen, raw = printed(encoding)
    write_everything(screen, "a → b … “c” é")
    assert raw.getvalue().isascii()
    assert b'a -> b ... "c" \\xe9' in raw.getvalue()


def test_paragraphs_keep_to_the_width() -> None:
    screen, raw = printed(width=60)
    screen.text("word " * 50 + "x" * 200, indent=4, first="1. ")
    screen.named("name", "word " * 50, width=12)
    screen.table(["head", "text"], [["cell", "word " * 50]])
    assert max(map(len, raw.getvalue().decode().splitlines())) <= 60


@pytest.mark.parametrize(
    ("env", "colour"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, False),
        ({"NO_COLOR": ""}, False),
    ],
    ids=str,
)
def test_colour_off_a_terminal(env: dict[str, str], colour: bool) -> None:
    assert Screen.of(io.StringIO(), env).colour is colour


def test_only_the_command_that_is_called_is_imported() -> None:
    program = (
        "import sys; from tools.cli.main import main\n"
        "try: main(['explain', '--help'])\n"
        "except SystemExit: pass\n"
        f"print([module for module, _ in {tuple(COMMANDS.values())!r} if module in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True, cwd=ROOT
    )
    assert done.stderr.strip() == "['tools.cli.explain']"


@pytest.mark.parametrize("arguments", [[], ["unheard-of"], ["--unheard-of"]], ids=["nothing", "a command", "an option"])
def test_wrong_usage_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: bridge" in capsys.readouterr().err


def test_help_survives_a_console_that_cannot_show_it() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools", "explain", "--help"],
        capture_output=True,
        timeout=60,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert done.stdout.isascii()
