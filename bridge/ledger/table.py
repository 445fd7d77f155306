"""What the ledger needs of a table: rows with ETags, and a clock that all instances share.

Two tables do this: Azure's (`azure_table`) and one in the memory of this process (`memory_table`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bridge.base.deadline import Deadline


@dataclass(frozen=True, slots=True)
class Row:
    """One entity. `changed_at` is when it was written last, by the table's own clock, in Unix seconds."""

    partition: str
    key: str
    values: Mapping[str, str] = field(repr=False)
    etag: str = ""
    changed_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Rows:
    """What a query found, and what time it was at the table. Instances' own clocks never decide anything."""

    now: float
    rows: Sequence[Row]


class RowExists(Exception):
    """Another row has this partition and key."""


class RowChanged(Exception):
    """The row is not what its ETag says any more, or is gone."""


class TableUnavailable(Exception):
    """No usable response: a change may have been made or not."""


class Table(Protocol):
    """Each method raises `TableUnavailable`, or a `BridgeError` if the table is not set up correctly."""

    def insert(self, row: Row, deadline: Deadline) -> str:
        """The new row's ETag. Raises `RowExists`."""

    def replace(self, row: Row, deadline: Deadline) -> str:
        """The row's new ETag, if it still had the one of `row`. Raises `RowChanged`."""

    def delete(self, row: Row, deadline: Deadline) -> None:
        """Delete it if it still has the ETag of `row`. Raises `RowChanged`."""

    def partition(self, name: str, deadline: Deadline) -> Rows:
        """All rows of a partition."""

    def older_than(self, seconds: float, deadline: Deadline) -> Rows:
        """Some rows, of any partition, that were written last so long ago."""
