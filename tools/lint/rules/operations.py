"""Rules of operations: ids, revisions, responses."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from tools.lint.condition import Check
from tools.lint.document import Node, Object, Path, mapping, string, texts
from tools.lint.grammar import AGENTIC
from tools.lint.rule import Checks, repeats, whole

_NO_CONTENT = frozenset({"202", "204", "205"})
_REVISION = "x-ms-api-annotation"


def _repeated(key: Callable[[str], str], but: Callable[[str], str] = lambda _: "") -> Check:
    """The check for ids that are equal under `key` and, if given, not under `but`."""

    def check(node: Node) -> Iterator[Path]:
        seen: dict[str, set[str]] = defaultdict(set)
        for operation in node.document.operations:
            name, other = key(operation.id), but(operation.id)
            if name and seen[name] and (not other or other not in seen[name]):
                yield (*operation.node.path, "operationId")
            seen[name].add(other)

    return check


def _sanitized(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", name).casefold()


def _statuses(node: Node) -> dict[str, Object]:
    rows = ((status, value) for status, value in node.child("responses").items() if not status.startswith("x-"))
    return {status: node.document.resolve(value) for status, value in rows if isinstance(value, dict)}


def _with_schema(node: Node) -> set[str]:
    return {status for status, response in _statuses(node).items() if "schema" in response}


def _no_success(node: Node) -> bool:
    statuses = node.child("responses")
    return bool(statuses) and not any(status.startswith("2") for status in statuses)


def _schema_elsewhere(node: Node) -> bool:
    """Whether there is no schema on 200 or 201. Webhooks, MCP, internal operations and empty responses need none."""
    path = mapping(node.document.at(node.path[:2]))
    is_special = "x-ms-notification-content" in path or AGENTIC in node.value
    successes = {status for status in _statuses(node) if status.startswith("2")}
    shown = _with_schema(node)
    says_nothing = successes <= _NO_CONTENT and not shown & successes
    hidden = is_special or node.text("x-ms-visibility") == "internal" or says_nothing
    return not hidden and not {"200", "201"} & shown


def _is_empty(node: Node) -> bool:
    schema = node.value.get("schema")
    if not isinstance(schema, dict) or any(key in ("$ref", "allOf") or "x-ms-dynamic" in key for key in schema):
        return False
    is_object = schema.get("type", "object") == "object"
    return is_object and not schema.get("properties") and not schema.get("additionalProperties")


def _odd_example(node: Node) -> Iterator[Path]:
    produced = texts(node.value.get("produces")) or texts(node.document.root.get("produces"))
    for status in _statuses(node):
        examples = mapping(mapping(node.child("responses").get(status)).get("examples"))
        yield from (("responses", status, "examples", name) for name in examples if name not in produced)


def _no_revision_suffix(node: Node) -> bool:
    revision = node.child(_REVISION).get("revision")
    return isinstance(revision, int) and revision > 1 and not node.text("operationId").endswith(f"V{revision}")


def _surplus(group: Callable[[Node], str], most: int) -> Check:
    """The check for more than `most` operations of one family in one group; `""` is no group."""

    def check(node: Node) -> Iterator[Path]:
        counts = Counter[tuple[str, str]]()
        for operation in (one.node for one in node.document.operations):
            key = string(operation.child(_REVISION).get("family")), group(operation)
            counts[key] += 1
            if all(key) and counts[key] > most:
                yield operation.path

    return check


def _active(operation: Node) -> str:
    return "" if operation.value.get("deprecated") is True else "active"


def _in_production(operation: Node) -> str:
    return _active(operation) if operation.child(_REVISION).get("status") == "Production" else ""


def _revision(operation: Node) -> str:
    return str(operation.child(_REVISION).get("revision", ""))


def _without_revision(operation: Node) -> str:
    return "" if "revision" in operation.child(_REVISION) else "none"


def _status_ahead(node: Node) -> bool:
    connector = mapping(mapping(node.document.root.get("info")).get(_REVISION)).get("status")
    return connector == "Preview" and node.child(_REVISION).get("status") == "Production"


CHECKS: Checks = (
    ("OperationIdNotUnique", _repeated(str.casefold)),
    ("OperationIdsCollide", _repeated(_sanitized, str.casefold)),
    ("OperationShouldHaveSuccessfulResponse", whole(_no_success, "responses")),
    ("DefaultResponseHasSchema", lambda node: [("responses", "default")] if "default" in _with_schema(node) else []),
    ("OperationHasManyResponsesWithSchema", whole(lambda node: len(_with_schema(node) - {"default"}) > 1, "responses")),
    ("SchemaDefinitionSetIncorrectly", whole(_schema_elsewhere, "responses")),
    ("ResponseSchemaEmpty", whole(_is_empty, "schema")),
    ("ResponseExampleMustBeProducedByOperation", _odd_example),
    ("ResponseHeadersAreNotUnique", whole(lambda node: repeats(map(str.casefold, node.child("headers"))), "headers")),
    ("OperationIdShouldEndWithRevision", whole(_no_revision_suffix, "operationId")),
    ("OperationFamilyHasManyActiveOperations", _surplus(_active, 2)),
    ("OperationFamilyHasManyActiveProductionOperations", _surplus(_in_production, 1)),
    ("OperationFamilyHasDuplicateRevisions", _surplus(_revision, 1)),
    ("OperationFamilyHasManyEmptyRevisions", _surplus(_without_revision, 1)),
    ("OperationStatusAheadOfConnector", whole(_status_ahead, _REVISION)),
)
