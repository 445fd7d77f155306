"""Checks how operations refer to one another: lookups and dropdowns must exist, and ids and routes be unique."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from bridge.catalog.model import Choices, Lookup, Operation, Output
from bridge.catalog.outputs import from_http
from bridge.catalog.problem import Problem, suggestion
from bridge.routes import overlap

Operations = Mapping[str, Operation]


class Places:
    """The ids and routes that are taken: those of `operations`, and the ids of other systems' operations, by file."""

    def __init__(self, operations: Iterable[Operation], others: Mapping[str, Path]) -> None:
        self._ids = {id_.lower(): file for id_, file in others.items()}
        self._routes: dict[tuple[str, int], list[Operation]] = {}
        for operation in operations:
            self._add(operation)

    def take(self, operation: Operation) -> Problem | None:
        """Take the operation's id and route, or return the problem if another has them."""
        same = self._ids.get(operation.id.lower())
        if same:
            return Problem(operation.file, "", f"'{same.stem}' exists already ({same.name} of {same.parent.name})")
        for other in self._routes.get(_length(operation), ()):
            if overlap(other.route, operation.route):
                return Problem(operation.file, "path", f"{other.method} {other.route} is {other.id} already")
        self._add(operation)
        return None

    def _add(self, operation: Operation) -> None:
        self._ids[operation.id.lower()] = operation.file
        self._routes.setdefault(_length(operation), []).append(operation)


def _length(operation: Operation) -> tuple[str, int]:
    return operation.method, operation.route.count("/")


def broken_links(operation: Operation, operations: Operations, broken: Collection[str] = ()) -> Iterator[Problem]:
    """Problems of lookups, dropdowns and confirming reads that name no operation, or one that is `broken`."""
    for problem in _broken_links(operation, operations):
        named = [id_ for id_ in broken if problem.expected.startswith(f"'{id_}'")]
        yield replace(problem, expected=f"needs {named[0]}, which has a mistake of its own") if named else problem


def _broken_links(operation: Operation, operations: Operations) -> Iterator[Problem]:
    reads = {id_: one for id_, one in operations.items() if one.system == operation.system and one.kind == "read"}
    for name, lookup in operation.lookups.items():
        for expected in _lookup_faults(name, lookup, operation, reads):
            yield Problem(operation.file, f"lookups.{name}", expected)
    for name, choices in operation.choices.items():
        for expected in _choice_faults(choices, reads):
            yield Problem(operation.file, f"choices.{name}", expected)
    if operation.confirm_with and operation.confirm_with not in reads:
        yield Problem(operation.file, "confirm_with", _no_read(operation.confirm_with, reads))


def _no_read(id_: str, reads: Operations) -> str:
    return f"'{id_}': expected a read of the same system{suggestion(id_, reads)}"


def _lookup_faults(name: str, lookup: Lookup, operation: Operation, reads: Operations) -> Iterator[str]:
    """What is wrong with a lookup. Its read may have lookups of its own, but those may not."""
    source = reads.get(lookup.operation)
    if source is None:
        yield _no_read(lookup.operation, reads)
        return
    if missing := set(source.required) - lookup.inputs.keys():
        yield f"{source.id} requires {', '.join(sorted(missing))}: expected it in inputs"
    if unknown := lookup.inputs.keys() - source.inputs.keys():
        yield f"{source.id} has no input {', '.join(sorted(unknown))}"
    if any(_looks_up(inner, reads) for inner in source.lookups.values()):
        yield f"{source.id} looks up what looks up in turn: expected at most one lookup inside another"
    yield from _output_faults(lookup, source) if lookup.output else _record_faults(name, lookup, operation, source)


def _output_faults(lookup: Lookup, source: Operation) -> Iterator[str]:
    output = source.outputs.get(lookup.output or "")
    if output is None:
        yield f"{source.id} has no output '{lookup.output}'{suggestion(lookup.output or '', source.outputs)}"
    elif output.items is not None or (output.schema["type"] == "array") != lookup.many:
        yield "expected a plain output, or a list of plain values with many = true"
    elif lookup.remember and from_http(output.source):
        yield "expected remember = 0: what comes in a response's headers is never remembered"


def _record_faults(name: str, lookup: Lookup, operation: Operation, source: Operation) -> Iterator[str]:
    fields: Mapping[str, Output] = source.outputs
    if lookup.collection:
        records = source.outputs.get(lookup.collection)
        if records is None or records.items is None:
            lists = [id_ for id_, output in source.outputs.items() if output.items]
            yield f"'{lookup.collection}' is no list of records in {source.id}{suggestion(lookup.collection, lists)}"
            return
        fields = records.items
    used = {one.partition(".")[2] for one in (*operation.uses, *operation.keep.values()) if one.startswith(f"{name}.")}
    yield from _field_faults(source, used | lookup.where.keys(), fields)
    if lookup.remember and any(from_http(fields[field].source) for field in used & fields.keys()):
        yield "expected remember = 0: what comes in a response's headers is never remembered"


def _looks_up(lookup: Lookup, reads: Operations) -> bool:
    source = reads.get(lookup.operation)
    return source is None or bool(source.lookups)


def _choice_faults(choices: Choices, reads: Operations) -> Iterator[str]:
    source = reads.get(choices.operation)
    if source is None or source.required:
        yield f"{_no_read(choices.operation, reads)} without required inputs"
        return
    records = source.outputs.get(choices.collection)
    if records is None or records.items is None:
        lists = [id_ for id_, output in source.outputs.items() if output.items]
        yield f"'{choices.collection}' is no list of records in {source.id}{suggestion(choices.collection, lists)}"
        return
    yield from _field_faults(source, {choices.value, choices.title}, records.items)


def _field_faults(source: Operation, names: Collection[str], fields: Mapping[str, Output]) -> Iterator[str]:
    """What is wrong with the fields of a record that are used: each must exist and be a single value."""
    for name in sorted(names):
        if name not in fields:
            yield f"{source.id} has no field '{name}' there{suggestion(name, fields)}"
        elif fields[name].schema["type"] == "array":
            yield f"'{name}' of {source.id} is a list: expected a field with one value"
