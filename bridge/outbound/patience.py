"""Retries, a retry budget and a circuit breaker for systems that are unavailable or busy.

A request is sent again only if nothing of it can have been done: no connection was made, the system said 429 with a
Retry-After that fits into the deadline, or it is a read (then also after a 5xx or a lost response).
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from bridge.base.deadline import Deadline
from bridge.errors import BridgeError, InvalidUpstreamResponse, TryLater

T = TypeVar("T")

MAX_ATTEMPTS: Final = 3
FIRST_WAIT_SECONDS: Final = 0.2
LONGEST_WAIT_SECONDS: Final = 2.0
"""The longest Retry-After that is waited for here. A longer one is for the caller: a waiting thread is blocked."""
BUDGET: Final = 0.1
"""Retries for each request, on average: a system in trouble receives at most a tenth more requests."""
MAX_BUDGET: Final = 10.0
FAILURES: Final = 10
"""After this many failures in a row, a system counts as unavailable."""
AWAY_SECONDS: Final = 10.0


@dataclass(slots=True)
class _System:
    failures: int = 0
    away_until: float = 0.0
    budget: float = MAX_BUDGET


class Patience:
    """Safe for threads. `clock`: monotonic seconds."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._systems: dict[str, _System] = {}

    @property
    def all_there(self) -> bool:
        """Whether every system counts as available."""
        now = self._clock()
        with self._lock:
            return all(system.away_until <= now for system in self._systems.values())

    def call(self, system: str, work: Callable[[], T], deadline: Deadline) -> T:
        """The result of `work`, retried where that is safe. Raises its error, or `TryLater` at once."""
        state = self._state(system)
        for attempt in range(1, MAX_ATTEMPTS + 1):
            self._require_there(state)
            try:
                result = work()
            except BridgeError as error:
                self._count(state, is_away=error.trouble in ("not reached", "failing"))
                wait = self._wait(error, attempt, deadline)
                if wait is None or not self._spend(state):
                    raise
                self._sleep(wait)
            else:
                self._count(state, is_away=False)
                return result
        raise AssertionError  # the last attempt returns or raises

    def _state(self, system: str) -> _System:
        with self._lock:
            state = self._systems.setdefault(system, _System())
            state.budget = min(MAX_BUDGET, state.budget + BUDGET)
            return state

    def _require_there(self, state: _System) -> None:
        """While a system is unavailable, refuse at once. Then one request may try; the others are still refused."""
        with self._lock:
            now = self._clock()
            left = state.away_until - now
            if left <= 0:
                if state.failures >= FAILURES:
                    state.away_until = now + AWAY_SECONDS
                return
        raise TryLater(
            "The business system could not be reached by several requests in a row. Nothing was done.",
            hint="Try again in a moment. If it stays so, ask the administrator of the bridge.",
            retry_after=max(1, round(left)),
            operator=f"not tried: {state.failures} failures in a row",
        )

    def _count(self, state: _System, *, is_away: bool) -> None:
        with self._lock:
            state.failures = state.failures + 1 if is_away else 0
            state.away_until = self._clock() + AWAY_SECONDS if state.failures >= FAILURES else 0.0

    def _wait(self, error: BridgeError, attempt: int, deadline: Deadline) -> float | None:
        """Seconds until the next attempt; None if there is none. Full jitter keeps instances from retrying together."""
        asked = _asked_wait(error)
        if attempt == MAX_ATTEMPTS or asked is None or asked > LONGEST_WAIT_SECONDS:
            return None
        wait = asked + random.uniform(0, FIRST_WAIT_SECONDS * 2**attempt)  # noqa: S311
        return wait if wait < deadline.remaining() / 2 else None

    def _spend(self, state: _System) -> bool:
        with self._lock:
            if state.budget < 1:
                return False
            state.budget -= 1
            return True


def _asked_wait(error: BridgeError) -> float | None:
    """Seconds to wait before a retry; None if the request must not be sent again."""
    if isinstance(error, TryLater):
        return 0.0 if error.trouble == "not reached" else error.retry_after
    return 0.0 if error.trouble and isinstance(error, InvalidUpstreamResponse) else None
