"""Calls that begin at the same moment, each in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
START_SECONDS = 20


def at_once(works: Iterable[Callable[[], T]]) -> list[T]:
    """The results of `works`, in their order. Raises the first error that one of them raises."""
    calls = list(works)
    together = threading.Barrier(len(calls))

    def run(work: Callable[[], T]) -> T:
        together.wait(START_SECONDS)
        return work()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
