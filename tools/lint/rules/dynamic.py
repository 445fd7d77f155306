"""Rules of dropdowns and dynamic fields: the operation that they call, what it is given, what it returns.

Source: Microsoft Learn "Extend an OpenAPI definition for a custom connector", dynamic values and dynamic schema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tools.lint.condition import Check
from tools.lint.document import Input, Node, Object, Operation, Path, mapping, string, texts
from tools.lint.grammar import DYNAMIC
from tools.lint.rule import Checks, whole
from tools.lint.rules.document import needs_a_value
from tools.lint.rules.shape import fits

_VALUES, _LIST, _SCHEMA, _PROPERTIES = DYNAMIC
_COLLECTION = {_VALUES: "value-collection", _LIST: "itemsPath"}
_MEMBERS = {_VALUES: ("value-path", "value-title"), _LIST: ("itemValuePath", "itemTitlePath")}
_KEY_VALUE = ("key", "value", "key-item-output")


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
    """A dropdown can also call what is built in: a file picker, or a table's own list."""
    for call in _calls(node):
        if call.target is None and not {"capability", "builtInOperation"} & call.value.keys():
            yield (call.key, "operationId")


def _unknown_test_operation(node: Node) -> Iterator[Path]:
    test = mapping(node.child("x-ms-capabilities").get("testConnection"))
    if test and string(test.get("operationId")) not in node.document.operation_by_id:
        yield ("x-ms-capabilities", "testConnection", "operationId")


def _names(operation: Operation) -> set[str]:
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
            names = _names(call.target)
            yield from ((call.key, "parameters", name) for name in call.given if not _is_named(name, names))
        if node.caller:
            own = _names(node.caller)
            yield from (
                (call.key, "parameters", name) for name, source in call.taken.items() if not _is_named(source, own)
            )


def _missing_input(node: Node) -> Iterator[Path]:
    for call in _calls(node):
        needed: list[Input] = list(call.target.inputs) if call.target else []
        if any(needs_a_value(item) and item.place != "body" and item.name not in call.given for item in needed):
            yield (call.key, "parameters") if "parameters" in call.value else (call.key,)


def _pairs(is_wrong: Callable[[Object, Object, Node, str], object]) -> Check:
    """The check for each input that is taken from another one."""

    def check(node: Node) -> Iterator[Path]:
        for call in _calls(node):
            for name, source in call.taken.items():
                target = call.target.schema_of(name) if call.target else None
                own = node.caller.schema_of(source) if node.caller else None
                if target is not None and own is not None and is_wrong(target, own, node, source):
                    yield (call.key, "parameters", name)

    return check


def _types_differ(target: Object, own: Object, *_: object) -> bool:
    types = {string(target.get("type")), string(own.get("type"))}
    return "" not in types and len(types) == 2 and types != {"integer", "number"}


def _is_optional(target: Object, own: Object, node: Node, source: str) -> bool:
    """A required input that is taken from an optional one."""
    body = node.caller.body if node.caller else {}
    required = own.get("required") is True or source.rpartition("/")[2] in texts(body.get("required"))
    return target.get("required") is True and not required and "default" not in own


def _is_hidden(_: Object, own: Object, *__: object) -> bool:
    return string(own.get("x-ms-visibility")).casefold() == "internal" and "default" not in own


def _constant_of_other_type(node: Node) -> Iterator[Path]:
    for call in _calls(node):
        for name, given in call.given.items():
            value = mapping(given).get("value", given)
            schema = call.target.schema_of(name) if call.target else None
            if schema and isinstance(value, str | int | float) and not _is_of_type(value, string(schema.get("type"))):
                yield (call.key, "parameters", name)


def _is_of_type(value: str | float, type_name: str) -> bool:
    """Numbers and booleans may also be written as text, which the platform parses."""
    if isinstance(value, str) and type_name in ("integer", "number", "boolean"):
        return value.lstrip("-").replace(".", "", 1).isdigit() or value.lower() in ("true", "false")
    return fits(value, type_name)


def _items(node: Node, call: Call) -> Object | None:
    """The schema of the array that fills a dropdown; None if it is no array."""
    response = call.target.response if call.target else None
    if response is None:
        return {"type": "array"}
    found = node.document.follow(response, string(call.value.get(_COLLECTION[call.key])))
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
            path = string(call.value.get(name))
            if item and path and path not in _KEY_VALUE and node.document.follow(item, path) is None:
                yield (call.key, name)


def _value_of_other_type(node: Node) -> Iterator[Path]:
    """A dropdown whose values are of another type than the field that takes them."""
    for call in _calls(node):
        found = _items(node, call) if call.key in _COLLECTION else None
        item = node.document.resolve((found or {}).get("items"))
        name = _MEMBERS.get(call.key, ("",))[0]
        value = node.document.follow(item, string(call.value.get(name))) if item and name in call.value else None
        if value and _types_differ(value, node.value):
            yield (call.key, name)


def _ambiguous(operation: Operation | None) -> set[str]:
    """Names that are both a parameter and a field of the body."""
    if operation is None:
        return set()
    return {item.name for item in operation.inputs} & set(mapping(operation.body.get("properties")))


def _ambiguous_name(node: Node) -> Iterator[Path]:
    for call in _calls(node):
        if call.key in (_LIST, _PROPERTIES):
            unclear = _ambiguous(node.caller)
            yield from ((call.key, "parameters", name) for name, source in call.taken.items() if source in unclear)


def _unpaired(old: str, new: str) -> Iterator[tuple[str, Check]]:
    """The newer extension is demanded where the older one cannot say which field is meant."""

    def old_alone(is_unclear: Callable[[Node, set[str]], object]) -> Check:
        def is_wrong(node: Node) -> bool:
            if old not in node.value or new in node.value:
                return False
            return any(bool(is_unclear(node, set(call.taken.values()))) for call in _calls(node) if call.key == old)

        return whole(is_wrong, old)

    base = "Dynamic" + new.removeprefix("x-ms-dynamic-").capitalize() + "ExtensionRequiredFor"
    yield f"{base}NonParameterReferences", old_alone(lambda _, sources: any("/" in one for one in sources))
    yield f"{base}AmbiguousReferences", old_alone(lambda node, sources: _ambiguous(node.caller) & sources)


def _paths_differ(node: Node) -> Iterator[Path]:
    old, new = node.child(_SCHEMA), node.child(_PROPERTIES)
    expected = string(old.get("value-path")).removesuffix("properties").rstrip("/")
    if old and new and expected != string(new.get("itemValuePath")):
        yield (_PROPERTIES, "itemValuePath")


CHECKS: Checks = (
    ("OperationIdNotFound", _unknown_operation),
    ("OperationIdNotFound", _unknown_test_operation),
    ("OperationParameterNameNotFound", _unknown_input),
    ("OperationMissingRequiredProperty", _missing_input),
    ("OperationParameterNameIsAmbiguous", _ambiguous_name),
    ("OperationParameterTypeMismatch", _pairs(_types_differ)),
    ("OperationParameterTypeMismatch", _value_of_other_type),
    ("OperationParameterStaticTypeMismatch", _constant_of_other_type),
    ("OperationParameterRequiredMismatch", _pairs(_is_optional)),
    ("SourcePropertyInternal", _pairs(_is_hidden)),
    ("InvokedOperationShouldProduceArray", _no_array),
    ("InvokedOperationShouldProduceProperty", _no_property),
    *_unpaired(_VALUES, _LIST),
    *_unpaired(_SCHEMA, _PROPERTIES),
    ("DynamicPropertiesItemValuePathMismatch", _paths_differ),
)
