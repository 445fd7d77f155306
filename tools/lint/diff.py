"""What changes between two definitions of a connector, and whether it breaks agents and flows that use the old one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tools.lint.document import Document, Input, Object, Operation, mapping, sequence, string, texts
from tools.lint.rule import Severity

MAX_LEVELS = 12
_NARROWED = {"maxLength": -1, "maximum": -1, "maxItems": -1, "minLength": 1, "minimum": 1, "minItems": 1}
"""Limits, and the direction in which they get narrower."""
_KINDS: Mapping[str, tuple[Severity, str]] = {
    "hostChanged": (Severity.ERROR, "{} becomes {}."),
    "basePathChanged": (Severity.ERROR, "{} becomes {}."),
    "securityChanged": (Severity.ERROR, "{} becomes {}: every connection must be made again."),
    "operationRemoved": (Severity.ERROR, "The operation is gone: tools and flow actions that call it fail."),
    "operationAdded": (Severity.NOTICE, "A new operation; agents have it once it is added."),
    "addressChanged": (Severity.WARNING, "{} {} becomes {} {}. The server must answer there."),
    "summaryChanged": (Severity.WARNING, "The summary differs: agents choose operations by it."),
    "descriptionChanged": (Severity.WARNING, "The description differs: agents choose operations by it."),
    "triggerChanged": (Severity.ERROR, "An action and a trigger cannot replace each other."),
    "inputMoved": (Severity.ERROR, "It moves from {} to {}."),
    "inputAdded": (Severity.NOTICE, "A new optional input."),
    "requiredInputAdded": (Severity.ERROR, "A new required input."),
    "inputNowRequired": (Severity.ERROR, "It was optional: calls without it fail."),
    "inputRemoved": (Severity.ERROR, "The input is gone: flows that fill it in keep an unknown field."),
    "inputTypeChanged": (Severity.ERROR, "{} becomes {}."),
    "valuesRemoved": (Severity.ERROR, "No longer accepted: {}."),
    "limitNarrowed": (Severity.ERROR, "{} is now {}."),
    "patternChanged": (Severity.ERROR, "It must now match {}."),
    "defaultChanged": (Severity.WARNING, "The default {} becomes {}."),
    "meaningChanged": (Severity.WARNING, "The description differs: does it mean the same?"),
    "outputRemoved": (Severity.ERROR, "It is gone: expressions that read it fail."),
    "outputAdded": (Severity.NOTICE, "A new field."),
    "outputTypeChanged": (Severity.ERROR, "{} becomes {}."),
}


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


def _change(kind: str, where: str, *values: object) -> Change:
    severity, message = _KINDS[kind]
    return Change(severity, kind, where, message.format(*values))


def _connection(old: Document, new: Document) -> Iterator[Change]:
    for key in ("host", "basePath"):
        before, after = string(old.root.get(key)), string(new.root.get(key))
        if before != after:
            yield _change(f"{key}Changed", f"/{key}", before or "none", after or "none")
    before, after = _security(old), _security(new)
    if before != after:
        yield _change("securityChanged", "/securityDefinitions", before or "none", after or "none")


def _security(document: Document) -> str:
    rows = mapping(document.root.get("securityDefinitions")).values()
    return ", ".join(sorted(string(mapping(one).get("type")) for one in rows))


def _operations(old: Document, new: Document) -> Iterator[Change]:
    before, after = old.operation_by_id, new.operation_by_id
    yield from (_change("operationRemoved", name) for name in before.keys() - after.keys())
    yield from (_change("operationAdded", name) for name in after.keys() - before.keys())
    for name in before.keys() & after.keys():
        yield from _operation(name, before[name], after[name])


def _operation(name: str, old: Operation, new: Operation) -> Iterator[Change]:
    if (old.method, old.template) != (new.method, new.template):
        yield _change("addressChanged", name, old.method.upper(), old.template, new.method.upper(), new.template)
    for key in ("summary", "description"):
        if old.node.text(key) != new.node.text(key):
            yield _change(f"{key}Changed", name)
    if ("x-ms-trigger" in old.node.value) != ("x-ms-trigger" in new.node.value):
        yield _change("triggerChanged", name)
    before, after = _places(old), _places(new)
    for field in before.keys() & after.keys():
        if before[field] != after[field]:
            yield _change("inputMoved", f"{name} → {field}", before[field], after[field])
    documents = old.node.document, new.node.document
    yield from _Schemas("input", *documents).fields(f"{name} → ", _inputs(old), _inputs(new))
    if old.response is not None and new.response is not None:
        yield from _Schemas("output", *documents).compare(f"{name} → result", old.response, new.response)
    elif old.response is not None:
        yield _change("outputRemoved", f"{name} → result")


def _has_fields(operation: Operation, item: Input) -> bool:
    return item.place == "body" and "properties" in operation.body


def _inputs(operation: Operation) -> Object:
    """All inputs as one object schema; fields of the body count as inputs."""
    plain = [item for item in operation.inputs if not _has_fields(operation, item)]
    schemas = {item.name: operation.body if item.place == "body" else item.value for item in plain}
    required = [item.name for item in plain if item.value.get("required") is True]
    return {"properties": schemas | operation.fields, "required": required + texts(operation.body.get("required"))}


def _places(operation: Operation) -> dict[str, str]:
    """Input → the place where it is sent."""
    named = {item.name: item.place for item in operation.inputs if not _has_fields(operation, item)}
    return named | dict.fromkeys(operation.fields, "body")


def _type(schema: Object) -> str:
    kind, form = string(schema.get("type")) or "object", string(schema.get("format"))
    return f"{kind} ({form})" if form else kind


@dataclass(frozen=True, slots=True)
class _Schemas:
    """Compares schemas of inputs or outputs of the two definitions, at most `MAX_LEVELS` deep."""

    side: str
    old: Document
    new: Document

    def compare(self, where: str, before: Object, after: Object, level: int = 0) -> Iterator[Change]:
        before, after = self.old.resolve(before), self.new.resolve(after)
        if _type(before) != _type(after):
            yield _change(f"{self.side}TypeChanged", where, _type(before), _type(after))
            return
        if self.side == "input":
            yield from _constraints(where, before, after)
        if level == MAX_LEVELS:
            return
        if "items" in before and "items" in after:
            yield from self.compare(f"{where}[]", mapping(before["items"]), mapping(after["items"]), level + 1)
        yield from self.fields(f"{where}/", before, after, level + 1)

    def fields(self, where: str, before: Object, after: Object, level: int = 0) -> Iterator[Change]:
        old, new = mapping(before.get("properties")), mapping(after.get("properties"))
        was_required, required = set(texts(before.get("required"))), set(texts(after.get("required")))
        yield from (_change(f"{self.side}Removed", f"{where}{name}") for name in old.keys() - new.keys())
        for name, schema in new.items():
            must_fill = self.side == "input" and name in required and "default" not in self.new.resolve(schema)
            if name not in old:
                yield _change("requiredInputAdded" if must_fill else f"{self.side}Added", f"{where}{name}")
                continue
            if must_fill and name not in was_required:
                yield _change("inputNowRequired", f"{where}{name}")
            yield from self.compare(f"{where}{name}", mapping(old[name]), mapping(schema), level)


def _constraints(where: str, before: Object, after: Object) -> Iterator[Change]:
    """What an input no longer accepts, and what it does differently."""
    values_before, values = sequence(before.get("enum")), sequence(after.get("enum"))
    gone = [str(value) for value in values_before if value not in values]
    if values and (gone or not values_before):
        yield _change("valuesRemoved", where, ", ".join(gone) or "free text")
    for key, direction in _NARROWED.items():
        limit, limit_before = after.get(key), before.get(key)
        if isinstance(limit, int | float) and _is_narrower(limit, limit_before, direction):
            yield _change("limitNarrowed", where, key, limit)
    if "pattern" in after and after["pattern"] != before.get("pattern"):
        yield _change("patternChanged", where, after["pattern"])
    if before.get("default") != after.get("default"):
        yield _change("defaultChanged", where, before.get("default"), after.get("default"))
    if string(before.get("description")) != string(after.get("description")):
        yield _change("meaningChanged", where)


def _is_narrower(limit: float, before: object, direction: int) -> bool:
    return not isinstance(before, int | float) or (limit - before) * direction > 0
