"""The managed identity's token: the bridge's proof to Entra without any secret, and its way into Key Vault.

Source: Microsoft Learn, "Configure an application to trust a managed identity". The federated credential's audience
is the cloud's (`bridge.clouds`); its subject is the identity's principal id.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import TYPE_CHECKING, Any

from bridge.errors import BridgeError, Misconfigured, TryLater

if TYPE_CHECKING:
    from azure.core.credentials import AccessTokenInfo, TokenRequestOptions
    from azure.identity import ManagedIdentityCredential

RENEW_BEFORE_SECONDS = 300
PAUSE_SECONDS = 30

HTTP_OPTIONS: dict[str, Any] = {"retry_total": 1, "retry_status": 0, "connection_timeout": 3, "read_timeout": 8}
"""For Azure's SDK: one more try if the connection failed. Its defaults would wait for minutes inside a request."""


class ManagedIdentityAssertion:
    """What MSAL takes as `client_assertion`: a callable that answers with the identity's current token. Thread-safe.

    Raises `Misconfigured` (no such identity here) or `TryLater` (the platform does not answer).
    """

    def __init__(self, *, client_id: str, audience: str) -> None:
        """`client_id` of the user-assigned identity; `audience` such as `api://AzureADTokenExchange`."""
        self._token = _Token(client_id, f"{audience}/.default")

    def __call__(self) -> str:
        return self._token.current().token


class ManagedIdentity:
    """The identity as a credential of Azure's SDK (its protocol `SupportsTokenInfo`), with tokens renewed in time."""

    def __init__(self, client_id: str | None) -> None:
        """`client_id` of a user-assigned identity; None for the system-assigned one."""
        self._client_id = client_id
        self._tokens: dict[str, _Token] = {}

    def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        """The current token for the one scope. `options` (tenant, claims) don't apply to managed identities."""
        [scope] = scopes
        return self._tokens.setdefault(scope, _Token(self._client_id, scope)).current()

    def close(self) -> None:
        """Nothing is kept open. The SDK's protocol asks for it."""


class _Token:
    """One token, shared by all threads. One of them renews: when the platform says so, or five minutes before the end.

    If renewal fails the old token serves on until it expires, and the next attempt waits half a minute. The SDK's
    own cache would let every caller wait for the failing endpoint.
    """

    def __init__(self, client_id: str | None, scope: str) -> None:
        self._client_id = client_id
        self._scope = scope
        self._lock = threading.Lock()
        self._credential: ManagedIdentityCredential | None = None
        self._status: int | None = None
        self._token: AccessTokenInfo | None = None
        self._renew_at = 0.0

    def current(self) -> AccessTokenInfo:
        token = self._token
        if token is not None and time.time() < self._renew_at:
            return token
        with self._lock:
            return self._renewed(time.time())

    def _renewed(self, now: float) -> AccessTokenInfo:
        token = self._token
        if token is not None and now < self._renew_at:
            return token
        try:
            token = self._fetch()
        except BridgeError:
            if token is None or token.expires_on <= now:
                raise
        self._renew_at = max(token.refresh_on or token.expires_on - RENEW_BEFORE_SECONDS, now + PAUSE_SECONDS)
        self._token = token
        return token

    def _fetch(self) -> AccessTokenInfo:
        if self._credential is None:
            self._credential = self._connect()
        from azure.core.exceptions import AzureError

        self._status = None
        try:
            info: AccessTokenInfo = self._credential.get_token_info(self._scope)
        except (AzureError, ValueError):  # the latter: the answer is no JSON
            raise self._failure(self._status) from None
        return info

    def _failure(self, status: int | None) -> BridgeError:
        """What the endpoint's answer means: the SDK's own errors lose its status."""
        if status is not None and 400 <= status < 500 and status != 429:
            return _refused(self._client_id)
        return TryLater(
            "Azure does not hand out the bridge's own token at the moment.",
            hint="Try again in a minute.",
            retry_after=PAUSE_SECONDS,
            operator=f"the managed identity endpoint answered {status or 'nothing'}",
        )

    def _connect(self) -> ManagedIdentityCredential:
        if not os.environ.get("IDENTITY_ENDPOINT"):
            raise _refused(self._client_id)
        from azure.identity import ManagedIdentityCredential

        quiet_sdk()
        return ManagedIdentityCredential(client_id=self._client_id, raw_response_hook=self._note, **HTTP_OPTIONS)

    def _note(self, response: Any) -> None:
        self._status = response.http_response.status_code


def quiet_sdk() -> None:
    """Azure's SDK logs every call at INFO. The bridge has one line a request, which says it already."""
    logging.getLogger("azure").setLevel(logging.WARNING)


def _refused(client_id: str | None) -> Misconfigured:
    which = f"the user-assigned identity {client_id}" if client_id else "a system-assigned identity"
    return Misconfigured(
        "The bridge has no managed identity to prove itself with.",
        hint="Ask the operator of the bridge to look at its set-up check.",
        operator=f"this app does not have {which}: assign it under Settings > Identity, or correct the client id",
    )
