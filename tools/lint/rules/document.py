"""Rules of the definition as a whole: version, host, contact, categories, connection test, security."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from tools.lint.document import Input, Node, Path, mapping, sequence, string, texts
from tools.lint.grammar import CATEGORIES, MIME_TYPES
from tools.lint.rule import Checks, member, text, whole

MAX_OPERATIONS = 256
MAX_EMAIL = 254
_HOST = re.compile(r"(?:[^{}/ :\\<>\[\]]+|\[[0-9a-fA-F:.]+\])(?::\d+)?|@environmentVariables\(.+\)")
_EMAIL = re.compile(r"[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+")
_MARKER = re.compile(r"[<\[{(]{2}|<[^>]+>|\byour[-_ ](?:bridge|client|tenant)\b", re.IGNORECASE)
_RESERVED_HOST = re.compile(r"(?:^|\.)(?:example(?:\.(?:com|net|org))?|invalid|test)$", re.IGNORECASE)
_RESERVED_ID = re.compile(r"0{8}-(?:0{4}-){3}0{11}[0-9a-f]|([0-9a-f])\1{7}-(?:\1{4}-){3}\1{12}", re.IGNORECASE)
_REQUIRED_METADATA = frozenset({"Website", "Privacy policy", "Categories"})
_SCHEME_KEYS = {
    "basic": ((), ()),
    "apiKey": (("name", "in"), ()),
    "oauth2": (("flow", "scopes"), ("authorizationUrl", "tokenUrl")),
}


def is_marker(value: str) -> bool:
    """Whether a text only says what belongs here, as in `<client id>` or `[[DUMMY]]`."""
    return _MARKER.search(value) is not None


def is_placeholder(value: str) -> bool:
    """Whether a host, an id or a URL is still to be given: a marker, a reserved name (RFC 2606), a reserved GUID."""
    is_reserved = _RESERVED_ID.search(value) or _RESERVED_HOST.search(_host_of(value))
    return is_marker(value) or is_reserved is not None


def _host_of(value: str) -> str:
    try:
        return (urlsplit(value if "//" in value else f"//{value}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_unreachable(host: str) -> bool:
    name = _host_of(host)
    try:
        return not ipaddress.ip_address(name).is_global
    except ValueError:
        return name == "localhost" or name.endswith((".localhost", ".local", ".internal", ".lan", ".home.arpa"))


def _is_label(host: str) -> bool:
    """Whether a host has no domain, as `none` that a policy replaces."""
    return bool(_HOST.fullmatch(host)) and not set(".:@") & set(host) and not _is_unreachable(host)


def is_no_url(url: str) -> bool:
    """Whether a text is no absolute HTTP address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return True
    return parts.scheme.lower() not in ("http", "https") or not parts.hostname or " " in url.strip()


def _metadata_url(node: Node) -> bool:
    return node.text("propertyName") in ("Website", "Privacy policy") and is_no_url(node.text("propertyValue"))


def _categories(node: Node) -> list[str]:
    named = node.text("propertyName") == "Categories"
    return [part.strip() for part in node.text("propertyValue").split(";") if part.strip()] if named else []


def _metadata_missing(node: Node) -> object:
    rows = node.array("x-ms-connector-metadata")
    return _REQUIRED_METADATA - {string(mapping(row).get("propertyName")) for row in rows}


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


def _connection_test(node: Node) -> bool:
    test = mapping(node.child("x-ms-capabilities").get("testConnection"))
    operation = node.document.operation_by_id.get(string(test.get("operationId")))
    given = mapping(test.get("parameters"))
    return operation is not None and (
        operation.method != "get" or any(needs_a_value(item) and item.name not in given for item in operation.inputs)
    )


def _is_beta(node: Node) -> bool:
    annotation = node.child("info").get("x-ms-api-annotation")
    is_beta = re.search(r"\b(?:beta|preview)\b", node.text("basePath"), re.IGNORECASE)
    return mapping(annotation).get("status") == "Production" and is_beta is not None


def _requirements(node: Node) -> Iterator[tuple[Path, object, dict[str, object]]]:
    """Each security requirement: place, scopes, and its definition (empty if there is none)."""
    defined = mapping(node.document.root.get("securityDefinitions"))
    for index, requirement in enumerate(node.array("security")):
        for name, scopes in mapping(requirement).items():
            yield ("security", index, name), scopes, mapping(defined.get(name))


def _scopes_without_oauth(node: Node) -> Iterator[Path]:
    rows = _requirements(node)
    yield from (path for path, scopes, one in rows if one.get("type", "oauth2") != "oauth2" and sequence(scopes))


