"""Checks a connector's files offline: `apiDefinition.swagger.json` and `apiProperties.json`, told apart by content."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice

from tools.lint.document import Document, Node
from tools.lint.reading import Reading, Unreadable, read
from tools.lint.rule import Finding, Rule, Severity, pointer, shown
from tools.lint.rules import (
    document,
    dynamic,
    operations,
    parameters,
    paths,
    properties,
    schemas,
    security,
    shape,
    text,
    values,
)

MAX_FILE_BYTES = 1024 * 1024
MAX_FINDINGS = 1000

RULES: tuple[Rule, ...] = (
    *shape.RULES,
    *document.RULES,
    *security.RULES,
    *paths.RULES,
    *operations.RULES,
    *parameters.RULES,
    *values.RULES,
    *schemas.RULES,
    *dynamic.RULES,
    *text.RULES,
    *properties.RULES,
)


def _file_rule(name: str, fix: str) -> Rule:
    return Rule(name, Severity.ERROR, "", lambda node: (), fix)


JSON_NOT_VALID = _file_rule("JsonNotValid", "Correct the file; it cannot be read.")
FILE_TOO_LARGE = _file_rule("FileTooLarge", "Shorten it, or split the connector: a definition must be below 1 MB.")
PROPERTY_REPEATED = _file_rule(
    "PropertyRepeated", "Keep one: of a name that occurs twice in an object only the last counts."
)
COMMENT_IN_DEFINITION = _file_rule("CommentInDefinition", "Remove the comments: only apiProperties.json may have them.")
NO_CONNECTOR_FILE = _file_rule(
    "NotAConnectorFile", "Give a definition (with swagger and paths) or an apiProperties.json (with properties)."
)
FILE_RULES = (JSON_NOT_VALID, FILE_TOO_LARGE, PROPERTY_REPEATED, COMMENT_IN_DEFINITION, NO_CONNECTOR_FILE)


def check(data: bytes) -> list[Finding]:
    """All findings of one file, in the file's order; at most `MAX_FINDINGS`. Never raises for its content."""
    return list(islice(_findings(data), MAX_FINDINGS))


def _findings(data: bytes) -> Iterator[Finding]:
    try:
        reading = read(data)
    except Unreadable as error:
        yield Finding(JSON_NOT_VALID, "", str(error))
        return
    kind = _kind(reading.value)
    yield from _of_file(reading, kind)
    if kind is None or not isinstance(reading.value, dict):
        return
    if kind == "document" and reading.value.get("swagger") != "2.0":
        yield from _of_node(Node(kind, (), reading.value, Document(reading.value, kind)), document.VERSION_RULES)
        return
    yield from _of_document(Document(reading.value, kind))


def _kind(value: object) -> str | None:
    keys = value.keys() if isinstance(value, dict) else ()
    if any(key in keys for key in ("swagger", "openapi", "paths", "info")):
        return "document"
    return "apiProperties" if "properties" in keys else None


def _of_file(reading: Reading, kind: str | None) -> Iterator[Finding]:
    if kind is None:
        yield Finding(NO_CONNECTOR_FILE, "")
    if kind == "document" and reading.size > MAX_FILE_BYTES:
        yield Finding(FILE_TOO_LARGE, "", f"{reading.size:,} bytes")
    if kind == "document" and reading.has_comments:
        yield Finding(COMMENT_IN_DEFINITION, "")
    yield from (Finding(PROPERTY_REPEATED, "", shown(name)) for name in reading.repeated)


def _of_document(checked: Document) -> Iterator[Finding]:
    by_kind: dict[str, list[Rule]] = defaultdict(list)
    for rule in RULES:
        for kind in rule.on.split():
            by_kind[kind].append(rule)
    for node in checked.nodes:
        yield from _of_node(node, by_kind[node.kind])


def _of_node(node: Node, rules: list[Rule] | tuple[Rule, ...]) -> Iterator[Finding]:
    for rule in rules:
        for relative in rule.check(node):
            path = (*node.path, *relative)
            yield Finding(rule, pointer(path), shown(node.document.at(path)))
