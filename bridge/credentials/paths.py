"""The paths to a credential: `oauth`, `entra_saml`, `bridge_saml`, `bridge_jwt`.

Chooses one and follows it; keeps no credential.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from bridge.aadsts import Outcome
from bridge.base.http_client import Client
from bridge.base.store import Store
from bridge.catalog import SystemType
from bridge.credentials.assertion import Assertion, AssertionIssuer
from bridge.credentials.credential import Credential, CredentialPath, CredentialRequest
from bridge.credentials.entra_assertion import EntraAssertion, read_assertion
from bridge.credentials.graph import HOW_TO_GRANT, GraphNames
from bridge.credentials.jwt_assertion import JwtIssuer
from bridge.credentials.name_id import attributes, name_id
from bridge.credentials.on_behalf_of import Entra
from bridge.credentials.redact import names_of
from bridge.credentials.refusal import EntraRefusal
from bridge.credentials.token_endpoint import Subject, exchange_assertion
from bridge.credentials.trust import TrustHistory
from bridge.errors import Misconfigured
from bridge.remembered import APP_WIDE_SECONDS, OAUTH_UNSUPPORTED_SECONDS
from bridge.settings import SamlSettings, Settings, SystemSettings, TokenSettings
from bridge.trace import AssertionRecord, Trace

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa

T = TypeVar("T")


class CredentialPaths:
    """Obtains credentials. Safe for threads."""

    def __init__(
        self, settings: Settings, kinds: Mapping[str, SystemType], client: Client, clock: Callable[[], float]
    ) -> None:
        """`kinds`: the catalog's systems by name. `clock`: Unix time in seconds."""
        self._entra = Entra(settings.entra, client)
        self._client = client
        self._clock = clock
        self._kinds = kinds
        self._assertion_issuers = {
            name: _issuer(system.saml, system.token, clock)
            for name, system in settings.systems.items()
            if system.saml and system.token
        }
        self._oauth_unsupported: Store[str, bool] = Store(64, clock)
        self._app_wide: Store[tuple[str, str], EntraRefusal] = Store(256, clock)
        self._trust = TrustHistory(clock)
        self._graph = GraphNames(settings.entra, self._entra, client, clock)

    def obtain(self, request: CredentialRequest, trace: Trace, *, avoid_oauth: bool = False) -> Credential:
        """A new credential. `avoid_oauth`: `auto` goes to SAML at once. Raises a `BridgeError` or `EntraRefusal`."""
        system = request.system
        if system.path == "saml" or request.service_account is not None:
            return self._saml(request, trace)
        if system.path == "oauth":
            return self._oauth(request, trace)
        if not avoid_oauth:
            if self._oauth_unsupported.get(system.name):
                return self._saml(request, trace)  # the entry is not prolonged, or a change would never be noticed
            try:
                return self._oauth(request, trace)
            except EntraRefusal as refusal:
                if refusal.row.outcome is not Outcome.SAML_ONLY or system.token is None:
                    raise
        credential = self._saml(request, trace)
        self._oauth_unsupported.put(system.name, True, ends_at=self._clock() + OAUTH_UNSUPPORTED_SECONDS)
        return credential

    def forget(self, request: CredentialRequest) -> None:
        """Drop what is remembered of the system's path and of the caller's name, for the probe and `check --live`."""
        system_name = request.system.name
        self._app_wide.drop(lambda key: key[0] == system_name)
        self._oauth_unsupported.drop(lambda name: name == system_name)
        self._graph.forget(request.caller, system_name)

    def explain(self, system: SystemSettings) -> tuple[str, str]:
        """The path that would be taken now, and why, as a text. Nothing is sent."""
        path, why = self._explained(system)
        rule = system.saml.name_id if system.saml and system.path != "oauth" else None
        return path, f"{why}; the user is named by the {rule.source}" if rule and rule.graph_property else why

    def _explained(self, system: SystemSettings) -> tuple[str, str]:
        signer = assertion_path(system)
        if system.path == "oauth":
            return "oauth", f"{system.setting('PATH')} is oauth"
        if system.path == "saml":
            return signer, f"{system.setting('PATH')} is saml"
        if system.token is None:
            return "oauth", f"{system.setting('PATH')} is auto, and there is no token endpoint for SAML assertions"
        if self._oauth_unsupported.get(system.name):
            return signer, "Entra refused an access token for this system lately, because it is configured for SAML"
        return (
            "oauth",
            f"{system.setting('PATH')} is auto: oauth first, {signer} if the system turns out to be SAML-only",
        )

    def _oauth(self, request: CredentialRequest, trace: Trace) -> Credential:
        system = request.system
        scope = _needed(system.resource_scope, system, "RESOURCE_SCOPE")
        with trace.hop("entra"), self._app_wide_refusals(system, "oauth"):
            token, seconds = self._entra.access_token(request.caller, scope, trace)
        return Credential(token, self._clock() + seconds, "oauth")

    def _saml(self, request: CredentialRequest, trace: Trace) -> Credential:
        if request.system.signer == "entra":
            return self._entra_saml(request, trace)
        return self._signed_by_bridge(request, trace)

    def _entra_saml(self, request: CredentialRequest, trace: Trace) -> Credential:
        token = _needed(request.system.token, request.system, "TOKEN__URL")
        first = self._assertion_of_entra(request, trace)
        with _noted(first.recipient_note(token.url)):
            return self._exchange(
                first.xml, lambda: self._assertion_of_entra(request, trace).xml, first.name_id, request, trace
            )

    def _assertion_of_entra(self, request: CredentialRequest, trace: Trace) -> EntraAssertion:
        system = request.system
        scope = _needed(system.resource_scope, system, "RESOURCE_SCOPE")
        audience = _needed(system.audience, system, "SAML__AUDIENCE")
        with trace.hop("entra"):
            with self._app_wide_refusals(system, "saml"):
                encoded = self._entra.assertion(request.caller, scope, trace)
            read = read_assertion(encoded, request.caller, audience, now=self._clock())
        trace.assertions.append(AssertionRecord(read.id, "entra", read.certificate_thumbprint))
        return read

    def _signed_by_bridge(self, request: CredentialRequest, trace: Trace) -> Credential:
        system = request.system
        saml = _needed(system.saml, system, "SAML__CERTIFICATE")
        if problem := saml.key.date_problem(self._clock()):
            raise Misconfigured(
                f"The bridge can't sign for {system.name}.",
                operator=f"{system.setting('SAML__CERTIFICATE')} {problem}: see docs/operations.md, Replacing a "
                "signing key",
            )
        name = request.service_account or self._name_id(request, saml, trace)
        issue = partial(self._issue, request, saml, name, trace)
        return self._exchange(issue(), issue, name, request, trace)

    def _name_id(self, request: CredentialRequest, saml: SamlSettings, trace: Trace) -> str:
        rule, system = saml.name_id, request.system
        if rule.graph_property is None:
            return name_id(request.caller.claims.get(rule.claim or ""), rule)
        try:
            with self._app_wide_refusals(system, "graph"):
                value = self._graph.value(request.caller, system.name, rule.graph_property, trace)
        except EntraRefusal as refusal:
            refusal.note = HOW_TO_GRANT
            raise
        return name_id(value, rule)

    def _issue(self, request: CredentialRequest, saml: SamlSettings, name: str, trace: Trace) -> bytes:
        """An assertion for `name`. A service account's has no data of the caller."""
        with trace.hop("sign"):
            signer = saml.key.signer(self._client, trace.deadline)
            assertion = _issued(self._assertion_issuers[request.system.name], request, saml, name, signer)
        trace.assertions.append(AssertionRecord(assertion.id, "bridge", saml.key.thumbprint))
        return assertion.xml

    def _exchange(
        self, first: bytes, again: Callable[[], bytes], name: str, request: CredentialRequest, trace: Trace
    ) -> Credential:
        """Exchange the `first` assertion, or a new one if the connection was lost before a response."""
        system = request.system
        token = _needed(system.token, system, "TOKEN__URL")
        subject_hash = _subject_hash(request)
        subject = Subject(
            names={name, *names_of(request.caller)},
            points_to_user=partial(self._trust.points_to_user, system.name, subject_hash),
        )
        assertions = chain([first], iter(again, None))
        with trace.hop("system_token"):
            response = exchange_assertion(
                lambda: next(assertions),
                subject,
                system,
                token,
                kind=self._kinds[system.kind],
                client=self._client,
                trace=trace,
            )
        self._trust.accepted(system.name, subject_hash)
        ends_at = self._clock() + response.seconds
        return Credential(response.access_token, ends_at, assertion_path(system), response.host, name)

    @contextmanager
    def _app_wide_refusals(self, system: SystemSettings, grant: str) -> Iterator[None]:
        """If Entra has just refused this for every user, send it nothing: automatic retries must not reach it."""
        refused = self._app_wide.get((system.name, grant))
        if refused is not None:
            raise refused.remembered()  # a copy: raising the kept one would attach frames, and so tokens, to it
        try:
            yield
        except EntraRefusal as refusal:
            turns = refusal.row.outcome is Outcome.SAML_ONLY and system.path == "auto"
            if refusal.row.app_wide and not turns:
                ends_at = self._clock() + APP_WIDE_SECONDS
                self._app_wide.put((system.name, grant), refusal.remembered(), ends_at=ends_at)
            raise


