"""The order of a request: caller → operation → ledger (writes) → credential → send. No other module knows it."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
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


@dataclass(frozen=True, slots=True)
class _Call:
    """One operation at a system for a caller, with its checked inputs."""

    operation: Operation
    system: SystemSettings
    caller: Caller
    inputs: Mapping[str, object]
    trace: Trace


class App:
    """The bridge with its settings. Thread-safe."""

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
        """The caller whom a validated access token names. Raises a `BridgeError`."""
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
        """Perform `operation` at a configured system as the caller; a write is made once. Raises a `BridgeError`.

        `raw` are the inputs, not checked yet. `idempotency_key` identifies a write; without it, its inputs do.
        """
        system = self.system(operation, system_name)
        call = _Call(operation, system, caller, check_inputs(operation, raw), trace)
        return self._once(call, idempotency_key, partial(self._send, call))

    def _once(
        self, call: _Call, idempotency_key: str | None, work: Callable[[], dict[str, object]]
    ) -> dict[str, object]:
        """The result of `work`. A write is made once, and no caller takes all threads."""
        operation, system, caller = call.operation, call.system.name, call.caller
        with self._shares.turn(caller.tenant_id, caller.object_id):
            if operation.kind == "read":
                return work()
            return self.writes.once(operation, system, caller, call.inputs, idempotency_key, call.trace, work)

    @property
    def writes(self) -> Writes:
        """The write ledger, imported and opened for the first write."""
        with self._lock:
            if self._writes is None:
                from bridge.ledger.writes import Writes

                self._writes = Writes(self.settings, self.client)
            return self._writes

    def _send(self, call: _Call) -> dict[str, object]:
        if isinstance(call.operation.request, ListRequest):
            return self._perform(call, None, {})
        request = CredentialRequest(call.caller, call.system, service=call.operation.subject == "service")
        with _credential_hop(call):
            lease = self.broker.lease(request, call.trace)
        return _renewing(partial(self._with_lookups, call, lease), call, lease)

    def forward(
        self,
        request: RawRequest,
        system: SystemSettings,
        caller: Caller,
        trace: Trace,
        *,
        idempotency_key: str | None = None,
    ) -> RawResponse:
        """Send a pass-through request on as the caller; a write is made once. Raises a `BridgeError`."""
        from bridge.outbound.raw import RawResponse  # few bridges have the pass-through

        operation = request.operation(self.catalog.systems[system.kind])
        call = _Call(operation, system, caller, request.inputs, trace)
        responses: list[RawResponse] = []

        def work() -> dict[str, object]:
            responses.append(self._forward(request, call))
            return {}

        result = self._once(call, idempotency_key, work)
        return responses[0] if responses else RawResponse(200, json.dumps(result).encode())

    def _forward(self, request: RawRequest, call: _Call) -> RawResponse:
        system, trace = call.system, call.trace
        with _credential_hop(call):
            lease = self.broker.lease(CredentialRequest(call.caller, system), trace)

        def send() -> RawResponse:
            return request.send(
                call.operation,
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

        return _renewing(work, call, lease)

    def try_services(
        self, system: SystemSettings, caller: Caller, trace: Trace
    ) -> list[tuple[Operation, BridgeError | None]]:
        """Do what a call does, with nothing remembered: obtain a new credential, then read from each service.

        Returns each read with its error, without what it read. Raises if no credential can be obtained.
        """
        with trace.hop("credential"):
            lease = self.broker.lease(CredentialRequest(caller, system), trace, remember=False)
        tried: list[tuple[Operation, BridgeError | None]] = []
        for operation in harmless_reads(self.catalog, system.operations):
            try:
                call = _Call(operation, system, caller, check_inputs(operation, {}), trace)
                _renewing(partial(self._with_lookups, call, lease), call, lease)
                tried.append((operation, None))
            except BridgeError as error:
                if "reason" in error.members:  # the system refuses the credential itself, for every service
                    raise
                tried.append((operation, error))
        return tried

    def configured(self, system_name: str) -> SystemSettings | None:
        """The system's settings, or None if it has none. Raises `Misconfigured` if they have mistakes."""
        if broken := self.settings.broken.get(system_name):
            raise Misconfigured(
                f"The system {system_name!r} is not set up correctly in this bridge.",
                operator=f"Settings with problems: {', '.join(sorted({problem.setting for problem in broken}))}",
            )
        return self.settings.systems.get(system_name)

    def operation(self, id_: str) -> Operation:
        """The operation of the catalog. Raises `Misconfigured` if it is left out."""
        if operation := self.catalog.operations.get(id_):
            return operation
        raise Misconfigured(
            f"The operation {id_} is left out of this bridge's catalog.",
            operator=self.catalog.disabled.get(id_, "It is not in the catalog"),
        )

    def timeout_seconds(self, system_name: str | None, default: float) -> float:
        """How long a request to the system may take."""
        system = self.settings.systems.get(system_name or "")
        return system.timeout_seconds if system else default

    def system(self, operation: Operation, system_name: str) -> SystemSettings:
        """The configured system. Raises `Misconfigured`, or `Forbidden` if `operation` is not open there."""
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

    def _with_lookups(self, call: _Call, lease: CredentialLease) -> dict[str, object]:
        """Perform an operation after its lookups. The caller's worker id is such a lookup, never an input."""
        owner = (call.caller.tenant_id, call.caller.object_id, call.system.name)

        def read(id_: str, asked: Mapping[str, object]) -> dict[str, object]:
            looked_up = self.catalog.operations[id_]
            return self._with_lookups(replace(call, operation=looked_up, inputs=check_inputs(looked_up, asked)), lease)

        def work() -> dict[str, object]:
            return self._perform(call, lease, self._lookups.find(call.operation, call.inputs, owner, read))

        return self._lookups.remembered(call.operation, call.inputs, owner, work)

    def _perform(self, call: _Call, lease: CredentialLease | None, lookups: Mapping[str, object]) -> dict[str, object]:
        system, trace = call.system, call.trace

        def work() -> dict[str, object]:
            return perform(
                call.operation,
                call.inputs,
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
    """The error for a system that no setting names."""
    return Misconfigured(
        f"The system {system_name!r} is not set up in this bridge.",
        operator=f"There are no BRIDGE_SYSTEMS__{system_name.upper()}__… settings",
    )


def _renewing(work: Callable[[], T], call: _Call, lease: CredentialLease) -> T:
    """The result of `work`, repeated once with a new credential if the system refuses this one."""
    try:
        return work()
    except CredentialRejected:
        with _credential_hop(call):
            lease.renew()
    try:
        return work()
    except CredentialRejected as refused:
        lease.discard()
        reason = {"reason": refused.code}
        raise Misconfigured(refused.detail, hint=refused.hint, members=reason, operator=refused.operator) from None


@contextmanager
def _credential_hop(call: _Call) -> Iterator[None]:
    """Times the hop. A write that was not sent may be tried again, even if Entra's response was unusable."""
    try:
        with call.trace.hop("credential"):
            yield
    except InvalidUpstreamResponse as error:
        if call.operation.kind == "read":
            raise
        code = "entra_unavailable"
        raise TryLater(error.detail, code=code, hint=error.hint, retry_after=5, operator=error.operator) from None
