"""The one bounded memory: what ends, what leaves first, and what is discarded only by its own value."""

from __future__ import annotations

import pytest

from bridge.base.store import Store


class Clock:
    """Time in seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_an_entry_ends_at_its_time(clock: Clock) -> None:
    store: Store[str, int] = Store(10, clock)
    store.put("a", 1, ends_at=5)
    clock.now = 4.999
    assert store.get("a") == 1
    clock.now = 5
    assert store.get("a") is None
    assert len(store) == 0, "what has ended takes no room"


def test_what_was_used_longest_ago_leaves_first(clock: Clock) -> None:
    store: Store[str, int] = Store(2, clock)
    store.put("a", 1, ends_at=9)
    store.put("b", 2, ends_at=9)
    store.get("a")
    store.put("c", 3, ends_at=9)
    assert [store.get(key) for key in "abc"] == [1, None, 3]


def test_writing_again_counts_as_use_and_takes_no_second_room(clock: Clock) -> None:
    store: Store[str, int] = Store(2, clock)
    store.put("a", 1, ends_at=9)
    store.put("b", 2, ends_at=9)
    store.put("a", 4, ends_at=9)
    store.put("c", 3, ends_at=9)
    assert [store.get(key) for key in "abc"] == [4, None, 3]


def test_a_value_that_was_renewed_meanwhile_is_not_discarded(clock: Clock) -> None:
    store: Store[str, object] = Store(2, clock)
    refused, renewed = object(), object()
    store.put("a", refused, ends_at=9)
    store.put("a", renewed, ends_at=9)
    store.discard("a", refused)
    assert store.get("a") is renewed
    store.discard("a", renewed)
    assert store.get("a") is None
    store.discard("a", renewed)


def test_unwanted_keys_are_dropped_and_no_others(clock: Clock) -> None:
    store: Store[str, int] = Store(3, clock)
    for key in ("a1", "a2", "b1"):
        store.put(key, 1, ends_at=9)
    store.drop(lambda key: key.startswith("a"))
    assert [store.get(key) for key in ("a1", "a2", "b1")] == [None, None, 1]
