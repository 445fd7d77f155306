"""Rules of schemas as a whole: objects and what they require, files, loops, depth and size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter

from tools.lint.condition import Check
from tools.lint.document import Node, Operation, Path, mapping, sequence, string, texts
from tools.lint.measure import MAX_DEPTH, MAX_SCHEMAS_IN_BODY, MAX_SCHEMAS_IN_OPERATION, measure
from tools.lint.rule import Checks, of_operation, repeats, whole

_FILTER = ("x-ms-capabilities", "filterFunctions")


def _required_unknown(node: Node) -> Iterator[Path]:
    defined = node.child("properties")
    for index, name in enumerate(node.array("required")):
        if "allOf" not in node.value and not (isinstance(name, str) and name in defined):
            yield ("required", index)


def _read_only(node: Node) -> Iterator[Path]:
    for name in texts(node.value.get("required")):
        if node.is_input and mapping(node.child("properties").get(name)).get("readOnly") is True:
            yield ("properties", name)


def _internal(node: Node, *, has_default: bool, is_required: bool) -> Iterator[Path]:
    """Internal properties of an input, but for callback URLs, which the platform fills in."""
    required = set(texts(node.value.get("required")))
    for name, value in node.child("properties").items() if node.is_input else ():
        schema = mapping(value)
        is_internal = string(schema.get("x-ms-visibility")).casefold() == "internal"
        is_filled_in = "x-ms-notification-url" in schema or bool(schema.get("properties"))
        if is_internal and not is_filled_in and ("default" in schema, name in required) == (has_default, is_required):
            yield ("properties", name)


def _has_invalid_discriminator(node: Node) -> bool:
    name = node.text("discriminator")
    is_text = mapping(node.child("properties").get(name)).get("type") == "string"
    return bool(name) and not (is_text and name in sequence(node.value.get("required")))


def _is_misplaced_file(node: Node) -> bool:
    is_response = node.path[-1] == "schema" and "responses" in node.path[-3:]
    return node.text("type") == "file" and not is_response


def _is_nested_binary(node: Node) -> bool:
    is_nested = {"properties", "items"} & set(map(str, node.path[-2:]))
    is_binary = (node.text("type"), node.text("format")) == ("string", "binary")
    return node.is_input and bool(is_nested) and is_binary


def _cycle(references: dict[str, set[str]]) -> Iterator[Path]:
    try:
        TopologicalSorter(references).prepare()
    except CycleError as error:
        yield ("definitions", error.args[1][0])


def _required_references(node: Node) -> dict[str, set[str]]:
    """Definition → the definitions of its required properties."""
    found: dict[str, set[str]] = {}
    for name, value in node.child("definitions").items():
        fields = mapping(mapping(value).get("properties"))
        needed = (string(mapping(fields.get(one)).get("$ref")) for one in texts(mapping(value).get("required")))
        found[name] = {one.removeprefix("#/definitions/") for one in needed if one}
    return found


def _is_too_deep(node: Node) -> bool:
    """Power Fx counts levels from the schema of a response, but from each field of a body."""
    if node.path[-1:] != ("schema",):
        return False
    most = MAX_DEPTH + 1 if "parameters" in node.path[-3:] else MAX_DEPTH
    return measure(node.document, node.value).depth > most


def _is_too_large(node: Node) -> bool:
    return node.path[-1:] == ("schema",) and measure(node.document, node.value).count > MAX_SCHEMAS_IN_BODY


def _is_operation_too_large(operation: Operation) -> bool:
    document = operation.node.document
    responses = map(document.resolve, operation.node.child("responses").values())
    schemas = (mapping(value.get("schema")) for value in (*responses, *(item.value for item in operation.inputs)))
    return sum(measure(document, one).count for one in schemas if one) > MAX_SCHEMAS_IN_OPERATION


def _filters(is_wrong: Callable[[Node, list[str]], object]) -> Check:
    """The check for the filter functions of a column, if it names them."""

    def check(node: Node) -> Iterator[Path]:
        functions = node.child(_FILTER[0]).get(_FILTER[1])
        if isinstance(functions, list) and is_wrong(node, [str(one).lower() for one in functions]):
            yield _FILTER

    return check


CHECKS: Checks = (
    ("RequiredPropertyDefinitionMissing", _required_unknown),
    ("RequiredReadOnlyPropertyNotAllowedAsInput", _read_only),
    ("PropertyMustBeRequired", lambda node: _internal(node, has_default=True, is_required=False)),
    ("InternalPropertyNeedsDefault", lambda node: _internal(node, has_default=False, is_required=True)),
    ("DiscriminatorMustBeARequiredStringProperty", whole(_has_invalid_discriminator, "discriminator")),
    ("SchemaTypeFileNotValid", whole(_is_misplaced_file, "type")),
    ("InvalidStringBinaryProperty", whole(_is_nested_binary, "format")),
    ("SchemaLoopNotAllowed", lambda node: _cycle(node.document.references)),
    ("RequiredLoopInSchemaNotAllowed", lambda node: _cycle(_required_references(node))),
    ("SchemaTooDeep", whole(_is_too_deep)),
    ("BodySchemaCountExceedsMaxAllowed", whole(_is_too_large)),
    ("OperationSchemaCountExceedsMaxAllowed", of_operation(_is_operation_too_large)),
    ("FilterFunctionsPropertyHasDuplicates", _filters(lambda node, names: repeats(names))),
    ("FilterFunctionsPropertyInInputSchema", _filters(lambda node, names: node.is_input)),
)
