"""The managed identity's access tokens: for client authentication without a secret, Key Vault and Table storage.

Source: Microsoft Learn, "How to use managed identities for App Service and Azure Functions", REST endpoint reference,
api-version 2019-08-01; "Configure an application to trust a managed identity".
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlencode

from bridge.base.http_client import Client, Deadline, HttpResponse, RequestNotSent, ResponseLost
from bridge.base.json_reader import json_object
from bridge.base.single_flight import SingleFlight
from bridge.errors import BridgeError, Misconfigured, TryLater

API_VERSION = "2019-08-01"
FETCH_SECONDS = 8.0
END_MARGIN_SECONDS = 5
"""A token that expires sooner may expire before it is used."""
RENEW_BEFORE_SECONDS = 300
LONG_LIFE_SECONDS = 7200
"""A token with a longer life is renewed after half of it, as in Azure's SDK."""
PAUSE_SECONDS = 30
"""Between two attempts to renew a token that is still valid."""
FAILURE_SECONDS = 5
"""How long a failed request for a first token counts for all callers."""


@dataclass(frozen=True, slots=True)
class _Token:
    """`expires_on`: Unix time in seconds."""

    value: str = field(repr=False)
    expires_on: int


@dataclass(frozen=True, slots=True)
class _Failure:
    """The endpoint's status; None if it gave no usable response."""

    status: int | None


class ManagedIdentity:
    """An identity of this app: the user-assigned one with `client_id`, or (None) the system-assigned one.

    Thread-safe. No request is sent under a lock. A valid token is returned at once: a thread of its own renews it,
    after half of a long life or five minutes before it expires. An expired token is not used.
    """

    def __init__(self, client_id: str | None) -> None:
        self._client_id = client_id
        self._lock = threading.Lock()
        self._flights: SingleFlight[str, _Token | _Failure] = SingleFlight()
        self._tokens: dict[str, _Token] = {}
        self._renew_at: dict[str, float] = {}
        self._failures: dict[str, tuple[_Failure, float]] = {}

    def token(self, resource: str, client: Client, deadline: Deadline) -> str:
        """The current token for `resource`, such as `https://vault.azure.net`.

        Raises `Misconfigured` (the app has no such identity) or `TryLater` (the platform does not respond).
        """
        token = self._tokens.get(resource)
        if token is not None and time.time() < token.expires_on - END_MARGIN_SECONDS:
            self._renew_in_time(resource, client)
            return token.value
        return self._first(resource, client, deadline).value

    def _renew_in_time(self, resource: str, client: Client) -> None:
        now = time.time()
        with self._lock:
            if now < self._renew_at[resource]:
                return
            self._renew_at[resource] = now + PAUSE_SECONDS
        threading.Thread(target=self._fetch, args=(resource, client, Deadline(FETCH_SECONDS)), daemon=True).start()

    def _first(self, resource: str, client: Client, deadline: Deadline) -> _Token:
        """One caller sends the request. Others that wait for it, or follow a failure shortly, share the outcome."""
        failure, until = self._failures.get(resource, (None, 0.0))
        if failure is not None and time.monotonic() < until:
            raise self._error(failure.status)
        within = deadline.within(FETCH_SECONDS)
        try:
            outcome = self._flights.run(
                resource, lambda: self._fetch(resource, client, within), wait_seconds=deadline.remaining()
            )
        except TimeoutError:
            raise self._error(None) from None
        if isinstance(outcome, _Failure):
            raise self._error(outcome.status)
        return outcome

    def _fetch(self, resource: str, client: Client, deadline: Deadline) -> _Token | _Failure:
        had_time = deadline.remaining() > FETCH_SECONDS / 2
        outcome = self._ask(resource, client, deadline)
        if isinstance(outcome, _Token):
            now = time.time()
            left = outcome.expires_on - now
            early = left / 2 if left >= LONG_LIFE_SECONDS else left - RENEW_BEFORE_SECONDS
            self._renew_at[resource] = now + max(early, PAUSE_SECONDS)
            self._tokens[resource] = outcome
        elif had_time:  # a caller with little time left is no sign that the endpoint fails
            self._failures[resource] = (outcome, time.monotonic() + FAILURE_SECONDS)
        return outcome

    def _ask(self, resource: str, client: Client, deadline: Deadline) -> _Token | _Failure:
        endpoint = os.environ.get("IDENTITY_ENDPOINT")
        if not endpoint:
            return _Failure(404)
        query = {"api-version": API_VERSION, "resource": resource}
        if self._client_id:
            query["client_id"] = self._client_id
        headers = {"X-IDENTITY-HEADER": os.environ.get("IDENTITY_HEADER", "")}
        response = _get(f"{endpoint}?{urlencode(query)}", headers, client, deadline)
        if response is None:
            return _Failure(None)
        if response.status != 200:
            return _Failure(response.status)
        document = json_object(response.body) or {}
        value, ends = document.get("access_token"), str(document.get("expires_on", ""))
        usable = isinstance(value, str) and value and ends.isascii() and ends.isdigit() and int(ends) > time.time()
        return _Token(str(value), int(ends)) if usable else _Failure(None)

    def _error(self, status: int | None) -> BridgeError:
        if status is not None and 400 <= status < 500 and status != 429:
            which = f"the user-assigned identity {self._client_id}" if self._client_id else "a system-assigned identity"
            return Misconfigured(
                "The bridge has no managed identity to authenticate with.",
                operator=f"this app does not have {which}: assign it under Settings > Identity, or correct the "
                "client id",
            )
        return TryLater(
            "Azure does not issue the bridge's own token at the moment.",
            retry_after=PAUSE_SECONDS,
            operator=f"the managed identity endpoint answered {status or 'nothing usable'}",
        )


def _get(url: str, headers: Mapping[str, str], client: Client, deadline: Deadline) -> HttpResponse | None:
    """The response, with one repetition if the connection failed: the endpoint restarts from time to time."""
    for _ in range(2):
        with suppress(RequestNotSent, ResponseLost):
            return client.send("GET", url, deadline=deadline, headers=headers)
    return None
