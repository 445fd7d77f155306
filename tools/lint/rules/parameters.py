"""Rules of parameters and of the references that stand for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tools.lint.document import Node, Operation, Path, texts
from tools.lint.grammar import DYNAMIC, REFERABLE, words
from tools.lint.rule import Check, Rule, Severity, wrong

_COLLECTION_FORMATS = ("csv", "ssv", "tsv", "pipes", "multi")
_NOT_IN_BODY = frozenset(
    words(
        "type format items collectionFormat default enum pattern maximum minimum exclusiveMaximum exclusiveMinimum "
        "maxLength minLength maxItems minItems uniqueItems multipleOf allowEmptyValue"
    )
)


def _if(is_wrong: Callable[[Node], object], *place: str) -> Check:
    """The check for a parameter as a whole; found at one of its keys."""

    def check(node: Node) -> Iterator[Path]:
        if is_wrong(node):
            yield place

    return check


def _at(node: Node, *places: str) -> bool:
    return node.text("in") in places


def _of_operation(is_wrong: Callable[[Operation], object]) -> Check:
    def check(node: Node) -> Iterator[Path]:
        if node.operation and is_wrong(node.operation):
            yield ("parameters",) if "parameters" in node.value else ()

    return check


def _count(operation: Operation, place: str) -> int:
    return sum(item.place == place for item in operation.inputs)


def _repeated(operation: Operation) -> bool:
    return len({(item.name, item.place) for item in operation.inputs}) < len(operation.inputs)


def _no_consumes(operation: Operation) -> bool:
    has_content = _count(operation, "body") + _count(operation, "formData") > 0
    root = operation.node.document.root
    return has_content and not (texts(operation.node.value.get("consumes")) or texts(root.get("consumes")))


def _body_keys(node: Node) -> Iterator[Path]:
    if _at(node, "body"):
        yield from ((key,) for key in node.value if key in _NOT_IN_BODY)


def _dynamic_on_body(node: Node) -> Iterator[Path]:
    if _at(node, "body"):
        yield from ((key,) for key in node.value if key in DYNAMIC)


def _is_internal(node: Node) -> bool:
    return node.text("x-ms-visibility") == "internal"


def _internal_without_default(node: Node) -> bool:
    return _is_internal(node) and node.value.get("required") is True and "default" not in node.value


def _internal_optional(node: Node) -> bool:
    return (
        node.kind == "parameter"
        and _is_internal(node)
        and "default" in node.value
        and node.value.get("required") is not True
    )


def _reference_rules(kind: str, folder: str) -> tuple[Rule, ...]:
    """The three rules of a `$ref`: its form, its target, and that its target is no reference itself."""
    prefix = f"#/{folder}/"

    def is_formed(node: Node) -> bool:
        name = node.text("$ref").removeprefix(prefix)
        return node.text("$ref").startswith(prefix) and bool(name) and "/" not in name

    def not_formed(node: Node) -> Iterator[Path]:
        if node.stands_for == kind and not is_formed(node):
            yield ("$ref",)

    def not_found(node: Node) -> Iterator[Path]:
        if node.stands_for == kind and is_formed(node) and not node.document.has(folder, node.text("$ref")):
            yield ("$ref",)

    def chained(node: Node) -> Iterator[Path]:
        if node.stands_for == kind and node.path[:1] == (folder,) and len(node.path) == 2:
            yield ("$ref",)

    name = kind.capitalize()
    return (
        Rule(f"{name}ReferenceNotValid", Severity.ERROR, "reference", not_formed, f"Let it point to {prefix}NAME."),
        Rule(f"{name}ReferenceNotFound", Severity.ERROR, "reference", not_found, f"Define this name under {folder}."),
        Rule(
            f"{name}RefLoopNotAllowed",
            Severity.ERROR,
            "reference",
            chained,
            "Write the definition itself in place of a reference to another one.",
        ),
    )


RULES = (
    *(rule for kind, folder in REFERABLE.items() for rule in _reference_rules(kind, folder)),
    Rule(
        "AdditionalPropertyNotAllowedAdjacentToRef",
        Severity.ERROR,
        "reference",
        lambda node: [(key,) for key in node.value if key != "$ref"],
        "Remove the key, or move it into the definition: nothing may stand beside $ref.",
    ),
    Rule(
        "BodyOrFormDataParameterInFetchOperationNotAllowed",
        Severity.ERROR,
        "operation",
        _of_operation(lambda own: own.method == "get" and _count(own, "body") + _count(own, "formData")),
        "Use query parameters: a GET has no body.",
    ),
    Rule(
        "OperationParametersContainMultipleBodyParameters",
        Severity.ERROR,
        "operation",
        _of_operation(lambda own: _count(own, "body") > 1),
        "Put all fields into one body parameter.",
    ),
    Rule(
        "ParameterListContainsFormDataAndBody",
        Severity.ERROR,
        "operation",
        _of_operation(lambda own: _count(own, "body") and _count(own, "formData")),
        "Use either a body or form fields.",
    ),
    Rule(
        "OperationParametersContainDuplicateParameter",
        Severity.ERROR,
        "operation",
        _of_operation(_repeated),
        "Remove the parameter that occurs twice.",
    ),
    Rule(
        "ConsumesMissing",
        Severity.ERROR,
        "operation",
        _of_operation(_no_consumes),
        'Say what the body is: "consumes": ["application/json"].',
    ),
    Rule(
        "ConnectionIdParameterNotAllowed",
        Severity.ERROR,
        "parameter",
        wrong("name", lambda text: text == "connectionId"),
        "Rename the parameter; the platform uses this name itself.",
    ),
    Rule(
        "InvalidFormDataParameterName",
        Severity.ERROR,
        "parameter",
        _if(lambda node: _at(node, "formData") and not node.text("name").isascii(), "name"),
        "Use only ASCII characters in the name of a form field.",
    ),
    Rule(
        "PathParameterMustBeRequired",
        Severity.ERROR,
        "parameter",
        _if(lambda node: _at(node, "path") and node.value.get("required") is not True),
        "Set required to true: a path has no gaps.",
    ),
    Rule(
        "PathParameterMissingEncoding",
        Severity.WARNING,
        "parameter",
        _if(lambda node: _at(node, "path") and "x-ms-url-encoding" not in node.value),
        'Add "x-ms-url-encoding": "single", so that a slash in the value does no harm.',
    ),
    Rule(
        "QueryParameterEncodingNotSupported",
        Severity.ERROR,
        "parameter",
        _if(lambda node: not _at(node, "path") and "x-ms-url-encoding" in node.value, "x-ms-url-encoding"),
        "Remove it: only path parameters have an encoding.",
    ),
    Rule(
        "BodyParameterSchemaRequired",
        Severity.ERROR,
        "parameter",
        _if(lambda node: _at(node, "body") and "schema" not in node.value),
        "Give the body parameter a schema.",
    ),
    Rule(
        "NonBodyParameterSchemaNotValid",
        Severity.ERROR,
        "parameter",
        _if(lambda node: _at(node, "query", "header", "path", "formData") and "schema" in node.value, "schema"),
        "Write type and format beside the name; only a body has a schema.",
    ),
    Rule(
        "BodyParameterPropertyNotValid",
        Severity.ERROR,
        "parameter",
        _body_keys,
        "Move it into the schema of the body.",
    ),
    Rule(
        "DynamicExtensionDefinitionNotAllowedInParameter",
        Severity.ERROR,
        "parameter",
        _dynamic_on_body,
        "Move it into the schema of the body.",
    ),
    Rule(
        "FileParameterMustBeInFormData",
        Severity.ERROR,
        "parameter",
        _if(lambda node: node.text("type") == "file" and not _at(node, "formData"), "type"),
        "A file can only be a form field.",
    ),
    Rule(
        "AllowEmptyValueOnlyValidForQueryFormData",
        Severity.ERROR,
        "parameter",
        _if(
            lambda node: node.value.get("allowEmptyValue") is True and not _at(node, "query", "formData"),
            "allowEmptyValue",
        ),
        "Remove allowEmptyValue; it belongs to query and form fields.",
    ),
    Rule(
        "CollectionFormatValueNotSupported",
        Severity.ERROR,
        "parameter items header",
        wrong("collectionFormat", lambda text: text not in _COLLECTION_FORMATS),
        f"Use one of {', '.join(_COLLECTION_FORMATS)}.",
    ),
    Rule(
        "InternalParameterNeedsDefault",
        Severity.ERROR,
        "parameter",
        _if(_internal_without_default),
        "Give it a default: nobody can fill in what is internal.",
    ),
    Rule(
        "InternalPropertyWithDefaultOptional",
        Severity.WARNING,
        "parameter",
        _if(_internal_optional),
        "Set required to true: an optional internal value is not sent.",
    ),
)
