"""One line of the set-up check."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """The result of a check. MANUAL: it can't be seen from here, and the fix says how to look."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """`code` is stable snake_case; `title` says what was found, `fix` how to change it (or how to look)."""

    code: str
    state: State
    title: str
    fix: tuple[str, ...] = ()
    az: str | None = None


def ok(code: str, title: str) -> CheckResult:
    """A line that is as it should be."""
    return CheckResult(code, State.OK, title)


def warning(code: str, title: str, *fix: str, az: str | None = None) -> CheckResult:
    """A line that works today, and should be looked at."""
    return CheckResult(code, State.WARNING, title, fix, az)


def failed(code: str, title: str, *fix: str, az: str | None = None) -> CheckResult:
    """A line that keeps calls from working."""
    return CheckResult(code, State.FAILED, title, fix, az)


def manual(code: str, title: str, *fix: str, az: str | None = None) -> CheckResult:
    """A line that only a person can check."""
    return CheckResult(code, State.MANUAL, title, fix, az)
