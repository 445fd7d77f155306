"""`python -m sandbox.demo`: exit status 0 only if each step succeeded."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import count

from sandbox.demo.screen import Screen, Step
from sandbox.demo.stage import Stage, set_up
from sandbox.demo.story import ACTS
from sandbox.stack import ChildDied

INTRODUCTION = (
    "What follows is real HTTP between separate processes on this machine: a sandbox in place of Entra, Workday and "
    "orders, and the bridge in a local Functions host. Each step is checked; the sandbox reports what it saw."
)


def main() -> int:
    screen = Screen.for_stdout()
    screen.headline("From a connector's call to Workday, as the signed-in user", "", INTRODUCTION)
    numbers, failed = count(1), 0
    try:
        with set_up() as stage:
            for act in ACTS:
                with stage.app_running(act.settings):
                    failed += sum(play(*chapter, stage, screen, numbers) for chapter in act.chapters.items())
    except ChildDied as error:
        screen.failure(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    last = f"{failed} of the steps failed." if failed else f"All {next(numbers) - 1} steps succeeded."
    screen.close(last, passed=not failed)
    return 1 if failed else 0


def play(
    title: str, steps: Callable[[Stage], Iterator[Step]], stage: Stage, screen: Screen, numbers: Iterator[int]
) -> int:
    """Play a chapter; returns how many of its steps failed. A chapter that cannot continue counts as one."""
    screen.chapter(title)
    failed = 0
    try:
        for step in steps(stage):
            screen.step(next(numbers), step)
            failed += not step.passed
    except (AttributeError, LookupError, TypeError, OSError) as error:
        last = (f"sent    {stage.last.sent}", f"back    {stage.last.back}") if stage.last else ()
        screen.failure(f"The demo cannot continue here: a response was not as expected ({error!r}).", *last)
        failed += 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
