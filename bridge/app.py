"""The order of a request: caller → operation → ledger (writes) → credential → send. No other module knows it."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from bridge.base.http_client import Client
from bridge.catalog import Catalog, ListRequest, Operation, Target
from bridge.catalog.harmless import harmless_reads
from bridge.credentials import Broker, CredentialLease, CredentialRequest
from bridge.errors import BridgeError, CredentialRejected, Forbidden, InvalidUpstreamResponse, Misconfigured, TryLater
from bridge.fair_share import FairShare
from bridge.inbound import Authenticator, Caller
from bridge.outbound import Lookups, check_inputs, perform
from bridge.outbound.patience import Patience
from bridge.settings import Settings, SystemSettings
from bridge.trace import Trace

if TYPE_CHECKING:
    from bridge.ledger.writes import Writes
    from bridge.outbound.raw import RawRequest, RawResponse

T = TypeVar("T")


class App:
    """The bridge with its settings in force. Safe for threads."""

    def __init__(self, settings: Settings, catalog: Catalog, client: Client | None = None) -> None:
        self.settings = settings
        self.catalog = catalog
        self.client = client or Client()
        self.authenticator = Authenticator.for_entra(settings.entra, self.client, settings.used_claims)
        self.broker = Broker(settings, catalog.systems, self.client)
        self.patience = Patience()
        threads = os.environ.get("PYTHON_THREADPOOL_THREAD_COUNT", "")
        self._shares = FairShare(int(threads) if threads.isdecimal() else None)
        self._lock = threading.Lock()
        self._writes: Writes | None = None
        self._lookups = Lookups()

    def authenticate(self, authorization: str | None, trace: Trace) -> Caller:
        """Who is calling."""
        with trace.hop("inbound"):
            return self.authenticator.authenticate(authorization)

    def run(
        self,
        operation: Operation,
        system_name: str,
        caller: Caller,
        raw: Mapping[str, object],
        trace: Trace,
        *,
        idempotency_key: str | None = None,
    ) -> dict[str, object]:
        """Do `operation` as the caller at the configured system, a write once. Raises a `BridgeError`.

        `idempotency_key`: what the caller names the request by; without it, a write is known by its inputs.
        """
        system = self.system(operation, system_name)
        inputs = check_inputs(operation, raw)

        def work() -> dict[str, object]:
            return self._send(operation, system, caller, inputs, trace)

        with self._shares.turn(caller.tenant_id, caller.object_id):
            if operation.kind == "read":
                return work()
            return self.writes.once(operation, system.name, caller, inputs, idempotency_key, trace, work)

    @property
    def writes(self) -> Writes:
        """The write ledger, imported and opened for the first write."""
        with self._lock:
            if self._writes is None:
                from bridge.ledger.writes import Writes

                self._writes = Writes(self.settings, self.client)
            return self._writes

    def _send(
        self,
        operation: Operation,
        system: SystemSettings,
        caller: Caller,
        inputs: Mapping[str, object],
        trace: Trace,
    ) -> dict[str, object]:
        if isinstance(operation.request, ListRequest):
            return self._perform(operation, system, inputs, None, {}, trace)
        request = CredentialRequest(caller, system, service=operation.subject == "service")
        with _credential_hop(operation, trace):
            lease = self.broker.lease(request, trace)
        return self._with_renewal(operation, request, inputs, lease, trace)

    def forward(
        self,
        request: RawRequest,
        system: SystemSettings,
        caller: Caller,
        trace: Trace,
        *,
        idempotency_key: str | None = None,
    ) -> RawResponse:
        """Pass `request` on as the caller, a write once. Raises a `BridgeError`."""
        from bridge.outbound.raw import RawResponse  # few bridges have the pass-through

        operation = request.operation(self.catalog.systems[system.kind])
        responses: list[RawResponse] = []

        def work() -> dict[str, object]:
            responses.append(self._forward(request, operation, system, caller, trace))
            return {}

        with self._shares.turn(caller.tenant_id, caller.object_id):
            if operation.kind == "read":
                result = work()
            else:
                inputs = request.inputs
                result = self.writes.once(operation, system.name, caller, inputs, idempotency_key, trace, work)
        return responses[0] if responses else RawResponse(200, json.dumps(result).encode())

    def _forward(
        self, request: RawRequest, operation: Operation, system: SystemSettings, caller: Caller, trace: Trace
    ) -> RawResponse:
        with _credential_hop(operation, trace):
            lease = self.broker.lease(CredentialRequest(caller, system), trace)

        def send() -> RawResponse:
            return request.send(
                operation,
                kind=self.catalog.systems[system.kind],
                target=lease.target(),
                access_token=lease.access_token,
                passed=system.raw.headers if system.raw else (),
                client=self.client,
                deadline=trace.deadline,
                correlation_id=trace.correlation_id,
            )

        def work() -> RawResponse:
            with trace.hop("system"):
                return self.patience.call(system.name, send, trace.deadline)

        return _renewing(work, operation, lease, trace)

    def try_services(
        self, system: SystemSettings, caller: Caller, trace: Trace
    ) -> list[tuple[Operation, BridgeError | None]]:
        """Do what a call does, with nothing remembered: obtain a new credential, then read from each service.

        Returns each read with its error, without what it read. Raises if no credential can be obtained.
        """
        request = CredentialRequest(caller, system)
        with trace.hop("credential"):
            lease = self.broker.lease(request, trace, remember=False)
        tried: list[tuple[Operation, BridgeError | None]] = []
        for operation in harmless_reads(self.catalog, system.operations):
            try:
                self._with_renewal(operation, request, check_inputs(operation, {}), lease, trace)
                tried.append((operation, None))
            except BridgeError as error:
                if (
                    "reason" in error.members
                ):  # the system refuses every credential, so it does not concern this service alone
                    raise
                tried.append((operation, error))
        return tried

    def configured(self, system_name: str) -> SystemSettings | None:
        """The system's settings, or None if it has none. Raises `Misconfigured` if they have mistakes."""
        if broken := self.settings.broken.get(system_name):
            raise Misconfigured(
                f"The system {system_name!r} is not set up correctly in this bridge.",
                hint="Ask the administrator of the bridge: `GET /api/check` names every problem with its fix.",
                operator=f"Settings with problems: {', '.join(sorted({problem.setting for problem in broken}))}",
            )
        return self.settings.systems.get(system_name)

    def operation(self, id_: str) -> Operation:
        """The operation of the catalog. Raises `Misconfigured` if it is left out."""
        if operation := self.catalog.operations.get(id_):
            return operation
        raise Misconfigured(
            f"The operation {id_} is left out of this bridge's catalog.",
            hint="Ask the administrator of the bridge: `GET /api/check` names every problem with its fix.",
            operator=self.catalog.disabled.get(id_, "It is not in the catalog"),
        )

    def timeout_seconds(self, system_name: str | None, default: float) -> float:
        """How long a request to the system may take."""
        system = self.settings.systems.get(system_name or "")
        return system.timeout_seconds if system else default

    def system(self, operation: Operation, system_name: str) -> SystemSettings:
        """The configured system, if `operation` is open there."""
        system = self.configured(system_name)
        if system is None:
            raise not_set_up(system_name)
        if operation.id not in system.operations:
            raise Forbidden(
                f"The operation {operation.id} is not open in this bridge.",
                code="operation_not_open",
                hint=f"An administrator can open it with {system.setting('OPERATIONS')}.",
            )
        return system

    def _with_renewal(
        self,
        operation: Operation,
        request: CredentialRequest,
        inputs: Mapping[str, object],
        lease: CredentialLease,
        trace: Trace,
    ) -> dict[str, object]:
        """Perform, and once more with another credential if the system refuses this one."""
        return _renewing(lambda: self._with_lookups(operation, request, inputs, lease, trace), operation, lease, trace)

    def _with_lookups(
        self,
        operation: Operation,
        request: CredentialRequest,
        inputs: Mapping[str, object],
        lease: CredentialLease,
        trace: Trace,
    ) -> dict[str, object]:
        """Do an operation after its lookups, such as that of the caller's worker id, which is never an input."""
        owner = (request.caller.tenant_id, request.caller.object_id, request.system.name)

        def read(id_: str, asked: Mapping[str, object]) -> dict[str, object]:
            looked_up = self.catalog.operations[id_]
            return self._with_lookups(looked_up, request, check_inputs(looked_up, asked), lease, trace)

        def do() -> dict[str, object]:
            found = self._lookups.find(operation, inputs, owner, read)
            return self._perform(operation, request.system, inputs, lease, found, trace)

        return self._lookups.remembered(operation, inputs, owner, do)

    def _perform(
        self,
        operation: Operation,
        system: SystemSettings,
        inputs: Mapping[str, object],
        lease: CredentialLease | None,
        lookups: Mapping[str, object],
        trace: Trace,
    ) -> dict[str, object]:
        def work() -> dict[str, object]:
            return perform(
                operation,
                inputs,
                kind=self.catalog.systems[system.kind],
                target=lease.target() if lease else Target(host=system.host, tenant=system.tenant),
                access_token=lease.access_token if lease else None,
                lookups=lookups,
                client=self.client,
                deadline=trace.deadline,
                correlation_id=trace.correlation_id,
            )

        with trace.hop("system"):
            return self.patience.call(system.name, work, trace.deadline)


