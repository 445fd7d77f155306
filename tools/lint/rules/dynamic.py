"""Rules of dropdowns and dynamic fields: the operation that they call, what it is given, what it answers.

Source: Microsoft Learn "Extend an OpenAPI definition for a custom connector", dynamic values and dynamic schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tools.lint.document import Document, Input, Node, Object, Operation, Path, mapping, string
from tools.lint.grammar import DYNAMIC
from tools.lint.rule import Rule, Severity
from tools.lint.rules.document import needs_a_value

_VALUES, _LIST, _SCHEMA, _PROPERTIES = DYNAMIC
_COLLECTION = {_VALUES: "value-collection", _LIST: "itemsPath"}
_MEMBERS = {_VALUES: ("value-path", "value-title"), _LIST: ("itemValuePath", "itemTitlePath")}
_ON = "schema parameter items"


@dataclass(frozen=True, slots=True)
class Call:
    """A dynamic extension: under which key, what it says, and the operation that it calls (None if unknown)."""

    key: str
    value: Object
    target: Operation | None

    @property
    def given(self) -> Object:
        return mapping(self.value.get("parameters"))

    @property
    def taken(self) -> dict[str, str]:
        """Input of the target → the field of the calling operation that its value is taken from."""
        found = {name: mapping(value) for name, value in self.given.items()}
        return {
            name: string(value.get("parameter")) or string(value.get("parameterReference"))
            for name, value in found.items()
            if "parameter" in value or "parameterReference" in value
        }


def _calls(node: Node) -> list[Call]:
    values = {key: mapping(node.value[key]) for key in DYNAMIC if key in node.value}
    by_id = node.document.operation_by_id
    return [Call(key, value, by_id.get(string(value.get("operationId")))) for key, value in values.items()]


def _unknown_operation(node: Node) -> Iterator[Path]:
    for call in _calls(node):
        if call.target is None:
            yield (call.key, "operationId")


def _unknown_test_operation(node: Node) -> Iterator[Path]:
    test = mapping(node.child("x-ms-capabilities").get("testConnection"))
    if test and string(test.get("operationId")) not in node.document.operation_by_id:
        yield ("x-ms-capabilities", "testConnection", "operationId")


def _names(document: Document, operation: Operation) -> set[str]:
    """What may be named as an input of an operation: a parameter, or a field of its body."""
    found = {item.name for item in operation.inputs}
    body = next((item for item in operation.inputs if item.place == "body"), None)
    fields = mapping(operation.body.get("properties")) if body else {}
    return found | set(fields) | {f"{body.name}/{field}" for field in fields if body}


def _is_named(name: str, names: set[str]) -> bool:
    """Deeper paths into a body count by their beginning."""
    return name in names or "/".join(name.split("/")[:2]) in names


def _unknown_input(node: Node) -> Iterator[Path]:
    for call in _calls(node):
        if call.target:
            names = _names(node.document, call.target)
            yield from ((call.key, "parameters", name) for name in call.given if not _is_named(name, names))
        if node.operation:
            own = _names(node.document, node.operation)
            yield from (
                (call.key, "parameters", name) for name, source in call.taken.items() if not _is_named(source, own)
            )


def _missing_input(node: Node) -> Iterator[Path]:
    for call in _calls(node):
        needed: list[Input] = list(call.target.inputs) if call.target else []
        if any(needs_a_value(item) and item.place != "body" and item.name not in call.given for item in needed):
            yield (call.key, "parameters") if "parameters" in call.value else (call.key,)


def _follow(document: Document, schema: Object, path: str) -> Object | None:
    """The schema at a path string; an empty one where the file does not tell; None where nothing is."""
    for key in [part for part in path.split("/") if part]:
        properties = schema.get("properties")
        if not isinstance(properties, dict):
            return {} if schema.get("type", "object") == "object" else None
        if key not in properties:
            return None
        schema = document.resolve(properties[key])
    return schema


def _items(node: Node, call: Call) -> Object | None:
    """The schema of the array that fills a dropdown; None if it is no array."""
    answer = call.target.answer if call.target else None
    if answer is None:
        return {"type": "array"}
    found = _follow(node.document, answer, string(call.value.get(_COLLECTION[call.key])))
    return found if found is not None and found.get("type", "array") == "array" else None


def _no_array(node: Node) -> Iterator[Path]:
    for call in _calls(node):
        if call.key in _COLLECTION and call.target and _items(node, call) is None:
            yield (call.key, _COLLECTION[call.key]) if _COLLECTION[call.key] in call.value else (call.key,)


def _no_property(node: Node) -> Iterator[Path]:
    for call in _calls(node):
        found = _items(node, call) if call.key in _COLLECTION else None
        item = node.document.resolve((found or {}).get("items"))
        for name in _MEMBERS.get(call.key, ()):
            if item and name in call.value and _follow(node.document, item, string(call.value[name])) is None:
                yield (call.key, name)


def _ambiguous_names(operation: Operation | None) -> set[str]:
    """Names that are both a parameter and a field of the body."""
    if operation is None:
        return set()
    return {item.name for item in operation.inputs} & set(mapping(operation.body.get("properties")))


def _unpaired(old: str, new: str) -> tuple[Rule, ...]:
    """The newer extension is demanded where the older one cannot say which field is meant."""

    def into_body(node: Node) -> Iterator[Path]:
        for call in _calls(node):
            if call.key == old and new not in node.value and any("/" in source for source in call.taken.values()):
                yield (old,)

    def ambiguous(node: Node) -> Iterator[Path]:
        for call in _calls(node):
            if (
                call.key == old
                and new not in node.value
                and _ambiguous_names(node.operation) & set(call.taken.values())
            ):
                yield (old,)

    def alone(node: Node) -> Iterator[Path]:
        if new in node.value and old not in node.value:
            yield (new,)

    base = "Dynamic" + new.removeprefix("x-ms-dynamic-").capitalize() + "ExtensionRequiredFor"
    fix = f"Add {new} beside it, with parameterReference."
    return (
        Rule(f"{base}NonParameterReferences", Severity.ERROR, _ON, into_body, fix),
        Rule(f"{base}AmbiguousReferences", Severity.ERROR, _ON, ambiguous, fix),
        Rule(
            f"{old.removeprefix('x-ms-').title().replace('-', '')}Missing", Severity.WARNING, _ON, alone, f"Add {old}."
        ),
    )


def _without_properties(path: str) -> str:
    return path.removesuffix("properties").rstrip("/")


def _schema_without_properties(node: Node) -> Iterator[Path]:
    into_properties = string(node.child(_SCHEMA).get("value-path")).endswith("properties")
    if into_properties and _PROPERTIES not in node.value:
        yield (_SCHEMA,)


def _paths_differ(node: Node) -> Iterator[Path]:
    old, new = node.child(_SCHEMA), node.child(_PROPERTIES)
    if old and new and _without_properties(string(old.get("value-path"))) != string(new.get("itemValuePath")):
        yield (_PROPERTIES, "itemValuePath")


RULES = (
    Rule(
        "OperationIdNotFound",
        Severity.ERROR,
        f"{_ON} document",
        lambda node: _unknown_test_operation(node) if node.kind == "document" else _unknown_operation(node),
        "Name an operationId of this definition.",
    ),
    Rule(
        "OperationParameterNameNotFound",
        Severity.ERROR,
        _ON,
        _unknown_input,
        "Name an input of the operation that is called, and take its value from an input of this operation.",
    ),
    Rule(
        "OperationMissingRequiredProperty",
        Severity.ERROR,
        _ON,
        _missing_input,
        "Give a value for each required input of the operation that is called.",
    ),
    Rule(
        "InvokedOperationShouldProduceArray",
        Severity.ERROR,
        _ON,
        _no_array,
        "Point to an array in the answer of the operation that is called.",
    ),
    Rule(
        "InvokedOperationShouldProduceProperty",
        Severity.ERROR,
        _ON,
        _no_property,
        "Name a field of the array's items in the answer of the operation that is called.",
    ),
    *_unpaired(_VALUES, _LIST),
    *_unpaired(_SCHEMA, _PROPERTIES),
    Rule(
        "DynamicPropertiesExtensionRequiredForPropertiesValuePath",
        Severity.ERROR,
        _ON,
        _schema_without_properties,
        "Add x-ms-dynamic-properties beside it; its path ends before properties.",
    ),
    Rule(
        "DynamicPropertiesItemValuePathMismatch",
        Severity.ERROR,
        _ON,
        _paths_differ,
        "Give both the same path, in x-ms-dynamic-properties without the ending properties.",
    ),
)
