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
"""What leaves a write at Workday without a definite response."""
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
"""What leaves no write without a definite response."""


class Faults:
    """Safe for threads. `share` of the requests get trouble in their way."""

    def __init__(self, stage: Stage, seed: int, share: float) -> None:
        self._stage = stage
        self._share = share
        self._random = random.Random(seed)  # noqa: S311
        self._lock = threading.Lock()
        self._aimed: set[str] = set()
        self.troubles = 0

    def trouble(self) -> None:
        """Perhaps something in the way of whoever comes next."""
        with self._lock:
            place, fault = self._random.choice(TROUBLE)
            if self._random.random() >= self._share:
                return
            self.troubles += 1
        where, endpoint = place.split()
        self._post(where, {"endpoint": endpoint, "times": 1, **fault})

    def cut(self, name: str) -> None:
        """Workday's response to the write with this name in it will be lost or say nothing."""
        with self._lock:
            fault = self._random.choice(CUTS)
            self._aimed.add(name)
        self._post("workday", {"endpoint": "soap", "times": 1, "contains": name, **fault})

    def end(self) -> set[str]:
        """Take away what is left; the names of the writes that were really cut."""
        waiting = self._stage.control("GET", "workday", "/sandbox/faults")
        for place in ("entra", "workday"):
            self._stage.control("DELETE", place, "/sandbox/faults")
        return self._aimed - {fault["contains"] for fault in waiting}

    def _post(self, place: str, fault: dict[str, object]) -> None:
        self._stage.control("POST", place, "/sandbox/faults", fault)
