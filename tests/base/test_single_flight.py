"""One thread works and others wait for its result: as long as each may, and not for an error of its time alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from bridge.base.single_flight import SingleFlight


class Work:
    """Work that waits to be released, and counts how often it was done."""

    def __init__(self, then: Callable[[], str]) -> None:
        self.begun, self.go, self.count, self.then = threading.Event(), threading.Event(), 0, then

    def __call__(self) -> str:
        self.count += 1
        self.begun.set()
        assert self.go.wait(5)
        return self.then()


def failing() -> str:
    raise ValueError("no")


def test_threads_that_ask_at_once_share_one_result_or_one_error_and_the_next_works_again() -> None:
    flights: SingleFlight[str, str] = SingleFlight()
    for then in (lambda: "result", failing):
        work = Work(then)
        with ThreadPoolExecutor(8) as pool:
            asking = [pool.submit(flights.run, "key", work, wait_seconds=5) for _ in range(8)]
            assert work.begun.wait(5)
            time.sleep(0.05)
            work.go.set()
        outcomes = {repr(future.exception() or future.result()) for future in asking}
        assert outcomes == {"ValueError('no')" if then is failing else "'result'"}
        assert work.count == 1
    assert flights.run("key", lambda: "anew", wait_seconds=1) == "anew"


def test_a_call_with_another_key_does_not_wait() -> None:
    flights: SingleFlight[str, str] = SingleFlight()
    work = Work(lambda: "slow")
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(flights.run, "slow", work, wait_seconds=5)
        assert work.begun.wait(5)
        assert flights.run("other", lambda: "quick", wait_seconds=5) == "quick"
        work.go.set()
        assert slow.result(5) == "slow"


def test_a_thread_waits_no_longer_than_its_own_time() -> None:
    flights: SingleFlight[str, str] = SingleFlight()
    work = Work(lambda: "late")
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(flights.run, "key", work, wait_seconds=5)
        assert work.begun.wait(5)
        start = time.monotonic()
        with pytest.raises(TimeoutError):
            flights.run("key", work, wait_seconds=0.1)
        assert time.monotonic() - start < 1
        work.go.set()
        assert slow.result(5) == "late"


def test_the_error_of_a_worker_without_enough_time_is_not_shared() -> None:
    flights: SingleFlight[str, str] = SingleFlight()
    begun = threading.Event()

    def hurried() -> str:
        begun.set()
        time.sleep(0.2)
        raise ValueError("the worker's time was up")

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(flights.run, "key", hurried, wait_seconds=0.1)
        assert begun.wait(5)
        assert flights.run("key", lambda: "had time", wait_seconds=5) == "had time"
        assert isinstance(first.exception(5), ValueError)
