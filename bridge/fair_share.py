"""No caller takes all threads of an instance: each has at most half of them at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from bridge.errors import TryLater


class FairShare:
    """Thread-safe. `threads`: how many requests the instance serves at once; None (unknown) sets no limit."""

    def __init__(self, threads: int | None) -> None:
        self._limit = max(2, threads // 2) if threads else None
        self._lock = threading.Lock()
        self._running: Counter[tuple[str, str]] = Counter()

    @contextmanager
    def turn(self, tenant_id: str, object_id: str) -> Iterator[None]:
        """Counts a request of this caller while it runs. Raises `TryLater` if the caller's share is used up."""
        key = (tenant_id, object_id)
        with self._lock:
            if self._limit is not None and self._running[key] >= self._limit:
                detail = "You have too many requests running at once. Nothing was done."
                raise TryLater(detail, code="too_many_at_once", retry_after=2)
            self._running[key] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[key] -= 1
                if not self._running[key]:
                    del self._running[key]
