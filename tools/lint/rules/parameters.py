"""Rules of parameters and of references."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tools.lint.condition import Check
from tools.lint.document import Node, Object, Operation, mapping
from tools.lint.grammar import REFERABLE
from tools.lint.rule import Checks, of_operation, repeats, whole

_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


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


_OF_OPERATIONS: dict[str, Callable[[Operation], object]] = {
    "BodyOrFormDataParameterInFetchOperationNotAllowed": lambda own: (
        own.method == "get" and _inputs(own, "body", "formData")
    ),
    "OperationParametersContainMultipleBodyParameters": lambda own: len(_inputs(own, "body")) > 1,
    "ParameterListContainsFormDataAndBody": lambda own: _inputs(own, "body") and _inputs(own, "formData"),
    "OperationParametersContainDuplicateParameter": lambda own: repeats((one.name, one.place) for one in own.inputs),
    "ConsumesMissing": lambda own: _inputs(own, "body", "formData") and not own.consumes,
    "MimeTypeNotCompatibleWithRequestContentSchemaType": _no_form,
    "StringBinaryNotSupportedForFormUrlEncoded": _binary_in_form,
}


def _reference_checks(kind: str, folder: str) -> Iterator[tuple[str, Check]]:
    """The three checks of a `$ref`: its form, its target, and that no definition is only a reference."""

    def name_of(node: Node) -> str:
        """The name that the reference gives; empty if it has another form."""
        start, _, name = node.text("$ref").rpartition("/")
        return name if start == f"#/{folder}" else ""

    def of_kind(is_wrong: Callable[[Node], object]) -> Check:
        return whole(lambda node: node.target_kind == kind and is_wrong(node), "$ref")

    def is_lost(node: Node) -> bool:
        return bool(name_of(node)) and name_of(node) not in mapping(node.document.root.get(folder))

    rule = kind.capitalize()
    yield f"{rule}ReferenceNotValid", of_kind(lambda node: not name_of(node))
    yield f"{rule}ReferenceNotFound", of_kind(is_lost)
    yield f"{rule}RefLoopNotAllowed", of_kind(lambda node: node.path[:1] == (folder,) and len(node.path) == 2)


CHECKS: Checks = (
    *(check for kind, folder in REFERABLE.items() for check in _reference_checks(kind, folder)),
    ("AdditionalPropertyNotAllowedAdjacentToRef", lambda node: [(key,) for key in node.value if key != "$ref"]),
    *((rule, of_operation(is_wrong, "parameters")) for rule, is_wrong in _OF_OPERATIONS.items()),
)
