"""The name of a user at a system, read from Microsoft Graph on the user's behalf, for names that no token carries.

https://learn.microsoft.com/graph/api/user-get: `GET /me` with the delegated permission User.Read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from bridge.base.http_client import Client, HttpResponse, RequestNotSent, ResponseLost
from bridge.base.json_reader import json_object
from bridge.base.store import Store
from bridge.credentials.on_behalf_of import Entra
from bridge.errors import BridgeError, InvalidUpstreamResponse, Misconfigured, TryLater
from bridge.inbound import Caller
from bridge.remembered import USER_NAME_SECONDS
from bridge.settings import EntraSettings
from bridge.trace import Trace

PERMISSION = "User.Read"
MAX_USERS = 4096
ERROR_CODE = re.compile(r"[A-Za-z0-9_.]{1,60}")
HOW_TO_GRANT = (
    f"SAML__NAME_ID_SOURCE needs Microsoft Graph's delegated permission {PERMISSION} on the service app, with admin "
    "consent."
)


class GraphNames:
    """Reads properties of the caller, and remembers what it found for an hour. Safe for threads."""

    def __init__(self, settings: EntraSettings, entra: Entra, client: Client, clock: Callable[[], float]) -> None:
        """`clock`: Unix time in seconds."""
        self._scope = f"{settings.cloud.graph}/{PERMISSION}"
        self._url = f"{settings.graph}/v1.0/me"
        self._entra = entra
        self._client = client
        self._clock = clock
        self._found: Store[tuple[str, str, str], str] = Store(MAX_USERS, clock)

    def value(self, caller: Caller, system_name: str, name: str, trace: Trace) -> str | None:
        """The property `name`, a path, of the caller; None if the user has none.

        Raises `EntraRefusal` (no token for Graph) or a `BridgeError`: nothing was done in any case.
        """
        key = (caller.tenant_id, caller.object_id, system_name)
        known = self._found.get(key)
        if known is not None:
            return known
        with trace.hop("graph"):
            token, _ = self._entra.access_token(caller, self._scope, trace)
            found = _property(self._ask(token, name, trace), caller, name)
        if found:  # an absent value is not remembered: an administrator may be about to add it
            self._found.put(key, found, ends_at=self._clock() + USER_NAME_SECONDS)
        return found

    def forget(self, caller: Caller, system_name: str) -> None:
        """The next call reads the caller's property again."""
        key = (caller.tenant_id, caller.object_id, system_name)
        self._found.drop(lambda known: known == key)

    def _ask(self, token: str, name: str, trace: Trace) -> HttpResponse:
        query = urlencode({"$select": f"id,{name.partition('/')[0]}"}, safe="$,")
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json",
            "client-request-id": trace.correlation_id,
        }
        try:
            return self._client.send("GET", f"{self._url}?{query}", deadline=trace.deadline, headers=headers)
        except (RequestNotSent, ResponseLost) as error:
            raise _later(f"{type(error).__name__} {error}") from None


def _property(response: HttpResponse, caller: Caller, name: str) -> str | None:
    document = json_object(response.body)
    if response.status != 200:
        raise _refused(response, document)
    if document is None or document.get("id") != caller.object_id:
        raise InvalidUpstreamResponse(
            "Microsoft Graph's response could not be used. Nothing was done.",
            operator="Microsoft Graph answered 200 with something else than the caller's own user object",
        )
    value: object = document
    for part in name.split("/"):
        value = value.get(part) if isinstance(value, dict) else None
    return value if isinstance(value, str) else None


def _refused(response: HttpResponse, document: Mapping[str, object] | None) -> BridgeError:
    what = f"HTTP {response.status} {_error_code(document)}".strip()
    if response.status == 429 or response.status >= 500:
        return _later(what, response.retry_after)
    return Misconfigured(
        "The bridge can't read your user name from Microsoft Graph.",
        operator=f"Microsoft Graph refused GET /me: {what}. {HOW_TO_GRANT}",
    )


def _error_code(document: Mapping[str, object] | None) -> str:
    """Graph's code, which names no person as its message may: `Authorization_RequestDenied`."""
    error = (document or {}).get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) and ERROR_CODE.fullmatch(code) else ""


def _later(why: str, retry_after: int | None = None) -> TryLater:
    return TryLater(
        "Microsoft Graph, which knows your user name at the system, is not available right now. Nothing was done.",
        code="entra_unavailable",
        hint="Try again in a moment.",
        retry_after=retry_after or 5,
        operator=f"Microsoft Graph, GET /me: {why}",
    )
