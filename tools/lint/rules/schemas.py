"""Rules of schemas as a whole: objects and what they require, files, loops, depth and size."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from tools.lint.document import Node, Path, mapping, sequence, texts
from tools.lint.measure import MAX_DEPTH, MAX_SCHEMAS_IN_BODY, measure
from tools.lint.rule import Rule, Severity


def _required_unknown(node: Node) -> Iterator[Path]:
    defined = node.child("properties")
    for index, name in enumerate(node.array("required")):
        if "allOf" not in node.value and not (isinstance(name, str) and name in defined):
            yield ("required", index)


def _required_elsewhere(node: Node) -> Iterator[Path]:
    if node.array("required") and node.text("type") not in ("", "object"):
        yield ("required",)


def _read_only(node: Node) -> Iterator[Path]:
    for name in texts(node.value.get("required")):
        if node.is_input and mapping(node.child("properties").get(name)).get("readOnly") is True:
            yield ("properties", name)


def _internal(node: Node) -> Iterator[tuple[str, bool, bool]]:
    """Internal properties of an input: name, whether it has a default, whether it is required.

    A webhook's notification URL is filled in by the platform.
    """
    required = set(texts(node.value.get("required")))
    for name, value in node.child("properties").items() if node.is_input else ():
        schema = mapping(value)
        if schema.get("x-ms-visibility") == "internal" and "x-ms-notification-url" not in schema:
            yield name, "default" in schema, name in required


def _internal_optional(node: Node) -> Iterator[Path]:
    yield from (("properties", name) for name, default, required in _internal(node) if default and not required)


def _internal_empty(node: Node) -> Iterator[Path]:
    yield from (("properties", name) for name, default, required in _internal(node) if required and not default)


def _odd_discriminator(node: Node) -> Iterator[Path]:
    name = node.text("discriminator")
    is_right = name in sequence(node.value.get("required")) and (
        mapping(node.child("properties").get(name)).get("type") == "string"
    )
    if name and not is_right:
        yield ("discriminator",)


def _is_root_of(node: Node, *, key: str) -> bool:
    return node.path[-1] == "schema" and len(node.path) > 2 and key in node.path[-3:]


def _odd_file(node: Node) -> Iterator[Path]:
    if node.text("type") == "file" and not _is_root_of(node, key="responses"):
        yield ("type",)


def _odd_binary(node: Node) -> Iterator[Path]:
    is_nested = {"properties", "items"} & set(map(str, node.path[-2:]))
    if node.is_input and is_nested and (node.text("type"), node.text("format")) == ("string", "binary"):
        yield ("format",)


def _cycle(node: Node) -> Iterator[Path]:
    try:
        TopologicalSorter(node.document.references).prepare()
    except CycleError as error:
        yield ("definitions", error.args[1][0])


def _is_whole(node: Node) -> bool:
    """Whether this is all of a body or of an answer."""
    return node.path[-1:] == ("schema",)


def _too_deep(node: Node) -> Iterator[Path]:
    if _is_whole(node) and measure(node.document, node.value).depth > MAX_DEPTH:
        yield ()


def _too_many(node: Node) -> Iterator[Path]:
    if _is_whole(node) and measure(node.document, node.value).count > MAX_SCHEMAS_IN_BODY:
        yield ()


RULES = (
    Rule(
        "AllOfIgnored",
        Severity.WARNING,
        "schema",
        lambda node: [("allOf",)] if "allOf" in node.value else [],
        "Write the fields out: designers drop what comes by allOf.",
    ),
    Rule(
        "RequiredPropertyArrayEmpty",
        Severity.ERROR,
        "schema",
        lambda node: [("required",)] if node.value.get("required") == [] else [],
        "Name at least one property, or remove required.",
    ),
    Rule(
        "RequiredPropertyDefinitionMissing",
        Severity.ERROR,
        "schema",
        _required_unknown,
        "Define the property, or take its name out of required.",
    ),
    Rule(
        "RequiredPropertyNotOnObject",
        Severity.ERROR,
        "schema",
        _required_elsewhere,
        "Remove required; it belongs to objects.",
    ),
    Rule(
        "RequiredReadOnlyPropertyNotAllowedAsInput",
        Severity.ERROR,
        "schema",
        _read_only,
        "Take it out of required, or remove readOnly.",
    ),
    Rule(
        "PropertyMustBeRequired",
        Severity.WARNING,
        "schema",
        _internal_optional,
        "Name it in required: an optional internal value is not sent.",
    ),
    Rule(
        "InternalPropertyNeedsDefault",
        Severity.ERROR,
        "schema",
        _internal_empty,
        "Give it a default: nobody can fill in what is internal.",
    ),
    Rule(
        "DiscriminatorMustBeARequiredStringProperty",
        Severity.ERROR,
        "schema",
        _odd_discriminator,
        "Let discriminator name a required property of type string.",
    ),
    Rule(
        "SchemaTypeFileNotValid",
        Severity.ERROR,
        "schema",
        _odd_file,
        "A file can only be a form field or a whole answer.",
    ),
    Rule(
        "InvalidStringBinaryProperty",
        Severity.ERROR,
        "schema items",
        _odd_binary,
        "Use format byte (base64) for a field; binary is for a whole body.",
    ),
    Rule("SchemaLoopNotAllowed", Severity.ERROR, "document", _cycle, "Break the loop: a definition contains itself."),
    Rule(
        "SchemaTooDeep",
        Severity.WARNING,
        "schema reference",
        _too_deep,
        f"Flatten it: the exact limit is not published; above {MAX_DEPTH} levels fields are hard to use anyway.",
    ),
    Rule(
        "BodySchemaCountExceedsMaxAllowed",
        Severity.ERROR,
        "schema reference",
        _too_many,
        f"Shorten it: one body holds at most {MAX_SCHEMAS_IN_BODY} schemas.",
    ),
)
