"""On-behalf-of at Entra: for an access token through MSAL, for a SAML assertion as a form of our own.

MSAL is kept from remembering anything. Its on-behalf-of never reads its cache but fills it without bound, the cache can
hand one user's assertion to another, and its throttle replays one user's failure to everybody.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bridge.base.http_client import Client, HttpResponse, RequestNotSent, ResponseLost
from bridge.base.json_reader import json_object
from bridge.credentials.client_authentication import ClientAuthentication
from bridge.credentials.refusal import EntraRefusal, unreachable
from bridge.inbound import Caller
from bridge.settings import EntraSettings
from bridge.trace import Trace

if TYPE_CHECKING:
    import msal

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SAML2_TOKEN = "urn:ietf:params:oauth:token-type:saml2"  # noqa: S105 - the type's name, not a secret
KEPT = ("access_token", "expires_in", "issued_token_type")
"""What is read of a token response; a refresh token that nobody uses goes no further than this."""
ACCESS_TOKEN = re.compile(r"[\x21-\x7e]+")
SECONDS = re.compile(r"[0-9]{1,7}")

_trace: ContextVar[Trace] = ContextVar("trace")


class Entra:
    """The token endpoint of one tenant, for the bridge's own app registration. Safe for threads."""

    def __init__(self, entra: EntraSettings, client: Client) -> None:
        self._settings = entra
        self._client = client
        self._token_url = f"{entra.authority}/{entra.tenant_id}/oauth2/v2.0/token"
        self._proof = ClientAuthentication.for_entra(entra, self._token_url)
        self._lock = threading.Lock()
        self._msal: msal.ConfidentialClientApplication | None = None

    def access_token(self, caller: Caller, scope: str, trace: Trace) -> tuple[str, float]:
        """An access token for `scope` as the caller, and its life in seconds. Raises `EntraRefusal` or `TryLater`.

        https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow
        """
        token = _trace.set(trace)
        try:
            result = self._application().acquire_token_on_behalf_of(caller.token, [scope])
        finally:
            _trace.reset(token)
        return str(result["access_token"]), float(result.get("expires_in", 0))

    def assertion(self, caller: Caller, scope: str, trace: Trace) -> str:
        """A SAML 2.0 assertion for the caller, base64url as Entra encodes it. Raises as `access_token`.

        The scope goes bare: MSAL would add openid, profile and offline_access, which no public recipe for this shows.
        """
        form = {
            "grant_type": JWT_BEARER,
            "client_id": self._settings.client_id,
            **self._proof.fields(),
            "assertion": caller.token,
            "scope": scope,
            "requested_token_use": "on_behalf_of",
            "requested_token_type": SAML2_TOKEN,
        }
        answer = post(self._client, self._token_url, form, trace)
        document = json.loads(answer.body)
        if document.get("issued_token_type", SAML2_TOKEN) != SAML2_TOKEN:
            raise EntraRefusal.nonsense(answer)
        return str(document["access_token"])

    def _application(self) -> msal.ConfidentialClientApplication:
        """Built late, because it fetches the tenant's metadata; a failure is not remembered."""
        with self._lock:
            if self._msal is None:
                self._msal = self._build()
            return self._msal

    def _build(self) -> msal.ConfidentialClientApplication:
        import msal

        class ForgetfulTokenCache(msal.TokenCache):  # type: ignore[misc]  # msal has no types
            def add(self, event: object, now: object = None) -> None:
                """Keep nothing."""

        authority = f"{self._settings.authority}/{self._settings.tenant_id}"
        return msal.ConfidentialClientApplication(
            self._settings.client_id,
            authority=authority,
            client_credential=self._proof.for_msal(),
            instance_discovery=False,
            token_cache=ForgetfulTokenCache(),
            http_cache=_ForgetfulDict(),
            http_client=_Transport(self._client, self._token_url),
        )


class _ForgetfulDict(dict[Any, Any]):
    """MSAL keeps its throttle here."""

    def __setitem__(self, key: object, value: object) -> None:
        pass


@dataclass(frozen=True, slots=True)
class _Response:
    """What MSAL reads of a response."""

    status_code: int
    text: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    def raise_for_status(self) -> None:
        """Never called for an error: the transport has raised already."""


class _Transport:
    """MSAL's way out: our deadline, our correlation id, and refusals raised whole before MSAL can shorten them."""

    def __init__(self, client: Client, token_url: str) -> None:
        self._client = client
        self._token_url = token_url

    def post(
        self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str] | None = None, **_: Any
    ) -> _Response:
        return _as_response(post(self._client, url, data, _trace.get(), headers=headers))

    def get(self, url: str, *, headers: Mapping[str, str] | None = None, **_: Any) -> _Response:
        """The tenant's metadata, whole and with the token endpoint that the secret may go to."""
        answer, metadata = _send(self._client, "GET", url, _trace.get(), headers=headers)
        if not {"token_endpoint", "authorization_endpoint"} <= set(metadata):
            raise EntraRefusal.nonsense(answer)
        if metadata["token_endpoint"] != self._token_url:
            raise EntraRefusal.foreign_endpoint()
        return _as_response(answer)

    def close(self) -> None:
        """The client's pool outlives MSAL."""


def _as_response(answer: HttpResponse) -> _Response:
    return _Response(answer.status, answer.body.decode("utf-8", "replace"), answer.headers)


def post(
    client: Client, url: str, form: Mapping[str, str], trace: Trace, *, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """A token request at Entra: a 200 with a usable token and nothing that MSAL could trip over, or an error."""
    trace.exchanges += 1
    sent = {**(headers or {}), "Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    answer, document = _send(client, "POST", url, trace, headers=sent, body=urlencode(form).encode())
    kept = {name: document[name] for name in KEPT if name in document}
    token, seconds = kept.get("access_token"), kept.get("expires_in", 0)
    if not isinstance(token, str) or not ACCESS_TOKEN.fullmatch(token) or not SECONDS.fullmatch(str(seconds)):
        raise EntraRefusal.nonsense(answer)
    return replace(answer, body=json.dumps(kept).encode())


def _send(
    client: Client,
    method: str,
    url: str,
    trace: Trace,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> tuple[HttpResponse, dict[str, object]]:
    """An answer with status 200 and the JSON object that it is, or an error."""
    all_headers = {**(headers or {}), "client-request-id": trace.correlation_id}
    try:
        answer = client.send(method, url, deadline=trace.deadline, headers=all_headers, body=body)
    except (RequestNotSent, ResponseLost) as error:
        raise unreachable(error) from None
    if answer.status != 200:
        raise EntraRefusal.of(answer)
    document = json_object(answer.body)
    if document is None:
        raise EntraRefusal.nonsense(answer)
    return answer, document
