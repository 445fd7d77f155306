"""Records how a write ended: at once, or as soon as the table responds again."""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from bridge.base.deadline import Deadline
from bridge.errors import BridgeError
from bridge.ledger.table import RowChanged, TableUnavailable

Work = Callable[[Deadline], object]
"""A change of the table that is safe to make twice."""

AT_ONCE_SECONDS: Final = 3.0
"""How long a caller, whose write has ended, waits at most for its record."""
KEEP_SECONDS: Final = 120.0
"""How long a record is retried. After that the row remains `started`, and a repeat gets `outcome_unknown`."""
MAX_WAITING: Final = 1000


class Recorder:
    """Retries failed work in one thread, which ends when none is left. Thread-safe."""

    def __init__(self, *, pause: float = 0.5) -> None:
        self._pause = pause
        self._lock = threading.Lock()
        self._waiting: queue.Queue[tuple[Work, float]] = queue.Queue(MAX_WAITING)
        self._running = False

    def run(self, work: Work) -> None:
        """Do `work` now, or later if the table fails. Never raises: the write itself has ended already."""
        try:
            work(Deadline(AT_ONCE_SECONDS))
        except RowChanged:
            pass  # done already, but the response was lost; or the user's rows were deleted meanwhile
        except (TableUnavailable, BridgeError):
            self.later(work)

    def later(self, work: Work) -> None:
        """Do `work` in the background. If too much is waiting, it is dropped."""
        with self._lock:
            try:
                self._waiting.put_nowait((work, time.monotonic() + KEEP_SECONDS))
            except queue.Full:
                return
            if not self._running:
                self._running = True
                threading.Thread(target=self._work_off, daemon=True, name="ledger-recorder").start()

    def _work_off(self) -> None:
        while True:
            with self._lock:
                try:
                    work, until = self._waiting.get_nowait()
                except queue.Empty:
                    self._running = False
                    return
            self._attempt(work, until)

    def _attempt(self, work: Work, until: float) -> None:
        wait = self._pause
        while time.monotonic() < until:
            try:
                with suppress(RowChanged):
                    work(Deadline(AT_ONCE_SECONDS))
                return
            except Exception:  # a thread has no caller to report to; the row stays unchanged
                time.sleep(random.uniform(wait / 2, wait))  # noqa: S311
                wait = min(wait * 2, 10.0)
