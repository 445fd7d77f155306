"""Ratios that hold on a busy machine: both sides are measured in turn, and a pause does not change a median."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Row:
    """One result. `aim` is the most it should be; None where it only informs."""

    what: str
    value: float
    aim: float | None = None

    def __str__(self) -> str:
        verdict = "" if self.aim is None else f"aim ≤ {self.aim:<5g} {'ok' if self.value <= self.aim else 'ABOVE'}"
        return f"{self.what:<62}{self.value:>8.2f}  {verdict}".rstrip()


def ratio(work: Work, base: Work, *, rounds: int = 300) -> float:
    """Time of `work` divided by that of `base`: called in turn, median by median."""
    work(), base()
    times = [(seconds(work), seconds(base)) for _ in range(rounds)]
    return median(one for one, _ in times) / median(other for _, other in times)


def seconds(work: Work) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
