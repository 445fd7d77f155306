"""Records how a write ended: at once, or as soon as the table can be reached again."""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable
from typing import Final

from bridge.base.deadline import Deadline
from bridge.errors import BridgeError
from bridge.ledger.table import RowChanged, TableUnavailable

Work = Callable[[Deadline], object]
"""One change of the table that is safe to make twice."""

AT_ONCE_SECONDS: Final = 3.0
"""How long a caller, whose write has ended, waits at most for the record of it."""
KEEP_SECONDS: Final = 120.0
"""How long a record is tried again. Then the row says `started`, and a repeat gets outcome_unknown."""
MAX_WAITING: Final = 1000


class Recorder:
    """Work that fails is given to one thread, which ends when nothing waits. Safe for threads."""

    def __init__(self, *, pause: float = 0.5) -> None:
        self._pause = pause
        self._lock = threading.Lock()
        self._waiting: queue.Queue[tuple[Work, float]] = queue.Queue(MAX_WAITING)
        self._running = False

    def run(self, work: Work) -> None:
        """Do it now, or later if the table fails. Never raises: the write itself has ended already."""
        try:
            work(Deadline(AT_ONCE_SECONDS))
        except RowChanged:
            pass  # done already and the response was lost, or the user was forgotten meanwhile
        except (TableUnavailable, BridgeError):
            self.later(work)

    def later(self, work: Work) -> None:
        """Do it in the background. What does not fit is given up."""
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
                work(Deadline(AT_ONCE_SECONDS))
                return
            except RowChanged:
                return
            except Exception:  # a thread of ours has nobody to tell; the row stays as it is
                time.sleep(random.uniform(wait / 2, wait))  # noqa: S311
                wait = min(wait * 2, 10.0)
