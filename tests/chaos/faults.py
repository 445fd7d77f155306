"""Faults of Entra and Workday, drawn from a seed before requests: so many by request, however fast the machine is."""

from __future__ import annotations

import random
import threading

from tests.chaos.stage import Stage

CUTS: tuple[dict[str, object], ...] = (
    {"drop": "before"},
    {"drop": "after"},
    {"status": 502, "body": "<html>"},
    {"status": 503, "headers": {"Retry-After": "1"}},
    {"wire": "truncate"},
    {"wire": "reset"},
)
"""Faults that leave a write at Workday without a definite response."""
TROUBLE: tuple[tuple[str, dict[str, object]], ...] = (
    ("entra token", {"status": 503}),
    ("entra token", {"drop": "after"}),
    ("entra token", {"delay_seconds": 0.5}),
    ("workday token", {"status": 500}),
    ("workday token", {"drop": "before"}),
    ("workday rest", {"status": 503, "headers": {"Retry-After": "1"}}),
    ("workday rest", {"drop": "after"}),
    ("workday soap", {"status": 429, "headers": {"Retry-After": "1"}}),
    ("workday soap", {"delay_seconds": 0.5}),
)
"""Faults after which each write still has a definite response."""


class Faults:
    """Safe for threads. `share` is the share of requests with a fault."""

    def __init__(self, stage: Stage, seed: int, share: float) -> None:
        self._stage = stage
        self._share = share
        self._random = random.Random(seed)  # noqa: S311
        self._lock = threading.Lock()
        self._aimed: set[str] = set()
        self.troubles = 0

    def trouble(self) -> None:
        """Perhaps a fault for the next call."""
        with self._lock:
            place, fault = self._random.choice(TROUBLE)
            if self._random.random() >= self._share:
                return
            self.troubles += 1
        where, endpoint = place.split()
        self._post(where, {"endpoint": endpoint, "times": 1, **fault})

    def cut(self, name: str) -> None:
        """Workday's response to the write with this name will be lost or unclear."""
        with self._lock:
            fault = self._random.choice(CUTS)
            self._aimed.add(name)
        self._post("workday", {"endpoint": "soap", "times": 1, "contains": name, **fault})

    def end(self) -> set[str]:
        """Clear the remaining faults; returns the names of the writes that had one."""
        waiting = self._stage.control("GET", "workday", "/sandbox/faults")
        for place in ("entra", "workday"):
            self._stage.control("DELETE", place, "/sandbox/faults")
        return self._aimed - {fault["contains"] for fault in waiting}

    def _post(self, place: str, fault: dict[str, object]) -> None:
        self._stage.control("POST", place, "/sandbox/faults", fault)
