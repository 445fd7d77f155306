"""The end of a whole request, for all the calls that it makes."""

from __future__ import annotations

import time


class Deadline:
    """`ends_at` is in seconds of the monotonic clock."""

    __slots__ = ("ends_at",)

    def __init__(self, seconds: float) -> None:
        self.ends_at = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.ends_at - time.monotonic())

    def within(self, seconds: float) -> Deadline:
        """This deadline, or `seconds` from now if that is earlier."""
        return Deadline(min(seconds, self.remaining()))
