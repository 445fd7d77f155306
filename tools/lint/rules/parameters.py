"""Rules of parameters and of the references that stand for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tools.lint.condition import Check
from tools.lint.document import Node, Object, Operation
from tools.lint.grammar import DYNAMIC, REFERABLE, words
from tools.lint.rule import Checks, repeats, whole

_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_NOT_IN_BODY = frozenset(
    words(
        "type format items collectionFormat default enum pattern maximum minimum exclusiveMaximum "
        "exclusiveMinimum maxLength minLength maxItems minItems uniqueItems multipleOf allowEmptyValue"
    )
)


def _of_operation(is_wrong: Callable[[Operation], object]) -> Check:
    return whole(lambda node: node.operation is not None and is_wrong(node.operation), "parameters")


def _inputs(operation: Operation, *places: str) -> list[Object]:
    return [item.value for item in operation.inputs if item.place in places]


def _mime_types(operation: Operation) -> set[str]:
    return {item.partition(";")[0].strip().lower() for item in operation.consumes}


def _no_form(operation: Operation) -> bool:
    fields, given = _inputs(operation, "formData"), _mime_types(operation)
    has_file = any(field.get("type") == "file" for field in fields)
    return bool(fields and given) and not given & set(_FORMS[:1] if has_file else _FORMS)


def _binary_in_form(operation: Operation) -> bool:
    fields = _inputs(operation, "formData")
    return _mime_types(operation) == {_FORMS[1]} and any(field.get("format") == "binary" for field in fields)


def _in_body(keys: frozenset[str]) -> Check:
    return lambda node: [(key,) for key in node.value if key in keys and node.text("in") == "body"]


def _reference_checks(kind: str, folder: str) -> Iterator[tuple[str, Check]]:
    """The three checks of a `$ref`: its form, its target, and that its target is no reference itself."""
    prefix = f"#/{folder}/"

    def is_formed(node: Node) -> bool:
        name = node.text("$ref").removeprefix(prefix)
        return node.text("$ref").startswith(prefix) and bool(name) and "/" not in name

    def is_lost(node: Node) -> bool:
        return is_formed(node) and not node.document.has(folder, node.text("$ref"))

    def of_kind(is_wrong: Callable[[Node], object]) -> Check:
        return whole(lambda node: node.stands_for == kind and is_wrong(node), "$ref")

    name = kind.capitalize()
    yield f"{name}ReferenceNotValid", of_kind(lambda node: not is_formed(node))
    yield f"{name}ReferenceNotFound", of_kind(is_lost)
    yield f"{name}RefLoopNotAllowed", of_kind(lambda node: node.path[:1] == (folder,) and len(node.path) == 2)


CHECKS: Checks = (
    *(check for kind, folder in REFERABLE.items() for check in _reference_checks(kind, folder)),
    ("AdditionalPropertyNotAllowedAdjacentToRef", lambda node: [(key,) for key in node.value if key != "$ref"]),
    (
        "BodyOrFormDataParameterInFetchOperationNotAllowed",
        _of_operation(lambda own: own.method == "get" and _inputs(own, "body", "formData")),
    ),
    ("OperationParametersContainMultipleBodyParameters", _of_operation(lambda own: len(_inputs(own, "body")) > 1)),
    (
        "ParameterListContainsFormDataAndBody",
        _of_operation(lambda own: _inputs(own, "body") and _inputs(own, "formData")),
    ),
    (
        "OperationParametersContainDuplicateParameter",
        _of_operation(lambda own: repeats((item.name, item.place) for item in own.inputs)),
    ),
    ("ConsumesMissing", _of_operation(lambda own: _inputs(own, "body", "formData") and not own.consumes)),
    ("MimeTypeNotCompatibleWithRequestContentSchemaType", _of_operation(_no_form)),
    ("StringBinaryNotSupportedForFormUrlEncoded", _of_operation(_binary_in_form)),
    ("BodyParameterPropertyNotValid", _in_body(_NOT_IN_BODY)),
    ("DynamicExtensionDefinitionNotAllowedInParameter", _in_body(frozenset(DYNAMIC))),
)
