"""Rules of dropdowns and dynamic fields: the operation that they call, its inputs, and its response.

Source: Microsoft Learn "Extend an OpenAPI definition for a custom connector", dynamic values and dynamic schema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from tools.lint.condition import Check
from tools.lint.document import Node, Object, Operation, Path, mapping, string, texts
from tools.lint.grammar import DYNAMIC
from tools.lint.rule import Checks
from tools.lint.rules.document import needs_a_value
from tools.lint.rules.shape import fits

_VALUES, _LIST, _SCHEMA, _PROPERTIES = DYNAMIC
_COLLECTION = {_VALUES: "value-collection", _LIST: "itemsPath"}
_MEMBERS = {_VALUES: ("value-path", "value-title"), _LIST: ("itemValuePath", "itemTitlePath")}
_KEY_VALUE = ("key", "value", "key-item-output")


@dataclass(frozen=True)
class Call:
    """A dynamic extension of a field: its key, its value, and the operation that it calls (None if unknown)."""

    node: Node
    key: str
    value: Object
    target: Operation | None

    @property
    def given(self) -> Object:
        """The inputs that the extension gives to the target: name → constant or source."""
        return mapping(self.value.get("parameters"))

    @cached_property
    def taken(self) -> dict[str, str]:
        """Input of the target → the input of the calling operation from which its value is taken."""
        found = {name: mapping(value) for name, value in self.given.items()}
        return {
            name: string(value.get("parameter")) or string(value.get("parameterReference"))
            for name, value in found.items()
            if "parameter" in value or "parameterReference" in value
        }

    @cached_property
    def array(self) -> Object | None:
        """The schema of the array in the response that fills a dropdown; None if there is no array."""
        response = self.target.response if self.target else None
        if response is None:
            return {"type": "array"}
        found = self.node.document.follow(response, string(self.value.get(_COLLECTION[self.key])))
        return found if found is not None and found.get("type", "array") == "array" else None

    @property
    def item(self) -> Object:
        """The schema of an item of that array; empty for a call that fills no dropdown."""
        array = self.array if self.key in _COLLECTION else None
        return self.node.document.resolve((array or {}).get("items"))

    def schema_in_target(self, name: str) -> Object | None:
        return self.target.schema_of(name) if self.target else None


def _calls(node: Node) -> Iterator[Call]:
    for key in DYNAMIC:
        if key in node.value:
            value = node.child(key)
            target = node.document.operation_by_id.get(string(value.get("operationId")))
            yield Call(node, key, value, target)


def _each(find: Callable[[Call], Iterator[Path]]) -> Check:
    """The check for each dynamic extension; `find` yields paths inside it."""
    return lambda node: ((call.key, *path) for call in _calls(node) for path in find(call))


def _each_input(is_wrong: Callable[[Call, str], object]) -> Check:
    """The check for each input that the extension gives to the target."""
    return _each(lambda call: (("parameters", name) for name in call.given if is_wrong(call, name)))


def _unknown_operation(call: Call) -> Iterator[Path]:
    """A dropdown can also call a built-in source: a file picker, or the list of a table."""
    if call.target is None and not {"capability", "builtInOperation"} & call.value.keys():
        yield ("operationId",)


def _unknown_test_operation(node: Node) -> Iterator[Path]:
    test = mapping(node.child("x-ms-capabilities").get("testConnection"))
    if test and string(test.get("operationId")) not in node.document.operation_by_id:
        yield ("x-ms-capabilities", "testConnection", "operationId")


def _is_unknown_input(call: Call, name: str) -> bool:
    """Whether the target has no such input, or the calling operation none to take its value from."""
    wanted = ((call.target, name), (call.node.caller, call.taken.get(name)))
    return any(operation and one is not None and not operation.has_input(one) for operation, one in wanted)


def _missing_input(call: Call) -> Iterator[Path]:
    inputs = [item for item in call.target.inputs if item.place != "body"] if call.target else []
    if any(needs_a_value(item) and item.name not in call.given for item in inputs):
        yield ("parameters",) if "parameters" in call.value else ()


def _each_pair(is_wrong: Callable[[Object, Object, Call, str], object]) -> Check:
    """The check for each input that is taken from another one: target, source, call, name of the source."""

    def is_wrong_input(call: Call, name: str) -> bool:
        source = call.taken.get(name)
        if source is None or call.node.caller is None:
            return False
        target, own = call.schema_in_target(name), call.node.caller.schema_of(source)
        return target is not None and own is not None and bool(is_wrong(target, own, call, source))

    return _each_input(is_wrong_input)


def _types_differ(target: Object, own: Object, *_: object) -> bool:
    types = {string(target.get("type")), string(own.get("type"))}
    return "" not in types and len(types) == 2 and types != {"integer", "number"}


def _is_optional(target: Object, own: Object, call: Call, source: str) -> bool:
    """Whether a required input is taken from an optional one."""
    body = call.node.caller.body if call.node.caller else {}
    required = own.get("required") is True or source.rpartition("/")[2] in texts(body.get("required"))
    return target.get("required") is True and not required and "default" not in own


def _is_hidden(_: Object, own: Object, *__: object) -> bool:
    return string(own.get("x-ms-visibility")).casefold() == "internal" and "default" not in own


def _is_constant_of_other_type(call: Call, name: str) -> bool:
    value = mapping(call.given[name]).get("value", call.given[name])
    schema = call.schema_in_target(name)
    kind = string(schema.get("type")) if schema else ""
    return isinstance(value, str | int | float) and not _is_of_type(value, kind)


def _is_of_type(value: str | float, type_name: str) -> bool:
    """Numbers and booleans may also be written as text, which the platform parses."""
    if isinstance(value, str) and type_name in ("integer", "number", "boolean"):
        return value.lstrip("-").replace(".", "", 1).isdigit() or value.lower() in ("true", "false")
    return fits(value, type_name)


def _no_array(call: Call) -> Iterator[Path]:
    if call.key in _COLLECTION and call.target and call.array is None:
        yield tuple(key for key in (_COLLECTION[call.key],) if key in call.value)


def _no_property(call: Call) -> Iterator[Path]:
    for name in _MEMBERS.get(call.key, ()):
        path = string(call.value.get(name))
        if call.item and path and path not in _KEY_VALUE and call.node.document.follow(call.item, path) is None:
            yield (name,)


def _value_of_other_type(call: Call) -> Iterator[Path]:
    """A dropdown must have values of the same type as its field."""
    name = _MEMBERS.get(call.key, ("",))[0]
    value = call.node.document.follow(call.item, string(call.value.get(name))) if name in call.value else None
    if call.item and value and _types_differ(value, call.node.value):
        yield (name,)


def _is_ambiguous(call: Call, source: str | None) -> bool:
    """Whether a name is both a parameter and a field of the body of the calling operation."""
    operation = call.node.caller
    return operation is not None and source in operation.named and source in operation.fields


def _unpaired(old: str, new: str) -> Iterator[tuple[str, Check]]:
    """The newer extension is required where the older one does not say which field is meant."""

    def old_alone(is_unclear: Callable[[Call, str], object]) -> Check:
        def find(call: Call) -> Iterator[Path]:
            is_alone = call.key == old and new not in call.node.value
            if is_alone and any(is_unclear(call, source) for source in call.taken.values()):
                yield ()

        return _each(find)

    base = "Dynamic" + new.removeprefix("x-ms-dynamic-").capitalize() + "ExtensionRequiredFor"
    yield f"{base}NonParameterReferences", old_alone(lambda _, source: "/" in source)
    yield f"{base}AmbiguousReferences", old_alone(_is_ambiguous)


def _paths_differ(node: Node) -> Iterator[Path]:
    old, new = node.child(_SCHEMA), node.child(_PROPERTIES)
    expected = string(old.get("value-path")).removesuffix("properties").rstrip("/")
    if old and new and expected != string(new.get("itemValuePath")):
        yield (_PROPERTIES, "itemValuePath")


CHECKS: Checks = (
    ("OperationIdNotFound", _each(_unknown_operation)),
    ("OperationIdNotFound", _unknown_test_operation),
    ("OperationParameterNameNotFound", _each_input(_is_unknown_input)),
    ("OperationMissingRequiredProperty", _each(_missing_input)),
    (
        "OperationParameterNameIsAmbiguous",
        _each_input(lambda call, name: call.key in (_LIST, _PROPERTIES) and _is_ambiguous(call, call.taken.get(name))),
    ),
    ("OperationParameterTypeMismatch", _each_pair(_types_differ)),
    ("OperationParameterTypeMismatch", _each(_value_of_other_type)),
    ("OperationParameterStaticTypeMismatch", _each_input(_is_constant_of_other_type)),
    ("OperationParameterRequiredMismatch", _each_pair(_is_optional)),
    ("SourcePropertyInternal", _each_pair(_is_hidden)),
    ("InvokedOperationShouldProduceArray", _each(_no_array)),
    ("InvokedOperationShouldProduceProperty", _each(_no_property)),
    *_unpaired(_VALUES, _LIST),
    *_unpaired(_SCHEMA, _PROPERTIES),
    ("DynamicPropertiesItemValuePathMismatch", _paths_differ),
)
