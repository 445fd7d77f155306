"""Makes each write once: pauses, the ledger, and the table behind them. Opened for the first write."""

from __future__ import annotations

import random
import secrets
import threading
from collections.abc import Callable, Mapping

from bridge.base.deadline import Deadline
from bridge.base.http_client import Client
from bridge.catalog import Operation
from bridge.errors import BridgeError, Misconfigured, OutcomeUnknown
from bridge.inbound import Caller
from bridge.ledger.azure_table import RESOURCE, AzureTable
from bridge.ledger.ledger import Claim, Ledger, Repeat, unavailable
from bridge.ledger.memory_table import MemoryTable
from bridge.ledger.pause import PauseReader
from bridge.ledger.table import Table, TableUnavailable
from bridge.ledger.write import Digests
from bridge.settings import Settings
from bridge.signing.managed_identity import ManagedIdentity
from bridge.trace import Trace

SWEEP_EVERY = 200
"""On average, one of so many writes is followed by the deletion of expired rows."""


def open_table(settings: Settings, client: Client) -> Table:
    """The table that the settings name."""
    url = settings.ledger.table_url
    if url is None:
        return MemoryTable()
    identity = ManagedIdentity(settings.entra.client_credential.managed_identity_client_id)
    return AzureTable(url, client, lambda deadline: identity.token(RESOURCE, client, deadline))


class Writes:
    """Makes each write once. Thread-safe."""

    def __init__(self, settings: Settings, client: Client, table: Table | None = None) -> None:
        self._allowed = settings.ledger.allowed
        self.table = table or open_table(settings, client)
        self._ledger = Ledger(self.table)
        self._pauses = PauseReader(self.table)
        self._digests = Digests((settings.ledger.key or secrets.token_hex(32)).encode())

    def once(
        self,
        operation: Operation,
        system: str,
        caller: Caller,
        inputs: Mapping[str, object],
        idempotency_key: str | None,
        trace: Trace,
        work: Callable[[], dict[str, object]],
    ) -> dict[str, object]:
        """The result of `work`, or that of the first time with `repeated` and `firstAt`. Raises a `BridgeError`.

        `work` raises `OutcomeUnknown` if it sent the request and does not know the outcome. Any other `BridgeError`
        means that nothing was done.
        """
        write = self._digests.write(
            tenant_id=caller.tenant_id,
            object_id=caller.object_id,
            client_id=caller.client_id,
            system=system,
            operation=operation.id,
            inputs=inputs,
            idempotency_key=idempotency_key,
        )
        try:
            with trace.hop("ledger"):
                self._require_allowed(system, caller, trace)
                claim = self._ledger.begin(write, trace.deadline)
            if isinstance(claim, Repeat):
                following = {"nextStep": operation.next_step} if operation.next_step else {}
                return {**claim.result, **following, "repeated": True, "firstAt": claim.first_at}
            result = _settled(claim, work, trace)
        except OutcomeUnknown as error:
            if operation.confirm_with and "confirmWith" not in error.members:
                error.members["confirmWith"] = operation.confirm_with
                error.hint = f"{error.hint} {operation.confirm_with} shows whether it was done."
            raise
        with trace.hop("ledger"):
            claim.done({name: result[name] for name in operation.ledger if name in result})
        self._sweep_now_and_then()
        return result

    def _require_allowed(self, system: str, caller: Caller, trace: Trace) -> None:
        if not self._allowed:
            raise Misconfigured(
                "The bridge makes no changes, because it has no write ledger. Nothing was done.",
                operator="BRIDGE_LEDGER__TABLE_URL is missing: set it, or accept duplicates with BRIDGE_LEDGER=memory",
            )
        try:
            self._pauses.require_running(system, caller.object_id, trace.deadline)
        except TableUnavailable as error:
            raise unavailable(error) from None

    def _sweep_now_and_then(self) -> None:
        if random.randrange(SWEEP_EVERY) == 0:  # noqa: S311
            threading.Thread(target=self._sweep, daemon=True, name="ledger-sweep").start()

    def _sweep(self) -> None:
        try:
            self._ledger.sweep(Deadline(30))
        except (TableUnavailable, BridgeError):
            return  # the next sweep finds what is left


def _settled(claim: Claim, work: Callable[[], dict[str, object]], trace: Trace) -> dict[str, object]:
    """The result of `work`. If it fails, the claim is settled first."""
    try:
        return work()
    except OutcomeUnknown:
        with trace.hop("ledger"):
            claim.unknown()
        raise
    except BridgeError:
        with trace.hop("ledger"):
            claim.release()
        raise
    except BaseException:  # a defect of the bridge: the request may have been sent
        claim.unknown()
        raise
