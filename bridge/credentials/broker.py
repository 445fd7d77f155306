"""Remembers credentials, shares exchanges among concurrent callers, and renews what a system refuses.

One broker serves one `Settings`, so its memory is keyed by caller and system alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from bridge.aadsts import Outcome
from bridge.base.http_client import Client
from bridge.base.single_flight import SingleFlight
from bridge.base.store import Store
from bridge.catalog import SystemType, Target
from bridge.credentials.credential import Credential, CredentialKey, CredentialRequest
from bridge.credentials.paths import CredentialPaths
from bridge.credentials.refusal import EntraRefusal
from bridge.errors import BridgeError, TryLater
from bridge.inbound import Caller
from bridge.remembered import LOOP_SECONDS
from bridge.settings import Settings, SystemSettings
from bridge.trace import Trace

MAX_CREDENTIALS = 4096
REQUEST_LOOP = 50196


Obtain = Callable[[CredentialRequest, Trace, bool], Credential]
"""A new credential. With True, `auto` takes the SAML path at once."""


class CredentialLease:
    """A credential during one request. Renews itself after the system has refused it."""

    def __init__(
        self,
        broker: Broker,
        request: CredentialRequest,
        trace: Trace,
        credential: Credential,
        obtain: Obtain,
        *,
        is_new: bool,
    ) -> None:
        """`obtain` gives another one. `is_new`: the credential was obtained just now, not remembered."""
        self._broker = broker
        self._request = request
        self._trace = trace
        self._obtain = obtain
        self._is_new = is_new
        self.credential = credential
        trace.path = credential.path

    @property
    def access_token(self) -> str:
        """The bearer token."""
        return self.credential.access_token

    def target(self) -> Target:
        """Where the credential is used, and as whom."""
        system, credential = self._request.system, self.credential
        return Target(credential.host or system.host, system.tenant, caller_name=credential.name)

    def renew(self) -> None:
        """Obtain another credential in place of the one that the system has refused.

        A new OAuth token that is refused means, under `auto`, that the system doesn't take Entra's tokens at all.
        """
        system = self._request.system
        refused_oauth = self._is_new and self.credential.path == "oauth"
        turn_to_saml = refused_oauth and system.path == "auto" and system.token is not None
        self.discard()
        self.credential = self._obtain(self._request, self._trace, turn_to_saml)
        self._trace.path = self.credential.path

    def discard(self) -> None:
        """Forget the credential."""
        self._broker.discard(self._request, self.credential)


class Broker:
    """Obtains credentials. Concurrent requests for the same one share one exchange. Safe for threads."""

    def __init__(
        self,
        settings: Settings,
        kinds: Mapping[str, SystemType],
        client: Client,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`kinds`: the catalog's systems by name. `clock`: Unix time in seconds."""
        self._login_host = settings.entra.cloud.login_host
        self._clock = clock
        self._paths = CredentialPaths(settings, kinds, client, clock)
        self._credentials: Store[CredentialKey, Credential] = Store(MAX_CREDENTIALS, clock)
        self._loops: Store[tuple[str, str], tuple[BridgeError, int, float]] = Store(MAX_CREDENTIALS, clock)
        self._flights: SingleFlight[tuple[CredentialKey, bool], Credential] = SingleFlight()

    def lease(self, request: CredentialRequest, trace: Trace, *, remember: bool = True) -> CredentialLease:
        """A credential for one request, from memory or new. Raises a `BridgeError`.

        Without `remember` nothing remembered is used and nothing is kept: for the probe and `check --live`.
        """
        obtain: Obtain = self._obtain_shared if remember else self._obtain
        known = self._credentials.get(request.key) if remember else None
        if not remember:
            self._paths.forget(request)
        credential = known or obtain(request, trace, False)
        return CredentialLease(self, request, trace, credential, obtain, is_new=known is None)

    def explain_path(self, system: SystemSettings) -> tuple[str, str]:
        """The path that would be taken now, and why, as a text. Nothing is sent."""
        return self._paths.explain(system)

    def discard(self, request: CredentialRequest, refused: Credential) -> None:
        """Forget a credential that the system has refused."""
        self._credentials.discard(request.key, refused)

    def _obtain_shared(self, request: CredentialRequest, trace: Trace, avoid_oauth: bool) -> Credential:
        """A credential that is remembered; concurrent callers of the same one share the exchange."""

        def obtain() -> Credential:
            known = self._credentials.get(request.key)  # another thread may have obtained it meanwhile
            if known is None or (avoid_oauth and known.path == "oauth"):
                known = self._obtain(request, trace, avoid_oauth)
                self._remember(request, known)
            return known

        try:
            return self._flights.run((request.key, avoid_oauth), obtain, wait_seconds=trace.deadline.remaining())
        except TimeoutError:
            raise TryLater("The sign-in to the system took too long. Nothing was done.", retry_after=5) from None

    def _obtain(self, request: CredentialRequest, trace: Trace, avoid_oauth: bool) -> Credential:
        """A new credential. `avoid_oauth`: `auto` goes to SAML at once."""
        self._back_off(request.caller)
        try:
            return self._paths.obtain(request, trace, avoid_oauth=avoid_oauth)
        except EntraRefusal as refusal:
            raise self._to_bridge_error(refusal, request.caller) from None

    def _remember(self, request: CredentialRequest, credential: Credential) -> None:
        """Until shortly before the first of the two tokens expires, so that none expires on its way."""
        ends_at = min(request.caller.expires_at, credential.expires_at)
        margin = min(30.0, max(0.0, ends_at - self._clock()) / 10)
        self._credentials.put(request.key, credential, ends_at=ends_at - margin)

    def _to_bridge_error(self, refusal: EntraRefusal, caller: Caller) -> BridgeError:
        """The caller's error. After a claims challenge, drop all of this user's cached credentials."""
        if refusal.row.outcome is Outcome.CLAIMS_CHALLENGE:
            self._credentials.drop(lambda key: key[:2] == (caller.tenant_id, caller.object_id))
        error = refusal.for_caller(caller, self._login_host)
        if REQUEST_LOOP in refusal.answer.error_codes:
            self._note_loop(caller, error)
        return error

    def _back_off(self, caller: Caller) -> None:
        """While Entra sees this caller in a request loop, send it nothing: each request would prolong the loop."""
        seen = self._loops.get((caller.tenant_id, caller.object_id))
        if seen is None or self._clock() >= seen[2]:
            return
        error, _, until = seen
        raise TryLater(
            error.detail,
            code=error.code,
            hint=error.hint,
            retry_after=max(1, round(until - self._clock())),
            members={"aadsts": [REQUEST_LOOP]},
            operator="Entra was not asked: this caller was in a request loop a moment ago",
        )

    def _note_loop(self, caller: Caller, error: BridgeError) -> None:
        key, now = (caller.tenant_id, caller.object_id), self._clock()
        _, count, _ = self._loops.get(key) or (error, 0, 0.0)
        seconds = max(error.retry_after or 0, LOOP_SECONDS[min(count, len(LOOP_SECONDS) - 1)])
        error.retry_after = seconds
        self._loops.put(key, (error, count + 1, now + seconds), ends_at=now + 2 * seconds)