def assertion_path(system: SystemSettings) -> CredentialPath:
    """Which of the paths with an assertion the system takes."""
    if system.signer == "entra":
        return "entra_saml"
    return "bridge_jwt" if system.token is not None and system.token.assertion == "jwt" else "bridge_saml"


def _issuer(saml: SamlSettings, token: TokenSettings, clock: Callable[[], float]) -> AssertionIssuer | JwtIssuer:
    if token.assertion == "jwt":
        return JwtIssuer(saml, token.key_id, clock=clock)
    return AssertionIssuer(saml, clock=clock)


def _issued(
    issuer: AssertionIssuer | JwtIssuer,
    request: CredentialRequest,
    saml: SamlSettings,
    name: str,
    key: rsa.RSAPrivateKey,
) -> Assertion:
    if isinstance(issuer, JwtIssuer):
        return issuer.issue(name, key)
    if request.service_account:
        return issuer.issue(name, {}, key, service=True)
    signed_in_at = request.caller.claims.get("auth_time")
    known = signed_in_at if isinstance(signed_in_at, int) and signed_in_at > 0 else None
    return issuer.issue(name, attributes(request.caller, saml.attributes), key, signed_in_at=known)


@contextmanager
def _noted(note: str | None) -> Iterator[None]:
    """If the system refuses the assertion, add `note` to the operator's text."""
    try:
        yield
    except Misconfigured as error:
        if note:
            error.operator = f"{error.operator} {note}"
        raise


def _subject_hash(request: CredentialRequest) -> str:
    """A hash of the assertion's subject, for the memory of `TrustHistory`."""
    caller = request.caller
    subject = "service account" if request.service_account else f"{caller.tenant_id}/{caller.object_id}"
    return hashlib.sha256(subject.encode()).hexdigest()


def _needed(value: T | None, system: SystemSettings, suffix: str) -> T:
    if value is None:
        setting = system.setting(suffix)
        raise Misconfigured(
            f"The bridge has no {suffix} for {system.name}.", operator=f"{setting} is missing for the path taken"
        )
    return value
