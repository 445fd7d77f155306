"""The system's OAuth token endpoint with an assertion as the grant: SAML (RFC 7522) or JWT (RFC 7523 section 2.1)."""

from __future__ import annotations

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote_plus, urlencode

from bridge.base.error_text import error_texts
from bridge.base.http_client import Client, HttpResponse, RequestNotSent, ResponseLost
from bridge.base.json_reader import read_json
from bridge.catalog import AssertionFormat, SystemType
from bridge.credentials.redact import redact
from bridge.errors import BridgeError, Forbidden, Misconfigured, TryLater
from bridge.settings import SystemSettings, TokenSettings
from bridge.trace import Trace

GRANTS: Mapping[AssertionFormat, str] = {
    "saml": "urn:ietf:params:oauth:grant-type:saml2-bearer",
    "jwt": "urn:ietf:params:oauth:grant-type:jwt-bearer",
}
INSTANCE_URL = re.compile(r"https://([a-z0-9][a-z0-9.-]{0,252}(?::[0-9]{1,5})?)/?")
BEARER_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")

WRONG_CLIENT = (
    "does not know the client, or its secret is wrong",
    "Compare CLIENT_ID (and CLIENT_SECRET, TOKEN__AUTH) with the API client registered there, and its grant type.",
)
FIXES: Mapping[str, tuple[str, str]] = {
    "invalid_client": WRONG_CLIENT,
    "unauthorized": WRONG_CLIENT,
    "unauthorized_client": (
        "does not let this client use assertions of this kind",
        "Register the API client with the grant type that TOKEN__ASSERTION is set to: SAML Bearer or JWT Bearer.",
    ),
    "unsupported_grant_type": (
        "does not take assertions of this kind at this URL",
        "Compare TOKEN__URL and TOKEN__ASSERTION with the grant type of the API client registered there.",
    ),
    "invalid_scope": ("does not give this client that scope", "Compare TOKEN__SCOPE with the client's scopes there."),
}
"""OAuth error (RFC 6749 section 5.2; `unauthorized` is Cloud Foundry's) → what the system did, and the fix for the
operator. `invalid_grant` has so many causes that its fix is put together from the settings."""

CODES = {"invalid_grant", *FIXES}
SIGNED_BY_BRIDGE = "SAML__ISSUER, SAML__CERTIFICATE, SAML__AUDIENCE and SAML__RECIPIENT"
SIGNED_AS_JWT = "SAML__ISSUER, SAML__CERTIFICATE, SAML__AUDIENCE and TOKEN__KEY_ID"
SIGNED_BY_ENTRA = "issuer, signing certificate, Identifier and Reply URL of the enterprise application in Entra"


@dataclass(frozen=True, slots=True)
class TokenResponse:
    """A token endpoint's success (RFC 6749 section 5.1). `host`: see `Credential`."""

    access_token: str = field(repr=False)
    seconds: float
    host: str | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """The user in an assertion. `names` are removed from logs; `points_to_user`: see `TrustHistory`."""

    names: Iterable[str] = field(repr=False)
    points_to_user: Callable[[], bool]


def exchange_assertion(
    assertion: Callable[[], bytes],
    subject: Subject,
    system: SystemSettings,
    token: TokenSettings,
    *,
    kind: SystemType,
    client: Client,
    trace: Trace,
) -> TokenResponse:
    """An access token for the assertion's subject.

    `assertion` returns the one to send. It is called again if a kept connection turns out to be dead, because a system
    accepts each assertion once. Raises `Forbidden` (`user_unknown_to_system`), `Misconfigured` or `TryLater`:
    nothing was done in any case.
    """
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
        **token.headers,
        **_authorization(token),
    }
    url = f"{token.url}?{urlencode(token.query)}" if token.query else token.url

    def body() -> bytes:
        trace.exchanges += 1
        return urlencode(_form(assertion(), token)).encode()

    try:
        response = client.send("POST", url, deadline=trace.deadline, headers=headers, body=body)
    except (RequestNotSent, ResponseLost) as error:
        raise _later(system, f"{type(error).__name__} {error}") from None
    document = _parsed(response.body)
    if response.status == 200 and isinstance(document, dict):
        return _token(document, token, system, kind)
    raise _refusal(response, document, subject, system, kind)


def _form(assertion: bytes, token: TokenSettings) -> dict[str, str]:
    """`client_id` is always sent: some systems compare it with an attribute of the assertion."""
    form = {
        "grant_type": GRANTS[token.assertion],
        "assertion": _encoded(assertion, token),
        **token.extra,
        "client_id": token.client_id,
    }
    if token.auth == "post":
        form["client_secret"] = token.client_secret or ""
    if token.scope:
        form["scope"] = token.scope
    return form


def _encoded(assertion: bytes, token: TokenSettings) -> str:
    if token.assertion == "jwt":
        return assertion.decode("ascii")
    if token.encoding == "base64url":
        return urlsafe_b64encode(assertion).decode().rstrip("=")
    return b64encode(assertion).decode()


def _authorization(token: TokenSettings) -> dict[str, str]:
    """HTTP Basic with both parts form-encoded first (RFC 6749 section 2.3.1).

    Cloud Foundry's UAA, and so SAP's XSUAA, decodes them only if that header says so; others ignore it.
    """
    if token.auth != "basic":
        return {}
    pair = f"{quote_plus(token.client_id)}:{quote_plus(token.client_secret or '')}"
    return {
        "Authorization": f"Basic {b64encode(pair.encode()).decode()}",
        "X-CF-ENCODED-CREDENTIALS": "true",
    }


