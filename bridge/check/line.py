"""One line of the set-up check."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """The result of a check. MANUAL: only a person can see it, and the fix says where."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """`code` is stable snake_case, `title` says what was found, `fix` how to correct it or where to look."""

    code: str
    state: State
    title: str
    fix: tuple[str, ...] = ()
    az: str | None = None


def ok(code: str, title: str) -> CheckResult:
    """A line without a problem."""
    return CheckResult(code, State.OK, title)


def warning(code: str, title: str, *fix: str, az: str | None = None) -> CheckResult:
    """A line on something that works but deserves attention."""
    return CheckResult(code, State.WARNING, title, fix, az)


def failed(code: str, title: str, *fix: str, az: str | None = None) -> CheckResult:
    """A line on something that makes calls fail."""
    return CheckResult(code, State.FAILED, title, fix, az)


def manual(code: str, title: str, *fix: str, az: str | None = None) -> CheckResult:
    """A line on something that only a person can check."""
    return CheckResult(code, State.MANUAL, title, fix, az)
