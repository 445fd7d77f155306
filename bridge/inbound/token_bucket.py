"""A limit that allows a short burst and then a steady rate."""

from __future__ import annotations

from collections.abc import Callable


class TokenBucket:
    """`size` uses at once, then one in `seconds`. `clock` is in seconds. The owner makes it safe for threads."""

    def __init__(self, size: int, seconds: float, clock: Callable[[], float]) -> None:
        self._size = size
        self._seconds = seconds
        self._clock = clock
        self._full_at = float("-inf")

    @property
    def is_empty(self) -> bool:
        """Whether no use is left now."""
        return self._full_at - self._clock() > (self._size - 1) * self._seconds

    def take(self) -> None:
        """Count one use."""
        self._full_at = max(self._full_at, self._clock()) + self._seconds
