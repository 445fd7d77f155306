"""Was this write made before? The first request claims a row, makes the write, and records how it ended.

A row changes from `started` to `done` or `unknown`, or is deleted if nothing was done. Only the table's clock and ETags
decide, so that instances with wrong clocks agree. A row that is `started` for longer than its request could have taken
belongs to a process that died: it is not known whether the write was made, and it is never repeated.
"""

from __future__ import annotations

import json
import math
import random
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from bridge.base.deadline import Deadline
from bridge.errors import BridgeError, Conflict, OutcomeUnknown, TryLater
from bridge.ledger.recorder import Recorder
from bridge.ledger.table import Row, RowChanged, RowExists, Rows, Table, TableUnavailable
from bridge.ledger.write import Write
from bridge.remembered import DERIVED_KEY_SECONDS

CLAIM_SECONDS: Final = 8.0
"""For all attempts to claim a row: the rest of the request's time is for the write itself."""
ATTEMPTS: Final = 4
LEASE_MARGIN_SECONDS: Final = 15
"""Added to a request's time, because Date (in whole seconds) and Timestamp may differ."""
LONGEST_WAIT_SECONDS: Final = 1.0
"""Between two reads of a row whose write another request is making."""
MAX_RESULT: Final = 8192
"""Characters of the stored outputs as JSON."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """The write was made before, at `first_at`. `result`: the stored outputs."""

    result: Mapping[str, object] = field(repr=False)
    first_at: str


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to make a write. At the end exactly one of its methods is called; none of them raises."""

    row: Row
    table: Table
    recorder: Recorder

    def done(self, result: Mapping[str, object]) -> None:
        """The write was made; `result` are the outputs to store."""
        text = json.dumps(result, separators=(",", ":"))
        self._record("done", text if len(text) <= MAX_RESULT else "{}")

    def unknown(self) -> None:
        """The write was sent, and its outcome is not known."""
        self._record("unknown", "")

    def release(self) -> None:
        """Nothing was done: the same request may be sent again."""
        self.recorder.run(lambda deadline: self.table.delete(self.row, deadline))

    def _record(self, state: str, result: str) -> None:
        values = {**self.row.values, "state": state, "result": result, "begun": str(self.row.changed_at)}
        ended = replace(self.row, values=values)
        self.recorder.run(lambda deadline: self.table.replace(ended, deadline))


