"""The table that the ledger needs: rows with ETags, and a clock that all instances share.

It is implemented by Azure's table (`azure_table`) and by one in the memory of this process (`memory_table`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bridge.base.deadline import Deadline


@dataclass(frozen=True, slots=True)
class Row:
    """One entity. `changed_at`: its last change by the table's clock, in Unix seconds."""

    partition: str
    key: str
    values: Mapping[str, str] = field(repr=False)
    etag: str = ""
    changed_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Rows:
    """The result of a query. `now` is the table's clock in Unix seconds: instances' own clocks decide nothing."""

    now: float
    rows: Sequence[Row]


class RowExists(Exception):
    """Another row has this partition and key."""


class RowChanged(Exception):
    """The row has another ETag by now, or does not exist any more."""


class TableUnavailable(Exception):
    """No usable response: a change may or may not have been made."""


class Table(Protocol):
    """Each method raises `TableUnavailable`, or a `BridgeError` if the table is not set up correctly."""

    def insert(self, row: Row, deadline: Deadline) -> Row:
        """Insert it. Returns it with its ETag and its time. Raises `RowExists`."""

    def replace(self, row: Row, deadline: Deadline) -> None:
        """Replace it if it still has the ETag of `row`. Raises `RowChanged`."""

    def delete(self, row: Row, deadline: Deadline) -> None:
        """Delete it if it still has the ETag of `row`. Raises `RowChanged`."""

    def partition(self, name: str, deadline: Deadline) -> Rows:
        """All rows of a partition."""

    def older_than(self, seconds: float, deadline: Deadline) -> Rows:
        """Some rows, of any partition, whose last change was longer ago."""
