"""Retries where nothing can have been done, within a budget; during an outage few requests reach the system."""

from __future__ import annotations

from dataclasses import dataclass, field

from bridge.base.deadline import Deadline
from bridge.errors import (
    BridgeError,
    InvalidUpstreamResponse,
    OutcomeUnknown,
    RefusedBySystem,
    TimedOut,
    Trouble,
    TryLater,
)
from bridge.outbound.patience import AWAY_SECONDS, FAILURES, MAX_ATTEMPTS, MAX_BUDGET, Patience
from tests.support.cases import for_each
from tests.support.raised import raised


def away(error: BridgeError, trouble: Trouble = "not reached") -> BridgeError:
    error.trouble = trouble
    return error


@dataclass
class System:
    """Raises the errors of the plan, one for each call, then returns "done". Time passes only by hand."""

    plan: list[BridgeError] = field(default_factory=list)
    now: float = 1000.0
    waits: list[float] = field(default_factory=list)
    calls: int = 0

    def __post_init__(self) -> None:
        self.patience = Patience(lambda: self.now, self.waits.append)

    def work(self) -> str:
        self.calls += 1
        if self.plan:
            raise self.plan.pop(0)
        return "done"

    def ask(self, system: str = "workday", seconds: float = 30) -> str:
        try:
            return self.patience.call(system, self.work, Deadline(seconds))
        except BridgeError as error:
            return error.code


# what the system does → the caller's result or error code, and after how many calls
ERRORS: dict[str, tuple[list[BridgeError], tuple[str, int]]] = {
    "nothing": ([], ("done", 1)),
    "not reached once": ([away(TryLater("."))], ("done", 2)),
    "never reached": ([away(TryLater("."))] * MAX_ATTEMPTS, ("try_later", MAX_ATTEMPTS)),
    "busy for a second": ([TryLater(".", retry_after=1)], ("done", 2)),
    "busy for longer than a thread waits": ([TryLater(".", retry_after=3)], ("try_later", 1)),
    "503 for seven seconds": ([away(TryLater(".", retry_after=7), "failing")], ("try_later", 1)),
    "busy without saying how long": ([TryLater(".")], ("try_later", 1)),
    "refused": ([RefusedBySystem(".")], ("refused_by_system", 1)),
    "a write without a clear answer": ([away(OutcomeUnknown("."), "failing")], ("outcome_unknown", 1)),
    "a read that fails once": ([away(InvalidUpstreamResponse("."), "failing")], ("done", 2)),
    "a read whose response is lost once": ([away(InvalidUpstreamResponse("."), "lost")], ("done", 2)),
    "a read that cannot be read": ([InvalidUpstreamResponse(".")], ("upstream_invalid_response", 1)),
    "a read that came too late": ([TimedOut(".")], ("upstream_timeout", 1)),
}


@for_each(ERRORS)
def test_only_what_cannot_have_been_done_is_tried_again(plan: list[BridgeError], expected: tuple[str, int]) -> None:
    system = System(list(plan))
    assert (system.ask(), system.calls) == expected


def test_nothing_is_tried_again_when_little_time_is_left() -> None:
    system = System([TryLater(".", retry_after=1)])
    assert (system.ask(seconds=1.5), system.calls) == ("try_later", 1)


def test_waits_have_jitter() -> None:
    waits = set()
    for _ in range(20):
        system = System([away(TryLater("."))])
        system.ask()
        waits |= {round(wait, 4) for wait in system.waits}
    assert len(waits) > 10
    assert all(0 <= wait <= 0.4 for wait in waits)


def test_retries_have_a_budget() -> None:
    """A system that is always busy gets a tenth more than it is asked, once the budget is spent."""
    system, asked = System([TryLater(".", retry_after=1)] * 1000), 200
    for _ in range(asked):
        system.ask()
    assert system.calls <= asked * 1.1 + MAX_BUDGET


def out(more: int = 0) -> System:
    """A system with an outage, which lasts for so many more requests."""
    system = System([away(OutcomeUnknown("."), "failing") for _ in range(FAILURES + more)])
    for _ in range(FAILURES):
        system.ask()
    return system


def test_a_system_with_an_outage_is_not_asked_and_then_one_request_finds_out() -> None:
    system = out(1)
    assert not system.patience.all_there
    assert (system.ask(), system.calls) == ("try_later", FAILURES)
    assert system.ask("orders") == "outcome_unknown", "another system is asked"
    system.now += AWAY_SECONDS
    assert system.ask() == "done"
    assert system.patience.all_there


def test_a_long_outage_costs_one_request_in_ten_seconds() -> None:
    system = out(5)
    for _ in range(3):
        system.now += AWAY_SECONDS
        assert [system.ask() for _ in range(3)] == ["outcome_unknown", "try_later", "try_later"]


def test_the_error_says_when_to_try_again() -> None:
    system = out()
    system.now += AWAY_SECONDS - 3
    assert raised(TryLater, system.patience.call, "workday", system.work, Deadline(30)).retry_after == 3


def test_refusals_throttling_and_lost_responses_are_no_outage() -> None:
    refused, throttled, lost = RefusedBySystem("."), TryLater(".", retry_after=9), OutcomeUnknown(".")
    system = System([refused] * FAILURES + [throttled] * FAILURES + [away(lost, "lost")] * FAILURES)
    for _ in range(3 * FAILURES):
        system.ask()
    assert system.ask() == "done"
