"""Shares one piece of work among all threads that ask for the same at the same time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SingleFlight(Generic[K, V]):
    """The first thread to ask for a key does the work; threads that ask meanwhile get the same result or error."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[K, tuple[Future[V], float]] = {}

    def run(self, key: K, work: Callable[[], V], *, wait_seconds: float) -> V:
        """The result of `work`, which ends within `wait_seconds` by itself. Raises TimeoutError for another's that
        does not end in that time, and whatever `work` raises.

        The error of a worker whose time was up is not shared with those who have more: they work themselves.
        """
        ends = time.monotonic() + wait_seconds
        while True:
            with self._lock:
                flight = self._flights.get(key)
                if flight is None:
                    mine: Future[V] = Future()
                    self._flights[key] = mine, ends
            if flight is None:
                return self._work(key, mine, work)
            theirs, their_end = flight
            try:
                return theirs.result(max(0.0, ends - time.monotonic()))
            except Exception:
                if not their_end <= time.monotonic() < ends:
                    raise

    def _work(self, key: K, mine: Future[V], work: Callable[[], V]) -> V:
        try:
            result = work()
        except BaseException as error:
            self._land(key)
            mine.set_exception(error)
            raise
        self._land(key)
        mine.set_result(result)
        return result

    def _land(self, key: K) -> None:
        with self._lock:
            del self._flights[key]
