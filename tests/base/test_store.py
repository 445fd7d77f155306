"""What is remembered ends by itself, and never grows beyond its size."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from bridge.base.store import Store
from tests.support.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock(100)


def test_an_entry_lives_until_its_end_and_not_at_it(clock: Clock) -> None:
    store: Store[str, str] = Store(4, clock)
    store.put("a", "one", ends_at=101)
    clock.now = 100.9
    assert store.get("a") == "one"
    clock.now = 101.0
    assert store.get("a") is None
    assert len(store) == 0


def test_a_full_store_drops_what_has_ended_and_then_the_least_recently_used(clock: Clock) -> None:
    store: Store[str, int] = Store(3, clock)
    store.put("long", 1, ends_at=1000)
    store.put("short", 2, ends_at=101)
    store.put("longer", 3, ends_at=1000)
    clock.now = 102
    store.put("new", 4, ends_at=1000)
    assert [store.get(key) for key in ("long", "short", "longer", "new")] == [1, None, 3, 4]
    store.get("long")
    store.put("newer", 5, ends_at=1000)
    assert [store.get(key) for key in ("long", "longer", "new", "newer")] == [1, None, 4, 5]


def test_entries_that_have_ended_leave_as_new_ones_are_put(clock: Clock) -> None:
    store: Store[int, str] = Store(100, clock)
    for key in range(50):
        store.put(key, "ends soon", ends_at=101)
    clock.now = 200
    for key in range(50, 60):
        store.put(key, "new", ends_at=300)
    assert len(store) == 10


def test_an_entry_that_is_put_again_has_the_new_value_and_end(clock: Clock) -> None:
    store: Store[str, str] = Store(2, clock)
    store.put("a", "old", ends_at=101)
    store.put("a", "new", ends_at=200)
    clock.now = 150
    assert store.get("a") == "new"
    store.put("a", "ended", ends_at=150)
    assert store.get("a") is None


def test_a_value_is_discarded_only_if_it_is_the_same_object(clock: Clock) -> None:
    """Another thread may have renewed it meanwhile: equal is not the same."""
    store: Store[str, list[int]] = Store(2, clock)
    refused, renewed = [1], [1]
    store.put("a", renewed, ends_at=200)
    store.discard("a", refused)
    assert store.get("a") is renewed
    store.discard("a", renewed)
    assert store.get("a") is None
    store.discard("a", renewed)


def test_entries_are_dropped_by_their_key(clock: Clock) -> None:
    store: Store[tuple[str, int], str] = Store(9, clock)
    for key in [("one", 1), ("one", 2), ("other", 1)]:
        store.put(key, "value", ends_at=200)
    store.drop(lambda key: key[0] == "one")
    assert (len(store), store.get(("other", 1))) == (1, "value")


def test_threads_share_a_store(clock: Clock) -> None:
    store: Store[int, int] = Store(16, clock)

    def work(start: int) -> None:
        for number in range(start, start + 2000):
            store.put(number % 40, number, ends_at=200)
            found = store.get((number + 1) % 40)
            assert found is None or found % 40 == (number + 1) % 40
            store.drop(lambda key: key == 7)

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(work, start) for start in range(0, 8000, 2000)]:
            future.result()
    assert len(store) <= 16
