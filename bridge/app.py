"""The order of things: caller → operation → credential → send. Nothing else in the bridge knows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from bridge.base.http_client import Client
from bridge.catalog import Catalog, ListRequest, Operation, Target
from bridge.catalog.harmless import harmless_reads
from bridge.credentials import Broker, Credential, CredentialRequest
from bridge.errors import BridgeError, CredentialRejected, Forbidden, InvalidUpstreamResponse, Misconfigured, TryLater
from bridge.inbound import Authenticator, Caller
from bridge.outbound import Lookups, check_inputs, perform
from bridge.settings import Settings, SystemSettings
from bridge.trace import Trace


class App:
    """The bridge with its settings in force. Safe for threads."""

    def __init__(self, settings: Settings, catalog: Catalog, client: Client | None = None) -> None:
        self.settings = settings
        self.catalog = catalog
        self.client = client or Client()
        self.authenticator = Authenticator.for_entra(settings.entra, self.client)
        self.broker = Broker(settings, catalog.systems, self.client)
        self._lookups = Lookups()

    def authenticate(self, authorization: str | None, trace: Trace) -> Caller:
        """Who is calling."""
        with trace.hop("inbound"):
            return self.authenticator.authenticate(authorization)

    def run(
        self, operation: Operation, system_name: str, caller: Caller, raw: Mapping[str, object], trace: Trace
    ) -> dict[str, object]:
        """Do `operation` as the caller at the configured system. Raises a `BridgeError`."""
        system = self.system(operation, system_name)
        inputs = check_inputs(operation, raw)
        if isinstance(operation.request, ListRequest):
            return self._perform(operation, system, inputs, None, {}, trace)
        subject = CredentialRequest(caller, system, service=operation.subject == "service")
        with _asking_for_a_credential(operation, trace):
            credential, fresh = self.broker.get(subject, trace)
        try:
            return self._with_lookups(operation, subject, inputs, credential, trace)
        except CredentialRejected:
            with _asking_for_a_credential(operation, trace):
                renewed = self.broker.renew(subject, credential, trace, was_fresh=fresh)
        try:
            return self._with_lookups(operation, subject, inputs, renewed, trace)
        except CredentialRejected as refused:
            self.broker.discard(subject, renewed)
            reason, told = {"reason": refused.code}, refused.operator
            raise Misconfigured(refused.detail, hint=refused.hint, members=reason, operator=told) from None

    def try_services(
        self, system: SystemSettings, caller: Caller, trace: Trace
    ) -> list[tuple[Operation, BridgeError | None]]:
        """Walk the path with nothing remembered: a fresh credential, then one harmless read of each service.

        Returns each read with its error; what it read is dropped. Raises what keeps the credential from coming.
        """
        subject = CredentialRequest(caller, system)
        with trace.hop("credential"):
            credential = self.broker.fresh(subject, trace)
        tried: list[tuple[Operation, BridgeError | None]] = []
        for operation in harmless_reads(self.catalog, system.operations):
            try:
                self._with_lookups(operation, subject, check_inputs(operation, {}), credential, trace)
                tried.append((operation, None))
            except BridgeError as error:
                tried.append((operation, error))
        return tried

    def system(self, operation: Operation, system_name: str) -> SystemSettings:
        """The configured system, if `operation` is open there."""
        system = self.settings.systems.get(system_name)
        if system is None:
            raise Misconfigured(
                f"The system {system_name!r} is not set up in this bridge.",
                hint="Ask the administrator of the bridge.",
                operator=f"There are no BRIDGE_SYSTEMS__{system_name.upper()}__… settings",
            )
        if operation.id not in system.operations:
            raise Forbidden(
                f"The operation {operation.id} is not open in this bridge.",
                code="operation_not_open",
                hint=f"An administrator can open it with {system.setting('OPERATIONS')}.",
            )
        return system

    def _with_lookups(
        self,
        operation: Operation,
        subject: CredentialRequest,
        inputs: Mapping[str, object],
        credential: Credential,
        trace: Trace,
    ) -> dict[str, object]:
        """Do an operation after the reads that it needs, e.g. of the caller's worker id: never an input."""
        owner = (subject.caller.tenant_id, subject.caller.object_id, subject.system.name)

        def read(id_: str, asked: Mapping[str, object]) -> dict[str, object]:
            looked_up = self.catalog.operations[id_]
            return self._with_lookups(looked_up, subject, check_inputs(looked_up, asked), credential, trace)

        def do() -> dict[str, object]:
            found = self._lookups.find(operation, inputs, owner, read)
            return self._perform(operation, subject.system, inputs, credential, found, trace)

        return self._lookups.remembered(operation, inputs, owner, do)

    def _perform(
        self,
        operation: Operation,
        system: SystemSettings,
        inputs: Mapping[str, object],
        credential: Credential | None,
        lookups: Mapping[str, object],
        trace: Trace,
    ) -> dict[str, object]:
        with trace.hop("system"):
            return perform(
                operation,
                inputs,
                kind=self.catalog.systems[system.kind],
                target=Target(host=system.host, tenant=system.tenant),
                access_token=credential.access_token if credential else None,
                lookups=lookups,
                client=self.client,
                deadline=trace.deadline,
                correlation_id=trace.correlation_id,
            )


@contextmanager
def _asking_for_a_credential(operation: Operation, trace: Trace) -> Iterator[None]:
    """A write that has not been sent can be tried again, even if what Entra answered was no answer."""
    try:
        with trace.hop("credential"):
            yield
    except InvalidUpstreamResponse as error:
        if operation.kind == "read":
            raise
        code = "entra_unavailable"
        raise TryLater(error.detail, code=code, hint=error.hint, retry_after=5, operator=error.operator) from None
