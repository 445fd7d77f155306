"""One line of the set-up check."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How it stands. BY_HAND: it can't be seen from here, and the mend says how to look."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class Line:
    """`code` is stable snake_case; `title` says what was found, `mend` how to change it (or how to look)."""

    code: str
    state: State
    title: str
    mend: tuple[str, ...] = ()
    az: str | None = None


def ok(code: str, title: str) -> Line:
    """A line that is as it should be."""
    return Line(code, State.OK, title)


def warning(code: str, title: str, *mend: str, az: str | None = None) -> Line:
    """A line that works today, and should be looked at."""
    return Line(code, State.WARNING, title, mend, az)


def failed(code: str, title: str, *mend: str, az: str | None = None) -> Line:
    """A line that keeps calls from working."""
    return Line(code, State.FAILED, title, mend, az)


def by_hand(code: str, title: str, *mend: str, az: str | None = None) -> Line:
    """A line that only a person can check."""
    return Line(code, State.BY_HAND, title, mend, az)
