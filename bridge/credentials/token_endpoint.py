"""The system's OAuth token endpoint with a SAML 2.0 assertion as the grant (RFC 7522 section 2.1)."""

from __future__ import annotations

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from urllib.parse import quote_plus, urlencode

from bridge.base.http_client import Client, HttpResponse, RequestNotSent, ResponseLost
from bridge.base.json_reader import json_object
from bridge.catalog import FaultRule
from bridge.errors import BridgeError, Forbidden, Misconfigured, TryLater
from bridge.settings import SystemSettings, TokenSettings
from bridge.trace import Trace

SAML2_BEARER = "urn:ietf:params:oauth:grant-type:saml2-bearer"
BEARER_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")

FIXES: Mapping[str, tuple[str, str]] = {
    "invalid_client": (
        "does not know the client, or its secret is wrong",
        "Compare CLIENT_ID (and CLIENT_SECRET, TOKEN__AUTH) with the API client registered there, and its grant type.",
    ),
    "unauthorized_client": (
        "does not let this client use SAML assertions",
        "Register the API client with the grant type SAML Bearer.",
    ),
    "unsupported_grant_type": (
        "does not take SAML assertions at this URL",
        "Compare TOKEN__URL, and the grant type of the API client registered there.",
    ),
    "invalid_scope": ("does not give this client that scope", "Compare TOKEN__SCOPE with the client's scopes there."),
    "invalid_grant": (
        "refused the assertion",
        "Compare issuer, certificate, audience and recipient with its SAML identity provider row, and the clocks. "
        "If it works for other people, this user is not known there.",
    ),
}
"""OAuth error (RFC 6749 section 5.2) → what the system did, and the fix for the operator."""


def exchange_assertion(
    assertion: bytes,
    system: SystemSettings,
    token: TokenSettings,
    *,
    faults: tuple[FaultRule, ...],
    trusted: bool,
    client: Client,
    trace: Trace,
) -> tuple[str, float]:
    """An access token for the assertion's subject, and its life in seconds.

    `trusted`: whether this system has taken assertions of the same settings before, so that a refusal points to the
    user. Raises `Forbidden` (`user_unknown_to_system`), `Misconfigured` or `TryLater`: nothing was done in any case.
    """
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
        **_authorization(token),
    }
    trace.exchanges += 1
    try:
        answer = client.send(
            "POST",
            token.url,
            deadline=trace.deadline,
            headers=headers,
            body=urlencode(_form(assertion, token)).encode(),
        )
    except (RequestNotSent, ResponseLost) as error:
        raise _later(system, f"{type(error).__name__} {error}") from None
    document = json_object(answer.body)
    if answer.status == 200 and document is not None:
        return _token(document, token, system)
    raise _refusal(answer, document, system, faults=faults, trusted=trusted)


def _form(assertion: bytes, token: TokenSettings) -> dict[str, str]:
    encode = urlsafe_b64encode if token.encoding == "base64url" else b64encode
    encoded = encode(assertion).decode()
    form = {
        "grant_type": SAML2_BEARER,
        "assertion": encoded.rstrip("=") if token.encoding == "base64url" else encoded,
        **token.extra,
    }
    if token.auth != "basic":
        form["client_id"] = token.client_id
    if token.auth == "post":
        form["client_secret"] = token.client_secret or ""
    if token.scope:
        form["scope"] = token.scope
    return form


def _authorization(token: TokenSettings) -> dict[str, str]:
    """HTTP Basic with both parts form-encoded first (RFC 6749 section 2.3.1)."""
    if token.auth != "basic":
        return {}
    pair = f"{quote_plus(token.client_id)}:{quote_plus(token.client_secret or '')}"
    return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def _token(document: Mapping[str, object], token: TokenSettings, system: SystemSettings) -> tuple[str, float]:
    value = document.get("access_token")
    kind = document.get("token_type", "Bearer")
    if not isinstance(value, str) or not BEARER_TOKEN.fullmatch(value) or str(kind).lower() != "bearer":
        raise _misconfigured(system, "answered 200 without a bearer token", "Compare TOKEN__URL.")
    lifetime = str(document.get("expires_in", ""))
    known = re.fullmatch(r"[0-9]{1,7}", lifetime) and int(lifetime) > 0
    return value, float(lifetime if known else token.default_seconds)


def _refusal(
    answer: HttpResponse,
    document: Mapping[str, object] | None,
    system: SystemSettings,
    *,
    faults: tuple[FaultRule, ...],
    trusted: bool,
) -> BridgeError:
    if answer.status == 429 or answer.status >= 500:
        return _later(system, f"status {answer.status}", answer.retry_after)
    if document is None or not isinstance(document.get("error"), str):
        return _misconfigured(
            system,
            f"answered {answer.status} {answer.media_type or 'without a type'} in place of JSON",
            "Usual causes: TOKEN__URL or TENANT is wrong (upper and lower case count), the issuer has no SAML identity "
            "provider row there, or a network policy keeps this address out.",
        )
    error, description = str(document["error"]), str(document.get("error_description", ""))[:2000]
    if error == "invalid_grant" and (trusted or _is_about_user(description, faults)):
        return Forbidden(
            "The business system does not know your account, or does not let it in.",
            code="user_unknown_to_system",
            hint="Ask its administrator whether your user name there is the one that your sign-in has.",
        )
    what, fix = FIXES.get(error, ("refused the request", "Compare the TOKEN__… settings with what it expects."))
    return _misconfigured(system, what, fix, error=error)


def _is_about_user(description: str, faults: tuple[FaultRule, ...]) -> bool:
    means = next((rule.means for rule in faults if rule.pattern.search(description)), None)
    return means == "user_unknown"


def _misconfigured(system: SystemSettings, what: str, fix: str, *, error: str | None = None) -> Misconfigured:
    named = f" ({error})" if error in FIXES else ""
    return Misconfigured(
        f"The token endpoint of {system.name} {what}{named}.",
        hint="Ask the administrator of the bridge: the fix is in its log and in `bridge check`.",
        operator=f"{system.setting('TOKEN__URL')}: it {what}{named}. {fix}",
    )


def _later(system: SystemSettings, why: str, retry_after: int | None = None) -> TryLater:
    return TryLater(
        f"The sign-in to {system.name} is not available right now. Nothing was done.",
        code="system_unavailable",
        hint="Try again in a moment.",
        retry_after=retry_after or 5,
        operator=f"{system.setting('TOKEN__URL')}: {why}",
    )
