"""Chooses the path to a credential, and remembers what may be remembered.

One broker serves one `Settings`, so its memory is keyed by caller and system alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from bridge.aadsts import Outcome
from bridge.base.http_client import Client
from bridge.base.single_flight import SingleFlight
from bridge.base.store import Store
from bridge.catalog import FaultRule, SystemType
from bridge.credentials.assertion import AssertionIssuer
from bridge.credentials.credential import Credential
from bridge.credentials.entra_assertion import check
from bridge.credentials.name_id import attributes, name_id
from bridge.credentials.on_behalf_of import Entra
from bridge.credentials.refusal import EntraRefusal
from bridge.credentials.token_endpoint import exchange_assertion
from bridge.errors import BridgeError, Misconfigured, TryLater
from bridge.inbound import Caller
from bridge.settings import Settings, SystemSettings
from bridge.trace import Trace

MAX_CREDENTIALS = 4096
FINDING_SECONDS = 900.0
APP_WIDE_SECONDS = 30.0

T = TypeVar("T")

CredentialKey = tuple[str, str, str, str, bool]
"""tenant id, object id, hash of the incoming token, system name, whether the service account is meant."""


@dataclass(frozen=True, slots=True)
class CredentialRequest:
    """Whose credential is asked for: the caller's, or (reads that allow it) that of the system's service account."""

    caller: Caller
    system: SystemSettings
    service: bool = False

    @property
    def key(self) -> CredentialKey:
        """What the credential is remembered by: never by anything less than the incoming token."""
        caller = self.caller
        return caller.tenant_id, caller.object_id, caller.token_hash, self.system.name, self.service_account is not None

    @property
    def service_account(self) -> str | None:
        """The fixed subject, if it is asked for and set."""
        saml = self.system.saml
        return saml.service_account if self.service and saml else None


class Broker:
    """Gives credentials. Concurrent callers of the same one share one exchange. Safe for threads."""

    def __init__(
        self,
        settings: Settings,
        kinds: Mapping[str, SystemType],
        client: Client,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`kinds`: the catalog's systems by name. `clock`: Unix time in seconds."""
        self._entra = Entra(settings.entra, client)
        self._login_host = settings.entra.cloud.login_host
        self._client = client
        self._clock = clock
        self._faults: Mapping[str, tuple[FaultRule, ...]] = {name: kind.faults for name, kind in kinds.items()}
        self._assertion_issuers = {
            name: AssertionIssuer(system.saml, clock=clock) for name, system in settings.systems.items() if system.saml
        }
        self._credentials: Store[CredentialKey, Credential] = Store(MAX_CREDENTIALS, clock)
        self._flights: SingleFlight[tuple[CredentialKey, bool], Credential] = SingleFlight()
        self._saml_only: Store[str, bool] = Store(64, clock)
        self._app_wide: Store[tuple[str, str], EntraRefusal] = Store(256, clock)
        self._trusting: set[str] = set()

    def get(self, subject: CredentialRequest, trace: Trace) -> tuple[Credential, bool]:
        """A credential, and whether it was made just now. Raises a `BridgeError`."""
        known = self._credentials.get(subject.key)
        if known is not None:
            trace.path = known.path
            return known, False
        return self._shared(subject, trace, avoid_oauth=False), True

    def fresh(self, subject: CredentialRequest, trace: Trace) -> Credential:
        """A credential with nothing remembered on the way, and nothing kept: for those who look for a mistake."""
        name = subject.system.name
        self._app_wide.drop(lambda key: key[0] == name)
        self._saml_only.drop(lambda system: system == name)
        try:
            credential = self._obtain(subject, trace, avoid_oauth=False)
        except EntraRefusal as refusal:
            raise self._told(refusal, subject.caller) from None
        trace.path = credential.path
        return credential

    def renew(self, subject: CredentialRequest, refused: Credential, trace: Trace, *, was_fresh: bool) -> Credential:
        """Another credential in place of one that the system has `refused`.

        A fresh OAuth token that is refused means, under `auto`, that the system doesn't take Entra's tokens at all.
        """
        self.discard(subject, refused)
        system = subject.system
        turn = was_fresh and refused.path == "oauth" and system.path == "auto" and system.token is not None
        return self._shared(subject, trace, avoid_oauth=turn)

    def discard(self, subject: CredentialRequest, refused: Credential) -> None:
        """Forget a credential that the system has refused."""
        self._credentials.discard(subject.key, refused)

    def plan(self, system: SystemSettings) -> tuple[str, str]:
        """The path that would be taken now, and why: for people, nothing is tried."""
        signer = f"{system.signer}_saml"
        if system.path == "oauth":
            return "oauth", f"{system.setting('PATH')} is oauth"
        if system.path == "saml":
            return signer, f"{system.setting('PATH')} is saml"
        if system.token is None:
            return "oauth", f"{system.setting('PATH')} is auto, and there is no token endpoint for SAML assertions"
        if self._saml_only.get(system.name):
            return signer, "found out lately: this system can't be opened with an access token of Entra's"
        return (
            "oauth",
            f"{system.setting('PATH')} is auto: oauth first, {signer} if the system turns out to be SAML-only",
        )

    def _shared(self, subject: CredentialRequest, trace: Trace, *, avoid_oauth: bool) -> Credential:
        def obtain() -> Credential:
            known = self._credentials.get(subject.key)  # another's flight may have landed since we looked
            if known is None or (avoid_oauth and known.path == "oauth"):
                known = self._obtain(subject, trace, avoid_oauth=avoid_oauth)
                self._remember(subject, known)
            return known

        try:
            flight = (subject.key, avoid_oauth)
            credential = self._flights.run(flight, obtain, wait_seconds=trace.deadline.remaining())
        except TimeoutError:
            raise TryLater("The sign-in to the system took too long. Nothing was done.", retry_after=5) from None
        except EntraRefusal as refusal:
            raise self._told(refusal, subject.caller) from None
        trace.path = credential.path
        return credential

    def _remember(self, subject: CredentialRequest, credential: Credential) -> None:
        """Until the shorter-lived of the two tokens ends, less a little: a token should not die on its way."""
        ends_at = min(subject.caller.expires_at, credential.expires_at)
        margin = min(30.0, max(0.0, ends_at - self._clock()) / 10)
        self._credentials.put(subject.key, credential, ends_at=ends_at - margin)

    def _told(self, refusal: EntraRefusal, caller: Caller) -> BridgeError:
        """After a claims challenge nothing that was given before it may serve this user any longer."""
        if refusal.row.outcome is Outcome.CLAIMS_CHALLENGE:
            self._credentials.drop(lambda key: key[:2] == (caller.tenant_id, caller.object_id))
        return refusal.for_caller(caller, self._login_host)

    def _obtain(self, subject: CredentialRequest, trace: Trace, *, avoid_oauth: bool) -> Credential:
        system = subject.system
        if system.path == "saml" or subject.service_account is not None:
            return self._saml(subject, trace)
        if system.path == "oauth":
            return self._oauth(subject, trace)
        if not avoid_oauth:
            if self._saml_only.get(system.name):
                return self._saml(subject, trace)  # without prolonging the finding: a change would never be found
            try:
                return self._oauth(subject, trace)
            except EntraRefusal as refusal:
                if refusal.row.outcome is not Outcome.SAML_ONLY or system.token is None:
                    raise
        credential = self._saml(subject, trace)
        self._saml_only.put(system.name, True, ends_at=self._clock() + FINDING_SECONDS)
        return credential

    def _oauth(self, subject: CredentialRequest, trace: Trace) -> Credential:
        system = subject.system
        scope = _needed(system.resource_scope, system, "RESOURCE_SCOPE")
        with trace.hop("entra"):
            ask = partial(self._entra.access_token, subject.caller, scope, trace)
            token, seconds = self._guarded(system, "oauth", ask)
        return Credential(token, self._clock() + seconds, "oauth")

    def _saml(self, subject: CredentialRequest, trace: Trace) -> Credential:
        if subject.system.signer == "entra":
            return self._entra_saml(subject, trace)
        return self._bridge_saml(subject, trace)

    def _entra_saml(self, subject: CredentialRequest, trace: Trace) -> Credential:
        system = subject.system
        scope = _needed(system.resource_scope, system, "RESOURCE_SCOPE")
        audience = _needed(system.audience, system, "SAML__AUDIENCE")
        with trace.hop("entra"):
            ask = partial(self._entra.assertion, subject.caller, scope, trace)
            xml = check(self._guarded(system, "saml", ask), subject.caller, audience)
        access_token, seconds = self._redeem(xml, system, trace)
        return Credential(access_token, self._clock() + seconds, "entra_saml")

    def _bridge_saml(self, subject: CredentialRequest, trace: Trace) -> Credential:
        system = subject.system
        saml = _needed(system.saml, system, "SAML__CERTIFICATE")
        assertion_issuer = self._assertion_issuers[system.name]
        with trace.hop("sign"):
            if subject.service_account is not None:  # its assertion says nothing of the caller
                assertion = assertion_issuer.issue(subject.service_account, {})
            else:
                name = name_id(subject.caller, saml.name_id)
                assertion = assertion_issuer.issue(name, attributes(subject.caller, saml.attributes))
        trace.assertion_id, trace.certificate_thumbprint = assertion.id, saml.key.thumbprint
        access_token, seconds = self._redeem(assertion.xml, system, trace)
        return Credential(access_token, self._clock() + seconds, "bridge_saml")

    def _redeem(self, xml: bytes, system: SystemSettings, trace: Trace) -> tuple[str, float]:
        token = _needed(system.token, system, "TOKEN__URL")
        with trace.hop("system_token"):
            result = exchange_assertion(
                xml,
                system,
                token,
                faults=self._faults.get(system.kind, ()),
                trusted=system.name in self._trusting,
                client=self._client,
                trace=trace,
            )
        self._trusting.add(system.name)
        return result

    def _guarded(self, system: SystemSettings, leg: str, ask: Callable[[], T]) -> T:
        """Ask Entra, unless it has just said that nobody gets this: automatic retries shall not reach it."""
        refused = self._app_wide.get((system.name, leg))
        if refused is not None:
            raise refused.remembered()  # a new one: each raise would hang its frames, tokens included, on the kept one
        try:
            return ask()
        except EntraRefusal as refusal:
            turns = refusal.row.outcome is Outcome.SAML_ONLY and system.path == "auto"
            if refusal.row.app_wide and not turns:
                ends_at = self._clock() + APP_WIDE_SECONDS
                self._app_wide.put((system.name, leg), refusal.remembered(), ends_at=ends_at)
            raise


def _needed(value: T | None, system: SystemSettings, suffix: str) -> T:
    if value is None:
        setting = system.setting(suffix)
        raise Misconfigured(
            f"The bridge has no {suffix} for {system.name}.", operator=f"{setting} is missing for the path taken"
        )
    return value
