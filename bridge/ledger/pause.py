"""Pauses of writes: rows that an administrator adds and that every instance reads within 15 seconds.

They contain a system's name and a person's object id in clear text: a pause needs no key, and people can read it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bridge.base.deadline import Deadline
from bridge.base.formats import GUID
from bridge.errors import TryLater
from bridge.ledger.table import Row, RowChanged, RowExists, Table
from bridge.remembered import PAUSES_SECONDS

PARTITION: Final = "pause"
RETRY_SECONDS: Final = 60
_ANY: Final = "-"


@dataclass(frozen=True, slots=True)
class Pause:
    """Which writes are paused: those of one system, or of all (None), and of one person, or of all.

    `until` is Unix time in seconds by the table's clock; None if only `bridge ledger resume` ends it.
    """

    system: str | None = None
    user: str | None = None
    until: float | None = None

    def __post_init__(self) -> None:
        """Raises `ValueError` for a text that cannot be a system's name or an object id."""
        if self.user is not None and not GUID.fullmatch(self.user):
            raise ValueError(f"{self.user!r} is not an object id")
        if self.system is not None and not self.system.replace("_", "").isalnum():
            raise ValueError(f"{self.system!r} is not the name of a system")

    @property
    def key(self) -> str:
        """The row's key: one row for each system and person."""
        return f"{(self.system or _ANY).lower()}.{(self.user or _ANY).lower()}"

    def concerns(self, system: str, user: str, now: float) -> bool:
        """Whether it is in force for this person at this system."""
        return (
            (self.system is None or self.system.lower() == system.lower())
            and (self.user is None or self.user.lower() == user.lower())
            and (self.until is None or now < self.until)
        )

    def __str__(self) -> str:
        where = f"the system {self.system}" if self.system else "every system"
        who = f"the person {self.user}" if self.user else "everybody"
        end = f"until {datetime.fromtimestamp(self.until, UTC):%Y-%m-%d %H:%M} UTC" if self.until else "until resumed"
        return f"writes of {who} at {where}, {end}"


def pauses(table: Table, deadline: Deadline) -> tuple[list[Pause], float]:
    """The pauses in force, and the time at the table (Unix seconds). Raises `TableUnavailable`."""
    found = table.partition(PARTITION, deadline)
    return [one for one in map(_pause, found.rows) if one.until is None or one.until > found.now], found.now


def set_pause(table: Table, pause: Pause, deadline: Deadline) -> None:
    """Store a pause, in place of one for the same system and person."""
    values = {"system": pause.system or "", "user": pause.user or "", "until": str(pause.until or "")}
    row = Row(PARTITION, pause.key, values)
    while True:
        end_pause(table, pause, deadline)
        with suppress(RowExists):
            table.insert(row, deadline)
            return


def end_pause(table: Table, pause: Pause, deadline: Deadline) -> bool:
    """Delete the pause for this system and person. Returns whether it existed."""
    for row in table.partition(PARTITION, deadline).rows:
        if row.key == pause.key:
            try:
                table.delete(row, deadline)
            except RowChanged:
                return end_pause(table, pause, deadline)
            return True
    return False


class PauseReader:
    """The pauses that this instance has read. Thread-safe: one thread reads, the others wait for it."""

    def __init__(self, table: Table, clock: Callable[[], float] = time.monotonic) -> None:
        self._table = table
        self._clock = clock
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._known: Sequence[Pause] = ()
        self._ahead = 0.0

    def require_running(self, system: str, user: str, deadline: Deadline) -> None:
        """Raises `TryLater` if the writes of this person at this system are paused, `TableUnavailable` if unknown."""
        self._read(deadline)
        now = self._clock() + self._ahead
        for pause in self._known:
            if pause.concerns(system, user, now):
                seconds = RETRY_SECONDS if pause.until is None else min(RETRY_SECONDS, int(pause.until - now) + 1)
                raise TryLater(
                    "The administrator of the bridge has paused changes. Nothing was done; reading still works.",
                    code="writes_paused",
                    retry_after=seconds,
                    operator=f"paused: {pause}",
                )

    def _read(self, deadline: Deadline) -> None:
        with self._lock:
            started = self._clock()
            if started - self._read_at < PAUSES_SECONDS:
                return
            self._known, now = pauses(self._table, deadline.within(3))
            self._ahead, self._read_at = now - started, started


def _pause(row: Row) -> Pause:
    values = row.values
    until = values.get("until")
    return Pause(values.get("system") or None, values.get("user") or None, float(until) if until else None)