def not_set_up(system_name: str) -> Misconfigured:
    """The error if no setting names the system."""
    return Misconfigured(
        f"The system {system_name!r} is not set up in this bridge.",
        hint="Ask the administrator of the bridge.",
        operator=f"There are no BRIDGE_SYSTEMS__{system_name.upper()}__… settings",
    )


def _renewing(work: Callable[[], T], operation: Operation, lease: CredentialLease, trace: Trace) -> T:
    """The result of `work`; once more with another credential if the system refuses this one."""
    try:
        return work()
    except CredentialRejected:
        with _credential_hop(operation, trace):
            lease.renew()
    try:
        return work()
    except CredentialRejected as refused:
        lease.discard()
        reason = {"reason": refused.code}
        raise Misconfigured(refused.detail, hint=refused.hint, members=reason, operator=refused.operator) from None


@contextmanager
def _credential_hop(operation: Operation, trace: Trace) -> Iterator[None]:
    """Time the hop. A write that has not been sent can be tried again, even if Entra's response was unusable."""
    try:
        with trace.hop("credential"):
            yield
    except InvalidUpstreamResponse as error:
        if operation.kind == "read":
            raise
        code = "entra_unavailable"
        raise TryLater(error.detail, code=code, hint=error.hint, retry_after=5, operator=error.operator) from None
