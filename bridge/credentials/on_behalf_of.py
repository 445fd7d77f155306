"""The on-behalf-of flow: for an access token through MSAL, for a SAML assertion by a request of our own.

Each exchange has an MSAL application of its own (50 µs), because whatever MSAL remembers is wrong here: its cache can
hand one user's assertion to another and grows without bound, and its throttle replays one user's failure to everybody.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
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
"""The members of a token response that are read. A refresh token is dropped here."""
ACCESS_TOKEN = re.compile(r"[\x21-\x7e]+")
SECONDS = re.compile(r"[0-9]{1,7}")

logging.getLogger("msal").setLevel(logging.ERROR)  # at DEBUG it logs what it sends


class Entra:
    """The token endpoint of one tenant, for the bridge's own app registration. Safe for threads."""

    def __init__(self, entra: EntraSettings, client: Client) -> None:
        self._settings = entra
        self._client = client
        self._token_url = f"{entra.authority}/{entra.tenant_id}/oauth2/v2.0/token"
        self._authentication = ClientAuthentication.for_entra(entra, self._token_url, client)

    def access_token(self, caller: Caller, scope: str, trace: Trace) -> tuple[str, float]:
        """An access token for `scope` as the caller, and its life in seconds. Raises `EntraRefusal` or `TryLater`.

        https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow
        """
        result = self._application(trace).acquire_token_on_behalf_of(caller.token, [scope])
        return str(result["access_token"]), float(result.get("expires_in", 0))

    def assertion(self, caller: Caller, scope: str, trace: Trace) -> str:
        """A SAML 2.0 assertion for the caller, base64url as Entra encodes it. Raises as `access_token`.

        The scope goes bare: MSAL would add openid, profile and offline_access, which no public recipe for this shows.
        """
        form = {
            "grant_type": JWT_BEARER,
            "client_id": self._settings.client_id,
            **self._authentication.fields(trace.deadline),
            "assertion": caller.token,
            "scope": scope,
            "requested_token_use": "on_behalf_of",
            "requested_token_type": SAML2_TOKEN,
        }
        answer = request_token(self._client, self._token_url, form, trace)
        document = json_object(answer.body) or {}
        if document.get("issued_token_type", SAML2_TOKEN) != SAML2_TOKEN:
            raise EntraRefusal.nonsense(answer)
        return str(document["access_token"])

    def _application(self, trace: Trace) -> msal.ConfidentialClientApplication:
        import msal  # with the first exchange: it costs 50 ms

        return msal.ConfidentialClientApplication(
            self._settings.client_id,
            authority=f"{self._settings.authority}/{self._settings.tenant_id}",
            client_credential=self._authentication.for_msal(trace.deadline),
            instance_discovery=False,
            http_client=_Transport(self._client, self._token_url, trace),
        )


@dataclass(frozen=True, slots=True)
class _Response:
    """A response as MSAL reads it."""

    status_code: int
    text: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    def raise_for_status(self) -> None:
        """MSAL calls this for a response without an error; the transport has raised the others."""


@dataclass(frozen=True, slots=True)
class _Transport:
    """MSAL's `http_client` for one exchange: our deadline and correlation id, and refusals before MSAL shortens them.

    The tenant's metadata are not fetched: the bridge's table of clouds has the token endpoint that the secret may go
    to, and MSAL reads nothing else of them.
    """

    client: Client
    token_url: str
    trace: Trace

    def get(self, url: str, **_: Any) -> _Response:
        """The metadata that MSAL asks for."""
        metadata = {"authorization_endpoint": self.token_url, "token_endpoint": self.token_url}
        return _Response(200, json.dumps(metadata), {})

    def post(
        self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str] | None = None, **_: Any
    ) -> _Response:
        answer = request_token(self.client, url, data, self.trace, headers=headers)
        return _Response(answer.status, answer.body.decode("utf-8", "replace"), answer.headers)

    def close(self) -> None:
        """Does nothing: the connections belong to `Client`."""


def request_token(
    client: Client, url: str, form: Mapping[str, str], trace: Trace, *, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """Send a token request to Entra. Returns a 200 with a usable token, in a form that MSAL can read, or raises."""
    all_headers = {
        **(headers or {}),
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
        "client-request-id": trace.correlation_id,
    }

    def body() -> bytes:
        """Called again if an idle connection turns out to be dead: Entra accepts a user's token any number of times."""
        trace.exchanges += 1
        return urlencode(form).encode()

    try:
        answer = client.send("POST", url, deadline=trace.deadline, headers=all_headers, body=body)
    except (RequestNotSent, ResponseLost) as error:
        raise unreachable(error) from None
    if answer.status != 200:
        raise EntraRefusal.of(answer)
    document = json_object(answer.body) or {}
    kept = {name: document[name] for name in KEPT if name in document}
    token, seconds = kept.get("access_token"), kept.get("expires_in", 0)
    if not isinstance(token, str) or not ACCESS_TOKEN.fullmatch(token) or not SECONDS.fullmatch(str(seconds)):
        raise EntraRefusal.nonsense(answer)
    return replace(answer, body=json.dumps(kept).encode())
