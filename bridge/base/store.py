"""A bounded memory whose entries expire."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from itertools import islice
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Store(Generic[K, V]):
    """At most `size` entries. `clock` is in seconds. Safe for threads.

    A new entry removes expired ones, and if there is still no room, the one that was not used for the longest time.
    """

    def __init__(self, size: int, clock: Callable[[], float]) -> None:
        self._size = size
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: OrderedDict[K, tuple[V, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """The value, if there is one and it has not expired."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            value, ends_at = entry
            if self._clock() >= ends_at:
                del self._entries[key]
                return None
            self._entries.move_to_end(key)
            return value

    def put(self, key: K, value: V, *, ends_at: float) -> None:
        """Remember until `ends_at`."""
        with self._lock:
            self._entries.pop(key, None)
            self._make_room()
            self._entries[key] = (value, ends_at)

    def _make_room(self) -> None:
        """Remove expired entries among the eight least recently used; then one more, if there is no room."""
        now = self._clock()
        for key in [key for key, (_, end) in islice(self._entries.items(), 8) if now >= end]:
            del self._entries[key]
        if len(self._entries) >= self._size:
            self._entries.popitem(last=False)

    def discard(self, key: K, value: V) -> None:
        """Forget `key` if it still holds this very `value`: another thread may have renewed it meanwhile."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None and entry[0] is value:
                del self._entries[key]

    def drop(self, unwanted: Callable[[K], bool]) -> None:
        """Forget every entry whose key is `unwanted`."""
        with self._lock:
            for key in [key for key in self._entries if unwanted(key)]:
                del self._entries[key]
