"""Rules of operations: identity, versions, answers."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from tools.lint.document import Node, Object, Operation, Path, mapping, string, texts
from tools.lint.rule import Rule, Severity, wrong

MAX_OPERATION_ID = 80
_STATUS = re.compile(r"[1-5][0-9]{2}|default")
_NO_CONTENT = frozenset({"202", "204", "205"})


def _not_unique(node: Node) -> Iterator[Path]:
    seen: set[str] = set()
    for operation in node.document.operations:
        name = operation.id.casefold()
        if name and name in seen:
            yield (*operation.node.path, "operationId")
        seen.add(name)


def _statuses(node: Node) -> dict[str, Object]:
    responses = node.child("responses").items()
    return {
        status: node.document.resolve(value)
        for status, value in responses
        if isinstance(value, dict) and not status.startswith("x-")
    }


def _odd_status(node: Node) -> Iterator[Path]:
    yield from (("responses", status) for status in _statuses(node) if not _STATUS.fullmatch(status))


def _no_success(node: Node) -> Iterator[Path]:
    statuses = node.child("responses")
    if statuses and not any(status.startswith("2") for status in statuses):
        yield ("responses",)


def _with_schema(node: Node) -> list[str]:
    return [status for status, response in _statuses(node).items() if "schema" in response]


def _default_schema(node: Node) -> Iterator[Path]:
    if "default" in _with_schema(node):
        yield ("responses", "default")


def _many_schemas(node: Node) -> Iterator[Path]:
    if len([status for status in _with_schema(node) if status != "default"]) > 1:
        yield ("responses",)


def _schema_elsewhere(node: Node) -> Iterator[Path]:
    """An answer that designers can show: not for webhooks and MCP, nor where there is nothing to show."""
    path = mapping(node.document.at(node.path[:2]))
    is_special = "x-ms-notification-content" in path or "x-ms-agentic-protocol" in node.value
    successes = {status for status in _statuses(node) if status.startswith("2")}
    shown = set(_with_schema(node))
    says_nothing = successes <= _NO_CONTENT and not shown & successes
    if is_special or node.text("x-ms-visibility") == "internal" or says_nothing:
        return
    if not {"200", "201"} & shown:
        yield ("responses",)


def _is_empty(schema: Object) -> bool:
    if any(key.startswith("x-ms-dynamic") for key in schema) or "$ref" in schema or "allOf" in schema:
        return False
    is_object = schema.get("type", "object") == "object"
    return is_object and not schema.get("properties") and not schema.get("additionalProperties")


def _empty_schema(node: Node) -> Iterator[Path]:
    schema = node.value.get("schema")
    if isinstance(schema, dict) and _is_empty(schema):
        yield ("schema",)


def _odd_example(node: Node) -> Iterator[Path]:
    produced = texts(node.value.get("produces")) or texts(node.document.root.get("produces"))
    for status in _statuses(node):
        for mime_type in mapping(mapping(node.child("responses").get(status)).get("examples")):
            if mime_type not in produced:
                yield ("responses", status, "examples", mime_type)


def _annotation(node: Node) -> Object:
    return node.child("x-ms-api-annotation")


def _replacement(node: Node) -> Object:
    return mapping(_annotation(node).get("replacement"))


def _replaces_nothing(node: Node) -> Iterator[Path]:
    if _replacement(node) and node.value.get("deprecated") is not True:
        yield ("x-ms-api-annotation", "replacement")


def _replacement_without_api(node: Node) -> Iterator[Path]:
    if _replacement(node) and not _replacement(node).get("api"):
        yield ("x-ms-api-annotation", "replacement")


def _replacement_without_operation(node: Node) -> Iterator[Path]:
    if _replacement(node) and not _replacement(node).get("operationId"):
        yield ("x-ms-api-annotation", "replacement")


def _no_revision_suffix(node: Node) -> Iterator[Path]:
    revision = _annotation(node).get("revision")
    if isinstance(revision, int) and revision > 1 and not node.text("operationId").endswith(f"V{revision}"):
        yield ("operationId",)


def _families(node: Node) -> dict[str, list[Operation]]:
    found: dict[str, list[Operation]] = defaultdict(list)
    for operation in node.document.operations:
        if family := string(_annotation(operation.node).get("family")):
            found[family].append(operation)
    return found


def _many_active(node: Node) -> Iterator[Path]:
    for members in _families(node).values():
        active = [operation for operation in members if operation.node.value.get("deprecated") is not True]
        yield from (operation.node.path for operation in active[2:])


def _same_revision(node: Node) -> Iterator[Path]:
    for members in _families(node).values():
        counts = Counter(str(_annotation(operation.node).get("revision")) for operation in members)
        for operation in members[1:]:
            if counts[str(_annotation(operation.node).get("revision"))] > 1:
                yield (*operation.node.path, "x-ms-api-annotation")


def _next_link(node: Node) -> Iterator[Path]:
    link = node.child("x-ms-pageable").get("nextLinkName")
    if "x-ms-pageable" in node.value and link not in ("nextLink", "@odata.nextLink"):
        yield ("x-ms-pageable",)


RULES = (
    Rule(
        "OperationIdRequired",
        Severity.ERROR,
        "operation",
        lambda node: [] if node.text("operationId") else [()],
        "Give the operation an operationId in PascalCase, such as GetProfile.",
    ),
    Rule("OperationIdNotUnique", Severity.ERROR, "document", _not_unique, "Give each operation an id of its own."),
    Rule(
        "OperationIdSanitized",
        Severity.ERROR,
        "operation",
        wrong("operationId", lambda text: text and not (text.isascii() and text.isalnum())),
        "Use only letters and digits in an operationId.",
    ),
    Rule(
        "OperationIdNotPascalCase",
        Severity.WARNING,
        "operation",
        wrong("operationId", lambda text: text[:1].isalpha() and not text[0].isupper()),
        "Begin the operationId with a capital, as in GetProfile.",
    ),
    Rule(
        "OperationIdTooLong",
        Severity.WARNING,
        "operation",
        wrong("operationId", lambda text: len(text) > MAX_OPERATION_ID),
        f"Shorten it: the exact limit is not published; {MAX_OPERATION_ID} characters are what API Management takes.",
    ),
    Rule(
        "OperationMustHaveResponse",
        Severity.ERROR,
        "operation",
        lambda node: [] if node.value.get("responses") else [()],
        "Describe at least the answer 200.",
    ),
    Rule(
        "OperationShouldHaveSuccessfulResponse",
        Severity.ERROR,
        "operation",
        _no_success,
        "Describe a successful answer, usually 200; default alone is not enough.",
    ),
    Rule(
        "ResponseMustBeDefaultOrHttpStatusCode",
        Severity.ERROR,
        "operation",
        _odd_status,
        'Name an answer by its HTTP status, such as "404", or by "default".',
    ),
    Rule(
        "DefaultResponseHasSchema",
        Severity.ERROR,
        "operation",
        _default_schema,
        "Remove the schema from the default answer; give it to 200.",
    ),
    Rule(
        "OperationHasManyResponsesWithSchema",
        Severity.ERROR,
        "operation",
        _many_schemas,
        "Keep one schema, on 200: designers use only one. Describe the other answers in words.",
    ),
    Rule(
        "SchemaDefinitionSetIncorrectly",
        Severity.WARNING,
        "operation",
        _schema_elsewhere,
        "Give the answer 200 (or 201) a schema, or its fields cannot be picked in a designer.",
    ),
    Rule(
        "ResponseSchemaEmpty",
        Severity.WARNING,
        "response",
        _empty_schema,
        "List the fields of the answer, or remove the schema.",
    ),
    Rule(
        "ResponseExampleMustBeProducedByOperation",
        Severity.ERROR,
        "operation",
        _odd_example,
        "Name the example by a MIME type that the operation produces.",
    ),
    Rule(
        "ApiAnnotationExtensionReplacementInfoForNonDeprecatedOperations",
        Severity.ERROR,
        "operation",
        _replaces_nothing,
        "Set deprecated to true, or remove the replacement.",
    ),
    Rule(
        "ApiAnnotationExtensionReplacementInfoMissingApiProperty",
        Severity.ERROR,
        "operation",
        _replacement_without_api,
        "Name the api of the replacement.",
    ),
    Rule(
        "ApiAnnotationExtensionReplacementInfoMissingOperationIdProperty",
        Severity.ERROR,
        "operation",
        _replacement_without_operation,
        "Name the operationId of the replacement.",
    ),
    Rule(
        "OperationIdShouldEndWithRevision",
        Severity.WARNING,
        "operation",
        _no_revision_suffix,
        "End the operationId with its revision, as in GetProfileV2.",
    ),
    Rule(
        "OperationFamilyHasManyActiveOperations",
        Severity.ERROR,
        "document",
        _many_active,
        "Mark older operations of the family as deprecated; at most two may be active.",
    ),
    Rule(
        "OperationFamilyHasDuplicateRevisions",
        Severity.ERROR,
        "document",
        _same_revision,
        "Give each operation of a family a revision of its own.",
    ),
    Rule(
        "InvalidNextLinkNameValue",
        Severity.ERROR,
        "operation",
        _next_link,
        "Set nextLinkName to nextLink or @odata.nextLink.",
    ),
)
