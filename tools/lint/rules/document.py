"""Rules of the definition as a whole: host, contact, categories, connection test, security."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from tools.lint.document import Input, Node, Path, mapping, string, texts
from tools.lint.grammar import CATEGORIES
from tools.lint.rule import Checks, repeats, text, whole

MAX_OPERATIONS = 256
_MARKER = re.compile(r"[<\[{(]{2}|<[^>]+>|\byour[-_ ](?:bridge|client|tenant)\b", re.IGNORECASE)
_RESERVED_HOST = re.compile(r"(?:^|\.)(?:example(?:\.(?:com|net|org))?|invalid|test)$", re.IGNORECASE)
_RESERVED_ID = re.compile(r"0{8}-(?:0{4}-){3}0{11}[0-9a-f]|([0-9a-f])\1{7}-(?:\1{4}-){3}\1{12}", re.IGNORECASE)
_REQUIRED_METADATA = frozenset({"Website", "Privacy policy", "Categories"})
_SCHEME_KEYS = {
    "basic": ((), ()),
    "apiKey": (("name", "in"), ()),
    "oauth2": (("flow", "scopes"), ("authorizationUrl", "tokenUrl")),
}
_NO_SCOPES = ("basic", "apiKey")


def is_marker(value: str) -> bool:
    """Whether a text describes the value that belongs in its place, as in `<client id>` or `[[DUMMY]]`."""
    return _MARKER.search(value) is not None


def is_reserved(value: str) -> bool:
    """Whether a host, an id or a URL is reserved: a domain of RFC 2606, or a GUID of zeros or of one digit."""
    return (_RESERVED_ID.search(value) or _RESERVED_HOST.search(host_of(value))) is not None


def is_placeholder(value: str) -> bool:
    """Whether a text is a placeholder for a host, an id or a URL."""
    return is_marker(value) or is_reserved(value)


def host_of(value: str) -> str:
    """The host of a URL or of an authority such as `name:443`; empty if there is none."""
    try:
        return (urlsplit(value if "//" in value else f"//{value}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_unreachable(host: str) -> bool:
    name = host_of(host)
    try:
        return not ipaddress.ip_address(name).is_global
    except ValueError:
        return name == "localhost" or name.endswith((".localhost", ".local", ".internal", ".lan", ".home.arpa"))


def is_invalid_url(url: str) -> bool:
    """Whether a text is not an absolute HTTP URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return True
    return parts.scheme.lower() not in ("http", "https") or not parts.hostname or " " in url.strip()


def _invalid_metadata_url(node: Node) -> bool:
    return node.text("propertyName") in ("Website", "Privacy policy") and is_invalid_url(node.text("propertyValue"))


def _categories(node: Node) -> list[str]:
    named = node.text("propertyName") == "Categories"
    return [part.strip() for part in node.text("propertyValue").split(";") if part.strip()] if named else []


def _metadata_missing(node: Node) -> object:
    rows = node.array("x-ms-connector-metadata")
    return _REQUIRED_METADATA - {string(mapping(row).get("propertyName")) for row in rows}


def needs_a_value(item: Input) -> bool:
    """Whether a call fails without this input: it is required and has no default."""
    return item.value.get("required") is True and "default" not in item.value


def _connection_test(node: Node) -> Iterator[Path]:
    test = mapping(node.child("x-ms-capabilities").get("testConnection"))
    operation = node.document.operation_by_id.get(string(test.get("operationId")))
    given = mapping(test.get("parameters"))
    missing = [item for item in operation.inputs if needs_a_value(item) and item.name not in given] if operation else []
    if missing or (operation and operation.method != "get"):
        yield ("x-ms-capabilities", "testConnection")


def _requirements(node: Node) -> Iterator[tuple[Path, object, dict[str, object]]]:
    """Each security requirement: its path, its scopes, and its definition (empty if there is none)."""
    defined = mapping(node.document.root.get("securityDefinitions"))
    for index, requirement in enumerate(node.array("security")):
        for name, scopes in mapping(requirement).items():
            yield ("security", index, name), scopes, mapping(defined.get(name))


def _unknown_scope(node: Node) -> Iterator[Path]:
    for path, scopes, one in _requirements(node):
        if one.get("type") == "oauth2" and not mapping(one.get("scopes")).keys() >= set(texts(scopes)):
            yield path


def _is_incomplete_scheme(node: Node) -> bool:
    needed, urls = _SCHEME_KEYS.get(node.text("type"), ((), ()))
    return any(key not in node.value for key in needed + (urls if node.text("flow") == "accessCode" else ()))


def _keys_of_other_schemes(node: Node) -> Iterator[Path]:
    others = {key for kind, keys in _SCHEME_KEYS.items() if kind != node.text("type") for key in (*keys[0], *keys[1])}
    yield from ((key,) for key in node.value if node.text("type") in _SCHEME_KEYS and key in others)


CHECKS: Checks = (
    ("HostUnreachable", text("host", _is_unreachable)),
    ("PlaceholderInFile", text("host", is_marker)),
    (
        "TotalOperationsCountExceedsMaxAllowed",
        whole(lambda node: len(node.document.operations) > MAX_OPERATIONS, "paths"),
    ),
    ("ConnectorMetadataPropertiesMissing", whole(_metadata_missing)),
    ("InvalidConnectorCategory", whole(lambda node: not CATEGORIES.issuperset(_categories(node)), "propertyValue")),
    ("TooManyConnectorCategories", whole(lambda node: len(_categories(node)) > 2, "propertyValue")),
    ("UrlNotValid", text("url", is_invalid_url)),
    ("UrlNotValid", whole(_invalid_metadata_url, "propertyValue")),
    ("TagRedefined", whole(lambda node: repeats(str(mapping(tag).get("name")) for tag in node.array("tags")), "tags")),
    ("TestConnectionNotValid", _connection_test),
    ("SecurityRequirementMustBeDefined", lambda node: [path for path, _, one in _requirements(node) if not one]),
    (
        "SecurityRequirementMustHaveValue",
        lambda node: [path for path, scopes, _ in _requirements(node) if not isinstance(scopes, list)],
    ),
    (
        "SecurityRequirementMustHaveEmptyValue",
        lambda node: [path for path, scopes, one in _requirements(node) if scopes and one.get("type") in _NO_SCOPES],
    ),
    ("OAuthSecurityRequirementValueMustBeScopeName", _unknown_scope),
    ("SecuritySchemePropertyRequired", whole(_is_incomplete_scheme)),
    ("SecuritySchemePropertyNotValid", _keys_of_other_schemes),
    *(("SecurityUrlNotValid", text(key, is_invalid_url)) for key in ("authorizationUrl", "tokenUrl")),
)
