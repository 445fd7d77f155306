"""One piece of work for many who ask for the same at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SingleFlight(Generic[K, V]):
    """The first asker for a key works; those who come meanwhile get the same result, or the same error."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[K, Future[V]] = {}

    def run(self, key: K, work: Callable[[], V], *, wait_seconds: float) -> V:
        """The result of `work`. Raises TimeoutError if another's work doesn't end within `wait_seconds`."""
        with self._lock:
            flight = self._flights.get(key)
            if flight is None:
                mine: Future[V] = Future()
                self._flights[key] = mine
        if flight is not None:
            try:
                return flight.result(wait_seconds)
            except FutureTimeout:
                if flight.done():
                    raise
                raise TimeoutError from None
        return self._work(key, mine, work)

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
