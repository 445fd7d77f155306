"""Rules of parameters and of the references that stand for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tools.lint.document import Node, Object, Operation
from tools.lint.grammar import DYNAMIC, REFERABLE, words
from tools.lint.rule import Check, Checks, text, whole

_COLLECTION_FORMATS = ("csv", "ssv", "tsv", "pipes", "multi")
_RESERVED_HEADERS = frozenset(("authorization", "host", "content-length", "connection"))
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_NOT_IN_BODY = frozenset(
    words(
        "type format items collectionFormat default enum pattern maximum minimum exclusiveMaximum "
        "exclusiveMinimum maxLength minLength maxItems minItems uniqueItems multipleOf allowEmptyValue"
    )
)


def _at(*places: str) -> Callable[[Node], bool]:
    return lambda node: node.text("in") in places


_in_body, _in_form, _in_path = _at("body"), _at("formData"), _at("path")
_in_query, _elsewhere = _at("query"), _at("query", "header", "path", "formData")


def _of_operation(is_wrong: Callable[[Operation], object]) -> Check:
    return whole(lambda node: node.operation is not None and is_wrong(node.operation), "parameters")


def _inputs(operation: Operation, *places: str) -> list[Object]:
    return [item.value for item in operation.inputs if item.place in places]


def _repeated(operation: Operation) -> bool:
    return len({(item.name, item.place) for item in operation.inputs}) < len(operation.inputs)


def _mime_types(operation: Operation) -> set[str]:
    return {item.partition(";")[0].strip().lower() for item in operation.consumes}


def _no_form(operation: Operation) -> bool:
    fields, given = _inputs(operation, "formData"), _mime_types(operation)
    has_file = any(field.get("type") == "file" for field in fields)
    return bool(fields and given) and not given & set(_FORMS[:1] if has_file else _FORMS)


def _binary_in_form(operation: Operation) -> bool:
    fields = _inputs(operation, "formData")
    return _mime_types(operation) == {_FORMS[1]} and any(field.get("format") == "binary" for field in fields)


def _is_reserved(node: Node) -> bool:
    return node.text("in") == "header" and node.text("name").casefold() in _RESERVED_HEADERS


def _is_internal(node: Node) -> bool:
    return node.text("x-ms-visibility").casefold() == "internal"


def _is_required(node: Node) -> bool:
    return node.value.get("required") is True


def _internal_without_default(node: Node) -> bool:
    return _is_internal(node) and _is_required(node) and "default" not in node.value and not _in_body(node)


def _internal_optional(node: Node) -> bool:
    return _is_internal(node) and "default" in node.value and not _is_required(node)


def _keys(is_odd: Callable[[Node], bool], keys: frozenset[str]) -> Check:
    return lambda node: [(key,) for key in node.value if key in keys] if is_odd(node) else []


def _reference_checks(kind: str, folder: str) -> Iterator[tuple[str, Check]]:
    """The three checks of a `$ref`: its form, its target, and that its target is no reference itself."""
    prefix = f"#/{folder}/"

    def is_formed(node: Node) -> bool:
        name = node.text("$ref").removeprefix(prefix)
        return node.text("$ref").startswith(prefix) and bool(name) and "/" not in name

    def of_kind(is_wrong: Callable[[Node], object]) -> Check:
        return whole(lambda node: node.stands_for == kind and is_wrong(node), "$ref")

    name = kind.capitalize()
    yield f"{name}ReferenceNotValid", of_kind(lambda node: not is_formed(node))
    yield (
        f"{name}ReferenceNotFound",
        of_kind(lambda node: is_formed(node) and not node.document.has(folder, node.text("$ref"))),
    )
    yield (f"{name}RefLoopNotAllowed", of_kind(lambda node: node.path[:1] == (folder,) and len(node.path) == 2))


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
    ("OperationParametersContainDuplicateParameter", _of_operation(_repeated)),
    ("ConsumesMissing", _of_operation(lambda own: _inputs(own, "body", "formData") and not own.consumes)),
    ("MimeTypeNotCompatibleWithRequestContentSchemaType", _of_operation(_no_form)),
    ("StringBinaryNotSupportedForFormUrlEncoded", _of_operation(_binary_in_form)),
    ("ReservedParameterIsUsed", whole(_is_reserved, "name")),
    ("ConnectionIdParameterNotAllowed", text("name", lambda name: name == "connectionId")),
    ("InvalidFormDataParameterName", whole(lambda node: _in_form(node) and not node.text("name").isascii(), "name")),
    ("PathParameterMustBeRequired", whole(lambda node: _in_path(node) and not _is_required(node))),
    ("PathParameterMissingEncoding", whole(lambda node: _in_path(node) and "x-ms-url-encoding" not in node.value)),
    (
        "QueryParameterEncodingNotSupported",
        whole(lambda node: _in_query(node) and "x-ms-url-encoding" in node.value, "x-ms-url-encoding"),
    ),
    ("BodyParameterSchemaRequired", whole(lambda node: _in_body(node) and "schema" not in node.value)),
    ("NonBodyParameterSchemaNotValid", whole(lambda node: _elsewhere(node) and "schema" in node.value, "schema")),
    ("BodyParameterPropertyNotValid", _keys(_in_body, _NOT_IN_BODY)),
    ("DynamicExtensionDefinitionNotAllowedInParameter", _keys(_in_body, frozenset(DYNAMIC))),
    ("FileParameterMustBeInFormData", whole(lambda node: node.text("type") == "file" and not _in_form(node), "type")),
    (
        "AllowEmptyValueOnlyValidForQueryFormData",
        whole(
            lambda node: node.value.get("allowEmptyValue") is True and not (_in_query(node) or _in_form(node)),
            "allowEmptyValue",
        ),
    ),
    ("CollectionFormatValueNotSupported", text("collectionFormat", lambda value: value not in _COLLECTION_FORMATS)),
    ("InternalParameterNeedsDefault", whole(_internal_without_default)),
    ("InternalPropertyWithDefaultOptional", whole(_internal_optional)),
)
