"""Lookups: reads that run before an operation's request. Their results may be remembered."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from bridge.base.store import Store
from bridge.catalog import Lookup, Operation
from bridge.errors import BridgeError, Forbidden, InvalidInput, InvalidUpstreamResponse, TimedOut, TryLater

MAX_VALUES: Final = 4096
MAX_RESULTS: Final = 512
MAX_RESULT_CHARACTERS: Final = 32_000
RETRY_SECONDS: Final = 10

Owner = tuple[str, str, str]
"""The owner of a remembered value: tenant id, object id and the system's name."""
Result = dict[str, object]
Read = Callable[[str, Mapping[str, object]], Result]
"""Performs the read of an operationId with inputs, as the same caller."""


class Lookups:
    """Makes lookups, and remembers their values and the results of reads that say so. Safe for threads."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._values: Store[tuple[Owner, str], object] = Store(MAX_VALUES, clock)
        self._results: Store[tuple[Owner, str], Result] = Store(MAX_RESULTS, clock)

    def find(self, operation: Operation, inputs: Mapping[str, object], owner: Owner, read: Read) -> Result:
        """The operation's lookups by name; a record is a dict, and None if an input that it needs is absent."""
        try:
            return {name: self._one(lookup, inputs, owner, read) for name, lookup in operation.lookups.items()}
        except (InvalidUpstreamResponse, TimedOut) as error:
            if operation.kind == "read":
                raise
            detail = f"{error.detail} Nothing was changed."
            raise TryLater(detail, retry_after=RETRY_SECONDS, operator=error.operator) from None

    def remembered(
        self, operation: Operation, inputs: Mapping[str, object], owner: Owner, do: Callable[[], Result]
    ) -> Result:
        """The result of a read, for as long as its `remember` says."""
        if not operation.remember:
            return do()
        key = (owner, f"{operation.id} {json.dumps(inputs, sort_keys=True)}")
        result = self._results.get(key)
        if result is None:
            result = do()
            if len(json.dumps(result)) <= MAX_RESULT_CHARACTERS:
                self._results.put(key, result, ends_at=self._clock() + operation.remember)
        return result

    def _one(self, lookup: Lookup, inputs: Mapping[str, object], owner: Owner, read: Read) -> object:
        if any(name not in inputs for name in (*lookup.where.values(), *lookup.inputs.values())):
            return None
        asked = {name: inputs[given] for name, given in lookup.inputs.items()}
        key = (owner, f"{lookup.operation}.{lookup.output or lookup.collection} {json.dumps(asked, sort_keys=True)}")
        value = self._values.get(key) if lookup.remember else None
        if value is None:
            result = read(lookup.operation, asked)
            value = _value(lookup, result)
            if lookup.remember:
                self._values.put(key, value, ends_at=self._clock() + lookup.remember)
        return _matching(lookup, value, inputs) if lookup.collection else value


def _value(lookup: Lookup, result: Result) -> object:
    name = lookup.output or lookup.collection
    value = result if name is None else result.get(name)
    if value is None and lookup.collection is None:
        raise _nobody(lookup)
    return value


def _nobody(lookup: Lookup) -> BridgeError:
    return Forbidden(
        lookup.absent or "The business system knows your account, but not as a worker.",
        code="user_unknown_to_system",
        hint="Ask its administrator which worker your account belongs to.",
        operator=f"{lookup.operation} gave no {lookup.output} for this user",
    )


def _matching(lookup: Lookup, records: object, inputs: Mapping[str, object]) -> object:
    """The one record that the inputs name. Raises `InvalidInput` if there is none; then nothing was changed."""
    wanted = {field: str(inputs[name]) for field, name in lookup.where.items()}
    rows: Iterable[object] = records if isinstance(records, list) else ()
    for row in rows:
        if isinstance(row, dict) and all(str(row.get(field)) == value for field, value in wanted.items()):
            return row
    raise InvalidInput(
        "There is no such entry among yours.",
        hint=f"Take the value from {lookup.operation}.",
        fields=dict.fromkeys(lookup.where.values(), "is not among yours"),
    )
