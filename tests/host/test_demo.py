"""The demo: it succeeds as a whole, and a failed step fails it."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import count

import pytest

from sandbox.demo.__main__ import play
from sandbox.demo.screen import Screen, Step
from sandbox.demo.stage import Stage
from sandbox.stack import ROOT

GOOD = Step("Good", "a question", "an answer", {"name": "value"}, {"it is so": True}, 1.4)
BAD = Step("Bad", "a question", "another answer", {}, {"it is so": True, "and so": False}, 0.2)


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


def _play(out: io.StringIO, *steps: Step | Exception) -> int:
    def story(_: Stage) -> Iterator[Step]:
        for step in steps:
            if isinstance(step, Exception):
                raise step
            yield step

    return play("A chapter", story, Stage({}), Screen(out, 80, colour=False), count(1))


def test_successful_steps_are_reported_in_order(out: io.StringIO) -> None:
    assert _play(out, GOOD, GOOD) == 0
    assert re.findall(r"^ \d  Good +1 ms$", out.getvalue(), re.MULTILINE)
    assert "    ✓ it is so" in out.getvalue()


def test_a_failed_step_counts_and_the_demo_continues(out: io.StringIO) -> None:
    assert _play(out, BAD, GOOD) == 1
    assert "    ✗ and so" in out.getvalue()
    assert " 2  Good" in out.getvalue()


@pytest.mark.parametrize("error", [KeyError("systems"), ConnectionResetError(), TypeError(), AttributeError()])
def test_an_unexpected_response_counts_and_ends_the_chapter(out: io.StringIO, error: Exception) -> None:
    assert _play(out, GOOD, error, GOOD) == 1
    assert "The demo cannot continue here" in out.getvalue()
    assert " 2  Good" not in out.getvalue()


@pytest.mark.parametrize("width", [60, 80, 110])
def test_text_stays_within_the_terminal(out: io.StringIO, width: int) -> None:
    long = "word " * 60
    Screen(out, width, colour=False).step(7, Step("Title", long, long, {"a name": long}, {long: True}, 3))
    assert max(map(len, out.getvalue().splitlines())) <= width


def test_colour_is_left_out_unless_asked_for(out: io.StringIO) -> None:
    Screen(out, 80, colour=False).step(1, BAD)
    assert "\x1b" not in out.getvalue()
    Screen(out, 80, colour=True).step(1, BAD)
    assert "\x1b[32m✓ \x1b[0m" in out.getvalue()


def test_the_whole_demo_succeeds() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sandbox.demo"],
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✗" not in done.stdout
    assert len(re.findall(r"^ ?\d+  ", done.stdout, re.MULTILINE)) == 14
    assert "PRIVATE KEY" not in done.stdout
    assert not re.search(r"eyJ[\w-]{10}", done.stdout), "a token is on the screen"