def _unknown_scope(node: Node) -> Iterator[Path]:
    for path, scopes, one in _requirements(node):
        if one.get("type") == "oauth2" and not set(texts(scopes)) <= mapping(one.get("scopes")).keys():
            yield path


def _many(key: str) -> Checks:
    name = {"securityDefinitions": "SecurityDefinitionsMany", "security": "SecurityRequirementsMany"}[key]
    yield name, whole(lambda node: len(node.child(key)) + len(node.array(key)) > 1, key)


def _scheme_incomplete(node: Node) -> bool:
    needed, urls = _SCHEME_KEYS.get(node.text("type"), ((), ()))
    return any(key not in node.value for key in needed + (urls if node.text("flow") == "accessCode" else ()))


def _scheme_surplus(node: Node) -> Iterator[Path]:
    rows = _SCHEME_KEYS.get(node.text("type"))
    if rows is not None:
        others = {key for needed, urls in _SCHEME_KEYS.values() for key in (*needed, *urls)}
        yield from ((key,) for key in node.value if key in others - {*rows[0], *rows[1]})


def _not_a_mime_type(item: str) -> bool:
    return item.partition(";")[0].strip().lower() not in MIME_TYPES


CHECKS: Checks = (
    ("TitleOrVersionEmpty", text("title", lambda title: not title.strip())),
    ("TitleOrVersionEmpty", text("version", lambda version: not version.strip())),
    ("HostMissing", whole(lambda node: "host" not in node.value)),
    ("HostNotQualified", text("host", _is_label)),
    ("HostNameNotValid", text("host", lambda host: not _HOST.fullmatch(host))),
    ("HostUnreachable", text("host", _is_unreachable)),
    ("PlaceholderInFile", text("host", is_placeholder)),
    ("PlaceholderInFile", text("authorizationUrl", is_placeholder)),
    ("BasePathNotValid", text("basePath", lambda path: not path.startswith("/"))),
    ("SchemesArrayEmpty", whole(lambda node: node.value.get("schemes") == [], "schemes")),
    ("SchemeNotSupported", member("schemes", lambda item: item in ("ws", "wss"))),
    ("SchemeNotValid", member("schemes", lambda one: one not in ("http", "https", "ws", "wss"))),
    ("SchemeNotHttps", whole(lambda node: node.value.get("schemes") == ["http"], "schemes")),
    ("MimeTypeNotValid", member("consumes", _not_a_mime_type)),
    ("MimeTypeNotValid", member("produces", _not_a_mime_type)),
    (
        "TotalOperationsCountExceedsMaxAllowed",
        whole(lambda node: len(node.document.operations) > MAX_OPERATIONS, "paths"),
    ),
    ("ConnectorMetadataPropertiesMissing", whole(_metadata_missing)),
    ("InvalidConnectorCategory", whole(lambda node: not CATEGORIES.issuperset(_categories(node)), "propertyValue")),
    ("TooManyConnectorCategories", whole(lambda node: len(_categories(node)) > 2, "propertyValue")),
    ("ContactMissing", whole(lambda node: not {"name", "url", "email"} <= node.child("contact").keys())),
    ("ContactEmailNotValid", text("email", lambda value: len(value) > MAX_EMAIL or not _EMAIL.fullmatch(value))),
    ("UrlNotValid", text("url", is_no_url)),
    ("UrlNotValid", whole(_metadata_url, "propertyValue")),
    ("TagRedefined", _tag_redefined),
    ("TestConnectionNotValid", lambda node: [_TEST] if _connection_test(node) else []),
    ("TestConnectionMissing", whole(lambda node: "testConnection" not in node.child("x-ms-capabilities"))),
    ("ProductionStatusOnBetaService", whole(_is_beta, "info")),
    ("SecurityRequirementMustBeDefined", lambda node: [path for path, _, one in _requirements(node) if not one]),
    (
        "SecurityRequirementMustHaveValue",
        lambda node: [path for path, scopes, _ in _requirements(node) if not isinstance(scopes, list)],
    ),
    ("SecurityRequirementMustHaveEmptyValue", _scopes_without_oauth),
    ("OAuthSecurityRequirementValueMustBeScopeName", _unknown_scope),
    ("SecuritySchemePropertyRequired", whole(_scheme_incomplete)),
    ("SecuritySchemePropertyNotValid", _scheme_surplus),
    *(("SecurityUrlNotValid", text(key, is_no_url)) for key in ("authorizationUrl", "tokenUrl")),
    ("OAuthFlowNotSupported", text("flow", lambda flow: flow != "accessCode")),
    *_many("securityDefinitions"),
    *_many("security"),
)
_TEST: Path = ("x-ms-capabilities", "testConnection")
