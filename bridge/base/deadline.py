"""One end for a whole request, however many calls it makes."""

from __future__ import annotations

import time


class Deadline:
    """Times are of the monotonic clock."""

    __slots__ = ("ends_at",)

    def __init__(self, seconds: float) -> None:
        self.ends_at = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.ends_at - time.monotonic())

    def within(self, seconds: float) -> Deadline:
        """The sooner of this one and `seconds` from now."""
        return Deadline(min(seconds, self.remaining()))
