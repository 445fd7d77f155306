"""Writes and tables that fail, for the ledger's tests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from dataclasses import replace as changed
from typing import TypeVar

from bridge.base.deadline import Deadline
from bridge.ledger import Claim, Digests, Ledger, Write
from bridge.ledger.recorder import Recorder
from bridge.ledger.table import Row, Rows, Table, TableUnavailable

T = TypeVar("T")
DIGESTS = Digests(b"a key of thirty-two bytes or more, for tests")
WHO = {"tenant_id": "tenant", "object_id": "adele", "client_id": "connector"}


def write(body: object = "A", key: str | None = None, **other: str) -> Write:
    """A write of Adele's at Workday; `other` replaces who, where or what."""
    about = {**WHO, "system": "workday", "operation": "ChangeMyPreferredName", **other}
    return DIGESTS.write(**about, inputs={"firstName": body}, idempotency_key=key)


def seconds(count: float = 30) -> Deadline:
    return Deadline(count)


def claimed(ledger: Ledger, what: Write, deadline: Deadline | None = None) -> Claim:
    claim = ledger.begin(what, deadline or seconds())
    assert isinstance(claim, Claim), claim
    return claim


def quick(table: Table) -> Ledger:
    """A ledger that does not wait."""
    return Ledger(table, recorder=Recorder(pause=0.01), sleep=lambda _: None)


@dataclass
class Later:
    """The table as it will be `seconds` from now: by its own clock, which is the only one that counts."""

    table: Table
    seconds: float
    written: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def insert(self, row: Row, deadline: Deadline) -> Row:
        with self.lock:  # no reader sees the new row at its old time
            inserted = self.table.insert(row, deadline)
            self.written.add(row.key)
        return self._at_its_time(inserted)

    def replace(self, row: Row, deadline: Deadline) -> None:
        with self.lock:
            self.table.replace(row, deadline)
            self.written.add(row.key)

    def delete(self, row: Row, deadline: Deadline) -> None:
        self.table.delete(row, deadline)

    def partition(self, name: str, deadline: Deadline) -> Rows:
        with self.lock:
            found = self.table.partition(name, deadline)
            rows = [self._at_its_time(row) for row in found.rows]
        return changed(found, now=found.now + self.seconds, rows=rows)

    def _at_its_time(self, row: Row) -> Row:
        return changed(row, changed_at=row.changed_at + self.seconds) if row.key in self.written else row

    def older_than(self, seconds: float, deadline: Deadline) -> Rows:
        found = self.table.older_than(seconds - self.seconds, deadline)
        return changed(found, now=found.now + self.seconds)


@dataclass
class Failing:
    """A table whose calls fail by plan: "before" the change, "after" it, or None: not at all. Then it works."""

    table: Table
    plan: Iterator[str | None]
    calls: list[str] = field(default_factory=list)

    def insert(self, row: Row, deadline: Deadline) -> Row:
        return self._play("insert", lambda: self.table.insert(row, deadline))

    def replace(self, row: Row, deadline: Deadline) -> None:
        self._play("replace", lambda: self.table.replace(row, deadline))

    def delete(self, row: Row, deadline: Deadline) -> None:
        self._play("delete", lambda: self.table.delete(row, deadline))

    def partition(self, name: str, deadline: Deadline) -> Rows:
        return self._play("partition", lambda: self.table.partition(name, deadline))

    def older_than(self, seconds: float, deadline: Deadline) -> Rows:
        return self.table.older_than(seconds, deadline)

    def _play(self, name: str, work: Callable[[], T]) -> T:
        self.calls.append(name)
        fault = next(self.plan, None)
        if fault == "before":
            raise TableUnavailable("planned")
        result = work()
        if fault == "after":
            raise TableUnavailable("planned, after the work")
        return result