def _parsed(body: bytes) -> object:
    """The JSON value; None for anything else."""
    try:
        return read_json(body)
    except ValueError:
        return None


def _token(
    document: Mapping[str, object], token: TokenSettings, system: SystemSettings, kind: SystemType
) -> TokenResponse:
    value = document.get("access_token")
    token_type = document.get("token_type", "Bearer")
    if not isinstance(value, str) or not BEARER_TOKEN.fullmatch(value) or str(token_type).lower() != "bearer":
        raise _misconfigured(system, "answered 200 without a bearer token", "Compare TOKEN__URL.")
    lifetime = str(document.get("expires_in", ""))
    known = re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,6})?", lifetime) and float(lifetime) >= 1
    seconds = float(lifetime if known else token.default_seconds)
    return TokenResponse(value, seconds, _instance_host(document, system, kind))


def _instance_host(document: Mapping[str, object], system: SystemSettings, kind: SystemType) -> str | None:
    """The host in `instance_url`, where the catalog reads that member and allows the host: the token goes there."""
    allowed, url = kind.defaults.instance_host, document.get("instance_url")
    if allowed is None or url is None:
        return None
    match = INSTANCE_URL.fullmatch(url) if isinstance(url, str) else None
    if match and match[1] == system.host:
        return None
    if match and allowed.fullmatch(match[1]):
        return match[1]
    raise _misconfigured(
        system,
        "answered with an instance_url that is not allowed for this system",
        f"Set {system.setting('HOST')} to the host of that address if it is yours; instance_host in system.toml says "
        "which hosts are allowed.",
    )


def _refusal(
    response: HttpResponse, document: object, subject: Subject, system: SystemSettings, kind: SystemType
) -> BridgeError:
    texts = error_texts(document)
    rule = next((rule for rule in kind.faults if any(map(rule.pattern.search, texts))), None)
    meaning = rule.means if rule else None
    if response.status == 429 or response.status >= 500 or meaning == "throttled":
        return _later(system, f"status {response.status}", response.retry_after)
    error = document.get("error") if isinstance(document, dict) else None
    said = redact(texts[0], subject.names) if texts and texts[0] not in CODES else ""
    if meaning == "user_unknown" or (error == "invalid_grant" and meaning is None and subject.points_to_user()):
        return _unknown_user(system, said, certain=meaning is not None, fix=_grant_fix(system, kind))
    if rule and meaning == "misconfigured" and rule.fix:
        return _misconfigured(system, "refused the assertion", rule.fix, said=said)
    if error == "invalid_grant":
        fix = f"{_grant_fix(system, kind)} If it works for other people, this user has no active account there."
        return _misconfigured(system, "refused the assertion (invalid_grant)", fix, said=said)
    if isinstance(error, str):
        what, fix = FIXES.get(error, ("refused the request", "Compare the TOKEN__… settings with what it expects."))
        return _misconfigured(system, f"{what} ({error})" if error in FIXES else what, fix, said=said)
    return _misconfigured(
        system,
        f"answered {response.status} {response.media_type or 'without a type'} without an OAuth error",
        "Usual causes: TOKEN__URL or TENANT is wrong (upper and lower case count), the issuer is not trusted in "
        f"{_trust_setting(kind)}, or a network policy keeps this address out.",
        said=said,
    )


def _grant_fix(system: SystemSettings, kind: SystemType) -> str:
    """What to compare if a system answers `invalid_grant` to every user."""
    if system.token is not None and system.token.assertion == "jwt":
        return f"Compare {SIGNED_AS_JWT} with {_trust_setting(kind)}, and the clocks of both sides."
    signer = SIGNED_BY_BRIDGE if system.signer == "bridge" else SIGNED_BY_ENTRA
    return (
        f"Compare {signer} with {_trust_setting(kind)}, TOKEN__ENCODING with the encoding that {kind.title} expects "
        "(base64url or base64), and the clocks of both sides."
    )


def _trust_setting(kind: SystemType) -> str:
    return kind.trust_setting or f"the SAML trust settings of {kind.title}"


def _unknown_user(system: SystemSettings, said: str, *, certain: bool, fix: str) -> Forbidden:
    """The operator reads why: unless the system's own words say it, the cause is a conclusion."""
    why = "it says that it does not know this user" if certain else "it accepted other users' assertions lately"
    more = "" if certain else f" If more users are refused: {fix}"
    return Forbidden(
        "The business system does not know your account, or does not let it in.",
        code="user_unknown_to_system",
        hint="Ask its administrator whether your user name there is the one that your sign-in has.",
        operator=f"{system.setting('TOKEN__URL')}: it refused this user's assertion; {why}.{_quoted(said)}{more}",
    )


def _misconfigured(system: SystemSettings, what: str, fix: str, *, said: str = "") -> Misconfigured:
    return Misconfigured(
        f"The token endpoint of {system.name} {what}.",
        hint="Ask the administrator of the bridge: the fix is in its log and in `bridge check`.",
        operator=f"{system.setting('TOKEN__URL')}: it {what}.{_quoted(said)} {fix}",
    )


def _quoted(said: str) -> str:
    return f' It says: "{said}".' if said else ""


def _later(system: SystemSettings, why: str, retry_after: int | None = None) -> TryLater:
    return TryLater(
        f"The sign-in to {system.name} is not available right now. Nothing was done.",
        code="system_unavailable",
        hint="Try again in a moment.",
        retry_after=retry_after or 5,
        operator=f"{system.setting('TOKEN__URL')}: {why}",
    )