class Ledger:
    """Thread-safe. Many processes may share one table."""

    def __init__(
        self, table: Table, *, recorder: Recorder | None = None, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._table = table
        self._recorder = recorder or Recorder()
        self._sleep = sleep

    def begin(self, write: Write, deadline: Deadline) -> Claim | Repeat:
        """The right to make the write, or the result of the first time. Waits while another request makes it.

        Raises `TryLater` (no response from the table; nothing was done), `OutcomeUnknown` or `Conflict`.
        """
        row = _started(write, deadline)
        try:
            return self._begin(write, row, deadline)
        except TableUnavailable as error:
            self._recorder.later(lambda within: self._take_back(row, within))
            raise unavailable(error) from None

    def _begin(self, write: Write, row: Row, deadline: Deadline) -> Claim | Repeat:
        waits = 0
        over: Row | None = None
        while True:
            claimed = self._claim(row, over, deadline)
            if isinstance(claimed, Claim):
                return claimed
            over = None
            found = next((other for other in claimed.rows if other.key == row.key), None)
            if found is None:  # its owner has released it meanwhile
                continue
            if found.values.get("owner") == row.values["owner"]:
                return Claim(found, self._table, self._recorder)  # our own, whose response was lost
            if is_over(found, claimed.rows, claimed.now):
                over = found
                continue
            if repeat := _repeat(write, found, claimed.now):
                return repeat
            if deadline.remaining() < 2 * LONGEST_WAIT_SECONDS:
                raise _still_running(found)
            self._sleep(min(0.1 * 2**waits, LONGEST_WAIT_SECONDS) * random.uniform(0.5, 1))  # noqa: S311
            waits += 1

    def _claim(self, row: Row, over: Row | None, deadline: Deadline) -> Claim | Rows:
        """Claims the row, in place of one that is `over`. If another exists, returns the rows of the partition."""
        within = deadline.within(CLAIM_SECONDS)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                if over is not None:
                    self._table.delete(over, within)
                return Claim(self._table.insert(row, within), self._table, self._recorder)
            except (RowExists, RowChanged):
                return self._table.partition(row.partition, within)
            except TableUnavailable:
                if attempt == ATTEMPTS or within.remaining() < LONGEST_WAIT_SECONDS:
                    raise
                self._sleep(random.uniform(0, 0.1 * 2**attempt))  # noqa: S311
        raise AssertionError  # the last attempt returns or raises

    def _take_back(self, row: Row, deadline: Deadline) -> None:
        """Delete our row, whose write was never sent."""
        for found in self._table.partition(row.partition, deadline).rows:
            if found.key == row.key and found.values.get("owner") == row.values["owner"]:
                self._table.delete(found, deadline)

    def forget(self, partition: str, deadline: Deadline) -> int:
        """Delete all rows of one user. Returns their number. Raises `TableUnavailable`."""
        return self._delete(self._table.partition(partition, deadline).rows, deadline)

    def sweep(self, deadline: Deadline) -> int:
        """Delete some of the expired rows. Returns their number."""
        found = self._table.older_than(DERIVED_KEY_SECONDS, deadline)
        return self._delete([row for row in found.rows if "hold" in row.values and _expired(row, found.now)], deadline)

    def _delete(self, rows: Sequence[Row], deadline: Deadline) -> int:
        count = 0
        for row in rows:
            try:
                self._table.delete(row, deadline)
                count += 1
            except RowChanged:
                continue
        return count


def unavailable(error: TableUnavailable) -> TryLater:
    """The error for a caller whose write was not sent."""
    return TryLater(
        "The bridge's write ledger cannot be reached, so the change was not sent. Nothing was done.",
        code="ledger_unavailable",
        retry_after=5,
        operator=f"ledger: {error}",
    )


def _started(write: Write, deadline: Deadline) -> Row:
    values = {
        "state": "started",
        "owner": uuid.uuid4().hex,
        "system": write.system,
        "body": write.body,
        "given": str(write.given).lower(),
        "hold": str(write.hold_seconds),
        "lease": str(math.ceil(deadline.remaining()) + LEASE_MARGIN_SECONDS),
    }
    return Row(write.partition, write.key, values)


def is_over(row: Row, others: Sequence[Row], now: float) -> bool:
    """Whether a request with this row's key is a new one, and not a repeat.

    A key that was derived from the inputs also ends when the same caller later makes another write to the same system:
    an address changed from A to B and back to A is three changes. A write that began before the first had ended does
    not count, because an agent may make both at once. A write with an unknown outcome is not repeated until it expires.
    """
    if _expired(row, now):
        return True
    return (
        row.values["given"] == "false"
        and row.values["state"] == "done"
        and any(
            other.values.get("system") == row.values["system"]
            and other.values["state"] == "done"
            and float(other.values.get("begun", "-inf")) > row.changed_at
            for other in others
        )
    )


def _expired(row: Row, now: float) -> bool:
    return now - row.changed_at > float(row.values["hold"])


def _repeat(write: Write, found: Row, now: float) -> Repeat | None:
    """The result for a repeat; None while the first request is running. Raises `Conflict` or `OutcomeUnknown`."""
    values = found.values
    if values["body"] != write.body:
        raise Conflict(
            "This Idempotency-Key was used before, for a request with other values. Nothing was done.",
            code="idempotency_conflict",
            members={"firstAt": _instant(found.changed_at)},
        )
    if values["state"] == "done":
        return Repeat(json.loads(values["result"] or "{}"), _instant(found.changed_at))
    if values["state"] == "started" and now - found.changed_at <= float(values["lease"]):
        return None
    again = _instant(found.changed_at + float(values["hold"]))
    raise _unknown(
        found,
        "The same request was sent before, and it is not known whether that made the change. It was not sent again.",
        "Read the current data, or look for the request in the system. If the change is not there, send the same "
        f"request again from {again} on, or at once with a new Idempotency-Key.",
    )


def _still_running(found: Row) -> BridgeError:
    return _unknown(
        found,
        "The same request is running already and has not ended yet. It was not sent a second time.",
        "Wait a minute and send the same request again: it then gets the first one's result.",
    )


def _unknown(found: Row, detail: str, hint: str) -> BridgeError:
    return OutcomeUnknown(detail, hint=hint, members={"repeated": True, "firstAt": _instant(found.changed_at)})


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
