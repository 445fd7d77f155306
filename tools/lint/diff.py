"""What changes between two definitions of a connector, and whom it breaks: agents and flows keep what they read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tools.lint.document import Document, Input, Object, Operation, mapping, string, texts
from tools.lint.rule import Severity

MAX_LEVELS = 12
_NARROWED = {"maxLength": -1, "maximum": -1, "maxItems": -1, "minLength": 1, "minimum": 1, "minItems": 1}
"""Limits, and the direction in which they get narrower."""


_ADDED = {True: (Severity.ERROR, "requiredInputAdded"), False: (Severity.NOTICE, "inputAdded")}


@dataclass(frozen=True, slots=True)
class Change:
    """One change. An error breaks what exists, a warning can change what it does, a notice is safe."""

    severity: Severity
    kind: str
    where: str
    message: str


def changes(old: Document, new: Document) -> list[Change]:
    """All changes, breaking ones first. Operations are matched by operationId, as agents and flows do."""
    found = [*_connection(old, new), *_operations(old, new)]
    return sorted(found, key=lambda one: (list(Severity).index(one.severity), one.where))


def _connection(old: Document, new: Document) -> Iterator[Change]:
    for key in ("host", "basePath"):
        before, after = string(old.root.get(key)), string(new.root.get(key))
        if before != after:
            yield Change(Severity.ERROR, f"{key}Changed", f"/{key}", f"{before or 'none'} becomes {after or 'none'}.")
    kinds = [_security(document) for document in (old, new)]
    if kinds[0] != kinds[1]:
        message = f"{kinds[0] or 'none'} becomes {kinds[1] or 'none'}: every connection must be made again."
        yield Change(Severity.ERROR, "securityChanged", "/securityDefinitions", message)


def _security(document: Document) -> str:
    rows = mapping(document.root.get("securityDefinitions")).values()
    return ", ".join(sorted(string(mapping(one).get("type")) for one in rows))


def _operations(old: Document, new: Document) -> Iterator[Change]:
    before, after = old.operation_by_id, new.operation_by_id
    for name in before.keys() - after.keys():
        message = "The operation is gone: tools and flow actions that call it fail."
        yield Change(Severity.ERROR, "operationRemoved", name, message)
    for name in after.keys() - before.keys():
        yield Change(Severity.NOTICE, "operationAdded", name, "A new operation; agents have it once it is added.")
    for name in before.keys() & after.keys():
        yield from _operation(name, before[name], after[name])


def _operation(name: str, old: Operation, new: Operation) -> Iterator[Change]:
    if (old.method, old.template) != (new.method, new.template):
        message = f"{old.method.upper()} {old.template} becomes {new.method.upper()} {new.template}."
        yield Change(Severity.WARNING, "addressChanged", name, f"{message} The server must answer there.")
    for key in ("summary", "description"):
        if old.node.text(key) != new.node.text(key):
            message = f"The {key} differs: agents choose operations by it."
            yield Change(Severity.WARNING, f"{key}Changed", name, message)
    if ("x-ms-trigger" in old.node.value) != ("x-ms-trigger" in new.node.value):
        yield Change(Severity.ERROR, "triggerChanged", name, "An action and a trigger cannot replace each other.")
    before, after = _inputs(old), _inputs(new)
    places, moved = _places(old), _places(new)
    for field in places.keys() & moved.keys():
        if places[field] != moved[field]:
            message = f"It moves from {places[field]} to {moved[field]}."
            yield Change(Severity.ERROR, "inputMoved", f"{name} → {field}", message)
    documents = old.node.document, new.node.document
    yield from _fields(f"{name} → ", *documents, before, after, 0)
    if old.response is not None:
        yield from _output(f"{name} → result", *documents, old.response, new.response, 0)


def _has_fields(operation: Operation, item: Input) -> bool:
    return item.place == "body" and "properties" in operation.body


def _inputs(operation: Operation) -> Object:
    """All inputs as one object schema; fields of the body count as inputs."""
    plain = [item for item in operation.inputs if not _has_fields(operation, item)]
    schemas = {item.name: operation.body if item.place == "body" else item.value for item in plain}
    required = [item.name for item in plain if item.value.get("required") is True]
    return {
        "properties": schemas | mapping(operation.body.get("properties")),
        "required": required + texts(operation.body.get("required")),
    }


def _places(operation: Operation) -> dict[str, str]:
    """Input → where it is sent."""
    named = {item.name: item.place for item in operation.inputs if not _has_fields(operation, item)}
    return named | dict.fromkeys(mapping(operation.body.get("properties")), "body")


def _type(schema: Object) -> str:
    kind, form = string(schema.get("type")) or "object", string(schema.get("format"))
    return f"{kind} ({form})" if form else kind


def _narrowed(where: str, old: Document, new: Document, before: Object, after: Object, level: int) -> Iterator[Change]:
    """What an input does not take any more."""
    before, after = old.resolve(before), new.resolve(after)
    if _type(before) != _type(after):
        yield Change(Severity.ERROR, "inputTypeChanged", where, f"{_type(before)} becomes {_type(after)}.")
        return
    gone = [str(value) for value in _values(before) if value not in _values(after)]
    if _values(after) and (gone or not _values(before)):
        yield Change(Severity.ERROR, "valuesRemoved", where, f"Not taken any more: {', '.join(gone) or 'free text'}.")
    for key, direction in _NARROWED.items():
        limit, limit_before = after.get(key), before.get(key)
        if isinstance(limit, int | float) and _is_narrower(limit, limit_before, direction):
            yield Change(Severity.ERROR, "limitNarrowed", where, f"{key} is now {limit}.")
    if after.get("pattern") != before.get("pattern") and "pattern" in after:
        yield Change(Severity.ERROR, "patternChanged", where, f"It must now match {after['pattern']}.")
    if before.get("default") != after.get("default"):
        message = f"The default {before.get('default')} becomes {after.get('default')}."
        yield Change(Severity.WARNING, "defaultChanged", where, message)
    if string(before.get("description")) != string(after.get("description")):
        yield Change(Severity.WARNING, "meaningChanged", where, "The description differs: does it mean the same?")
    if level == MAX_LEVELS:
        return
    if "items" in before and "items" in after:
        yield from _narrowed(f"{where}[]", old, new, mapping(before["items"]), mapping(after["items"]), level + 1)
    yield from _fields(f"{where}/", old, new, before, after, level + 1)


def _fields(where: str, old: Document, new: Document, before: Object, after: Object, level: int) -> Iterator[Change]:
    """What the fields of an input object do not take any more."""
    fields_before, fields = mapping(before.get("properties")), mapping(after.get("properties"))
    required_before, required = texts(before.get("required")), texts(after.get("required"))
    for name in fields_before.keys() - fields.keys():
        message = "The input is gone: flows that fill it in keep an unknown field."
        yield Change(Severity.ERROR, "inputRemoved", f"{where}{name}", message)
    for name in fields:
        must_fill = name in required and "default" not in new.resolve(fields[name])
        if name not in fields_before:
            severity, kind = _ADDED[must_fill]
            yield Change(severity, kind, f"{where}{name}", f"A new {'required' if must_fill else 'optional'} input.")
            continue
        if must_fill and name not in required_before:
            message = "It was optional: calls without it fail."
            yield Change(Severity.ERROR, "inputNowRequired", f"{where}{name}", message)
        pair = mapping(fields_before[name]), mapping(fields[name])
        yield from _narrowed(f"{where}{name}", old, new, *pair, level)


def _values(schema: Mapping[str, object]) -> list[object]:
    values = schema.get("enum")
    return values if isinstance(values, list) else []


def _is_narrower(limit: float, before: object, direction: int) -> bool:
    return not isinstance(before, int | float) or (limit - before) * direction > 0


def _output(
    where: str, old: Document, new: Document, before: Object, after: Object | None, level: int
) -> Iterator[Change]:
    """What a result does not give any more."""
    if after is None:
        yield Change(Severity.ERROR, "outputRemoved", where, "There is no result any more.")
        return
    before, after = old.resolve(before), new.resolve(after)
    if _type(before) != _type(after):
        yield Change(Severity.ERROR, "outputTypeChanged", where, f"{_type(before)} becomes {_type(after)}.")
        return
    if level == MAX_LEVELS:
        return
    fields_before, fields = mapping(before.get("properties")), mapping(after.get("properties"))
    for name in fields_before.keys() - fields.keys():
        message = "The field is gone: expressions that read it fail."
        yield Change(Severity.ERROR, "outputRemoved", f"{where}/{name}", message)
    for name in fields.keys() - fields_before.keys():
        yield Change(Severity.NOTICE, "outputAdded", f"{where}/{name}", "A new field.")
    for name in fields_before.keys() & fields.keys():
        pair = mapping(fields_before[name]), mapping(fields[name])
        yield from _output(f"{where}/{name}", old, new, *pair, level + 1)
    if "items" in before and "items" in after:
        yield from _output(f"{where}[]", old, new, mapping(before["items"]), mapping(after["items"]), level + 1)
