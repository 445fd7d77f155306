"""The settings of a system's OAuth token endpoint."""

from __future__ import annotations

from bridge.catalog import Defaults
from bridge.settings.model import ENCODINGS, TOKEN_AUTHS, TokenSettings
from bridge.settings.reader import Reader

RESERVED = frozenset({"grant_type", "assertion", "client_id", "client_secret", "scope"})


def read_token(system: Reader, defaults: Defaults, default_url: str | None, *, needed: bool) -> TokenSettings | None:
    """None if the system has no token endpoint. `system` is the system's group."""
    group = system.group("TOKEN")
    url = group.url("URL", default_url, need="The system's OAuth token endpoint" if needed else None)
    auth = group.choice("AUTH", TOKEN_AUTHS, "none")
    encoding = group.choice("ENCODING", ENCODINGS, defaults.encoding)
    scope = group.text("SCOPE")
    extra = group.mapping("EXTRA")
    seconds = group.number("DEFAULT_SECONDS", defaults.token_seconds, low=30, high=86_400)
    client_secret = system.text("CLIENT_SECRET")
    client_id = system.text("CLIENT_ID", need="The client id of the API client registered there" if url else None)
    if reserved := sorted(RESERVED & set(extra)):
        group.fault("EXTRA", f"sets {', '.join(reserved)}", "These fields are the bridge's own; remove them")
    if auth != "none" and client_secret is None and not system.has("CLIENT_SECRET"):
        system.fault("CLIENT_SECRET", f"is missing, but {group.prefix}AUTH is {auth}", "Set it, or AUTH to none")
    if auth == "none" and client_secret is not None:
        system.fault("CLIENT_SECRET", f"would never be sent: {group.prefix}AUTH is none", "Set AUTH to basic or post")
    if url is None or client_id is None:
        return None
    return TokenSettings(url, client_id, client_secret, auth, scope, extra, encoding, int(seconds))
