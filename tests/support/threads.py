"""Calls that begin at the same moment, each in a thread of its own; and waiting for what another thread does."""

from __future__ import annotations

import threading
import time
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


def eventually(condition: Callable[[], bool], seconds: float = 10) -> bool:
    """Whether the condition becomes true in this time. It is not called again after it was true."""
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.01)
    return found
