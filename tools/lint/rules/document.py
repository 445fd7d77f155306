"""Rules of the definition as a whole: version, host, contact, categories, connection test."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from tools.lint.document import Input, Node, Path, mapping, string
from tools.lint.grammar import CATEGORIES, MIME_TYPES
from tools.lint.rule import Check, Rule, Severity, wrong

MAX_OPERATIONS = 256
MAX_EMAIL = 254
_HOST = re.compile(r"[^{}/ :\\]+(?::\d+)?")
_EMAIL = re.compile(r"[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+")
_REQUIRED_METADATA = frozenset({"Website", "Privacy policy", "Categories"})


def members(key: str, is_wrong: Callable[[str], object]) -> Check:
    """The check for each text of an array."""

    def check(node: Node) -> Iterator[Path]:
        for index, item in enumerate(node.array(key)):
            if isinstance(item, str) and is_wrong(item):
                yield (key, index)

    return check


def _mime_types(node: Node) -> Iterator[Path]:
    for key in ("consumes", "produces"):
        yield from members(key, lambda item: item.partition(";")[0].strip().lower() not in MIME_TYPES)(node)


def _version(node: Node) -> Iterator[Path]:
    if node.value.get("swagger") != "2.0":
        yield ("swagger",)


def _too_many_operations(node: Node) -> Iterator[Path]:
    if len(node.document.operations) > MAX_OPERATIONS:
        yield ("paths",)


def is_no_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return True
    return parts.scheme not in ("http", "https") or not parts.hostname or " " in url


def _metadata_url(node: Node) -> Iterator[Path]:
    if node.text("propertyName") in ("Website", "Privacy policy") and is_no_url(node.text("propertyValue")):
        yield ("propertyValue",)


def _categories(node: Node) -> list[str]:
    named = node.text("propertyName") == "Categories"
    return [part.strip() for part in node.text("propertyValue").split(";") if part.strip()] if named else []


def _invalid_category(node: Node) -> Iterator[Path]:
    if any(category not in CATEGORIES for category in _categories(node)):
        yield ("propertyValue",)


def _too_many_categories(node: Node) -> Iterator[Path]:
    if len(_categories(node)) > 2:
        yield ("propertyValue",)


def _metadata_missing(node: Node) -> Iterator[Path]:
    rows = node.array("x-ms-connector-metadata")
    if _REQUIRED_METADATA - {string(mapping(row).get("propertyName")) for row in rows}:
        yield ()


def _contact_missing(node: Node) -> Iterator[Path]:
    if not {"name", "url", "email"} <= node.child("contact").keys():
        yield ()


def _tag_redefined(node: Node) -> Iterator[Path]:
    seen: set[str] = set()
    for index, tag in enumerate(node.array("tags")):
        name = string(mapping(tag).get("name"))
        if name in seen:
            yield ("tags", index)
        seen.add(name)


def needs_a_value(item: Input) -> bool:
    """Whether a call without this input fails."""
    return item.value.get("required") is True and "default" not in item.value


def _connection_test(node: Node) -> Iterator[Path]:
    test = mapping(node.child("x-ms-capabilities").get("testConnection"))
    operation = node.document.operation_by_id.get(string(test.get("operationId")))
    given = mapping(test.get("parameters"))
    if operation and (
        operation.method != "get" or any(needs_a_value(item) and item.name not in given for item in operation.inputs)
    ):
        yield ("x-ms-capabilities", "testConnection")


def _connection_test_missing(node: Node) -> Iterator[Path]:
    if "testConnection" not in node.child("x-ms-capabilities"):
        yield ()


VERSION_RULES = (
    Rule(
        "SpecificationVersionIncorrect",
        Severity.ERROR,
        "document",
        _version,
        'Only OpenAPI 2.0 is imported from a file: set "swagger" to "2.0"; convert version 3 first.',
    ),
)
RULES = (
    *VERSION_RULES,
    Rule(
        "HostNameNotValid",
        Severity.ERROR,
        "document",
        wrong("host", lambda text: not _HOST.fullmatch(text)),
        "Give the host name alone, without https:// and without a path.",
    ),
    Rule(
        "BasePathNotValid",
        Severity.ERROR,
        "document",
        wrong("basePath", lambda text: not text.startswith("/")),
        "Let basePath begin with a slash.",
    ),
    Rule(
        "SchemesArrayEmpty",
        Severity.ERROR,
        "document operation",
        lambda node: [("schemes",)] if node.value.get("schemes") == [] else [],
        'Say ["https"], or leave schemes out.',
    ),
    Rule(
        "SchemeNotSupported",
        Severity.ERROR,
        "document operation",
        members("schemes", lambda item: item in ("ws", "wss")),
        "WebSocket is not supported; use https.",
    ),
    Rule(
        "SchemeNotValid",
        Severity.ERROR,
        "document operation",
        members("schemes", lambda item: item not in ("http", "https", "ws", "wss")),
        "Use https (or http).",
    ),
    Rule(
        "MimeTypeNotValid",
        Severity.WARNING,
        "document operation",
        _mime_types,
        f"Use one of {', '.join(MIME_TYPES)}.",
    ),
    Rule(
        "TotalOperationsCountExceedsMaxAllowed",
        Severity.ERROR,
        "document",
        _too_many_operations,
        f"Split the connector: a definition holds at most {MAX_OPERATIONS} operations.",
    ),
    Rule(
        "ConnectorMetadataPropertiesMissing",
        Severity.NOTICE,
        "document",
        _metadata_missing,
        "Before publishing, add x-ms-connector-metadata with Website, Privacy policy and Categories.",
    ),
    Rule(
        "InvalidConnectorCategory",
        Severity.WARNING,
        "metadata",
        _invalid_category,
        f"Use categories of Microsoft's list, separated by semicolons: {', '.join(CATEGORIES)}.",
    ),
    Rule(
        "TooManyConnectorCategories", Severity.WARNING, "metadata", _too_many_categories, "Name at most two categories."
    ),
    Rule(
        "ContactMissing",
        Severity.NOTICE,
        "info",
        _contact_missing,
        "Before publishing, add contact with name, url and email.",
    ),
    Rule(
        "ContactEmailNotValid",
        Severity.ERROR,
        "contact",
        wrong("email", lambda text: len(text) > MAX_EMAIL or not _EMAIL.fullmatch(text)),
        "Give one e-mail address in ASCII.",
    ),
    Rule(
        "UrlNotValid",
        Severity.ERROR,
        "contact license link metadata",
        lambda node: [*wrong("url", is_no_url)(node), *_metadata_url(node)],
        "Give an absolute URL that begins with https://.",
    ),
    Rule("TagRedefined", Severity.ERROR, "document", _tag_redefined, "Define each tag once."),
    Rule(
        "TestConnectionNotValid",
        Severity.ERROR,
        "document",
        _connection_test,
        "Let testConnection name a GET operation that needs no input, or give constants for its inputs.",
    ),
    Rule(
        "TestConnectionMissing",
        Severity.NOTICE,
        "document",
        _connection_test_missing,
        "Name a GET operation as x-ms-capabilities/testConnection, so that a connection can be tested.",
    ),
)
