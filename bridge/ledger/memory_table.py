"""A table in the memory of one process: for a laptop, or for an app that runs as one process only."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from bridge.base.deadline import Deadline
from bridge.ledger.table import Row, RowChanged, RowExists, Rows, TableUnavailable

MAX_ROWS = 10_000


class MemoryTable:
    """Thread-safe. A full table accepts no row until others are deleted: to drop one could repeat a write."""

    def __init__(self, clock: Callable[[], float] = time.time, size: int = MAX_ROWS) -> None:
        self._clock = clock
        self._size = size
        self._lock = threading.Lock()
        self._etags = itertools.count(1)
        self._rows: dict[tuple[str, str], Row] = {}

    def insert(self, row: Row, deadline: Deadline) -> Row:
        with self._lock:
            if (row.partition, row.key) in self._rows:
                raise RowExists
            if len(self._rows) >= self._size:
                raise TableUnavailable("the table in memory is full")
            return self._write(row)

    def replace(self, row: Row, deadline: Deadline) -> None:
        with self._lock:
            self._require(row)
            self._write(row)

    def delete(self, row: Row, deadline: Deadline) -> None:
        with self._lock:
            self._require(row)
            del self._rows[row.partition, row.key]

    def partition(self, name: str, deadline: Deadline) -> Rows:
        with self._lock:
            return Rows(self._clock(), [row for row in self._rows.values() if row.partition == name])

    def older_than(self, seconds: float, deadline: Deadline) -> Rows:
        with self._lock:
            now = self._clock()
            return Rows(now, [row for row in self._rows.values() if now - row.changed_at > seconds])

    def _require(self, row: Row) -> None:
        stored = self._rows.get((row.partition, row.key))
        if stored is None or stored.etag != row.etag:
            raise RowChanged

    def _write(self, row: Row) -> Row:
        written = replace(row, etag=str(next(self._etags)), changed_at=self._clock())
        self._rows[row.partition, row.key] = written
        return written
