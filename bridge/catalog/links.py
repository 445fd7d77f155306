"""What operations say of one another: lookups and dropdowns must lead to something, and no two may be the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bridge.catalog.model import Choices, Lookup, Operation
from bridge.catalog.problem import Problem
from bridge.routes import overlap

Operations = Mapping[str, Operation]


class Places:
    """The ids and routes that are taken."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._ids: dict[str, Operation] = {}
        self._routes: dict[tuple[str, int], list[Operation]] = {}
        for operation in operations:
            self._add(operation)

    def take(self, operation: Operation) -> Problem | None:
        """Take the operation's places, or tell whose they are."""
        same = self._ids.get(operation.id.lower())
        if same:
            return Problem(operation.file, "", f"'{same.id}' is there already ({same.file.name} of {same.system})")
        for other in self._routes.get(_length(operation), ()):
            if overlap(other.route, operation.route):
                return Problem(operation.file, "path", f"{other.method} {other.route} is {other.id} already")
        self._add(operation)
        return None

    def _add(self, operation: Operation) -> None:
        self._ids[operation.id.lower()] = operation
        self._routes.setdefault(_length(operation), []).append(operation)


def _length(operation: Operation) -> tuple[str, int]:
    return operation.method, operation.route.count("/")


def broken_links(operation: Operation, operations: Operations) -> Iterator[Problem]:
    """Lookups and dropdowns that lead nowhere."""
    for name, lookup in operation.lookups.items():
        if not _gives(lookup, operation.system, operations):
            expected = "expected a read of the same system without required inputs, and a plain output (a list if many)"
            yield Problem(operation.file, f"lookups.{name}", expected)
    for name, choices in operation.choices.items():
        if not _offers(choices, operation.system, operations):
            expected = "expected a read of the same system, its list of records and two of their fields"
            yield Problem(operation.file, f"choices.{name}", expected)


def _read(id_: str, system: str, operations: Operations) -> Operation | None:
    found = operations.get(id_)
    return found if found and found.system == system and found.kind == "read" and not found.required else None


def _gives(lookup: Lookup, system: str, operations: Operations) -> bool:
    """Whether a lookup's read gives one value, or a list of them. It may look up in turn, but only once."""
    source = _read(lookup.operation, system, operations)
    if source is None or any(_looks_up(inner, operations) for inner in source.lookups.values()):
        return False
    output = source.outputs.get(lookup.output)
    return output is not None and output.items is None and (output.schema["type"] == "array") == lookup.many


def _looks_up(lookup: Lookup, operations: Operations) -> bool:
    source = operations.get(lookup.operation)
    return source is None or bool(source.lookups)


def _offers(choices: Choices, system: str, operations: Operations) -> bool:
    source = _read(choices.operation, system, operations)
    records = source.outputs.get(choices.collection) if source else None
    return bool(records and records.items and {choices.value, choices.title} <= records.items.keys())
