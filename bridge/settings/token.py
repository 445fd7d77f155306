"""The settings of a system's OAuth token endpoint."""

from __future__ import annotations

import re
from typing import get_args

from bridge.catalog import AssertionFormat, Defaults, Encoding, Target, TokenAuth
from bridge.settings.model import TokenSettings
from bridge.settings.reader import Reader

NAMES = (
    *("URL", "AUTH", "SCOPE", "EXTRA", "ENCODING", "DEFAULT_SECONDS"),
    *("ASSERTION", "HEADERS", "QUERY", "KEY_ID"),
)
"""Accepted but ignored if the path is `oauth`."""

RESERVED = frozenset({"grant_type", "assertion", "client_id", "client_secret", "scope"})
RESERVED_HEADERS = frozenset(
    {
        *("accept", "authorization", "content-length", "content-type", "content-encoding", "connection", "cookie"),
        *("expect", "host", "te", "trailer", "transfer-encoding", "upgrade", "x-cf-encoded-credentials"),
    }
)
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def read_token(system: Reader, defaults: Defaults, at: Target, *, needed: bool) -> TokenSettings | None:
    """None if the system has no token endpoint. `at` fills the templates in `defaults`, those of the system's kind."""
    group = system.group("TOKEN")
    default_url = at.expand(defaults.token_url) if defaults.token_url else None
    url = group.url("URL", default_url, need="The system's OAuth token endpoint" if needed else None)
    auth = group.choice("AUTH", get_args(TokenAuth), defaults.client_authentication)
    encoding = group.choice("ENCODING", get_args(Encoding), defaults.encoding)
    assertion = group.choice("ASSERTION", get_args(AssertionFormat), defaults.assertion)
    scope, key_id = group.text("SCOPE"), group.text("KEY_ID", limit=256)
    extra = {name: at.expand(text) for name, text in defaults.extra.items()} | group.mapping("EXTRA")
    headers, query = _headers(group), group.mapping("QUERY")
    seconds = group.number("DEFAULT_SECONDS", defaults.token_seconds, low=30, high=86_400)
    for name, found in (("EXTRA", extra), ("QUERY", query)):
        if reserved := sorted(RESERVED & set(found)):
            group.fault(name, f"sets {', '.join(reserved)}", "The bridge sets these fields itself; remove them")
    client_id = system.text("CLIENT_ID", need="The client id of the API client registered there" if url else None)
    client_secret = _client_secret(system, group, auth)
    if url is None or client_id is None:
        return None
    return TokenSettings(
        *(url, client_id, client_secret, auth, scope, extra, encoding, int(seconds)),
        assertion=assertion,
        headers=headers,
        query=query,
        key_id=key_id,
    )


def _client_secret(system: Reader, group: Reader, auth: str) -> str | None:
    client_secret = system.text("CLIENT_SECRET")
    if auth != "none" and client_secret is None and not system.has("CLIENT_SECRET"):
        system.fault("CLIENT_SECRET", f"is missing, but {group.prefix}AUTH is {auth}", "Set it, or AUTH to none")
    if auth == "none" and client_secret is not None:
        system.fault("CLIENT_SECRET", f"would never be sent: {group.prefix}AUTH is none", "Set AUTH to basic or post")
    return client_secret


def _headers(group: Reader) -> dict[str, str]:
    """Further headers of the token request: names as in RFC 9110, values in ASCII, and none that the bridge sets."""
    headers = group.mapping("HEADERS")
    if reserved := sorted(name for name in headers if name.lower() in RESERVED_HEADERS):
        group.fault("HEADERS", f"sets {', '.join(reserved)}", "The bridge sets these headers itself; remove them")
    if not all(_HEADER.fullmatch(name) and text.isascii() and text == text.strip() for name, text in headers.items()):
        group.fault("HEADERS", "has a name or a text that no HTTP header can have", "Use ASCII letters and digits")
    return headers
