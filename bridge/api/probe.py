"""`POST /api/probe/{system}`: walks the path as the caller, with nothing remembered, and reports each hop."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from bridge.api.message import Request
from bridge.api.problem import problem
from bridge.base.store import Store
from bridge.errors import BridgeError, NotFound, TryLater
from bridge.trace import Trace

if TYPE_CHECKING:
    from bridge.app import App
    from bridge.inbound import Caller

PROBES = 5
WINDOW_SECONDS = 60.0
MAX_CALLERS = 1024


class Limiter:
    """At most `PROBES` in `WINDOW_SECONDS` for each caller: every probe costs exchanges that a cache would spare."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._starts: Store[tuple[str, str], tuple[float, ...]] = Store(MAX_CALLERS, time.monotonic)

    def admit(self, caller: Caller) -> None:
        """Raises `TryLater` if the caller has probed enough for now."""
        now, key = time.monotonic(), (caller.tenant_id, caller.object_id)
        with self._lock:
            starts = tuple(start for start in self._starts.get(key) or () if now - start < WINDOW_SECONDS)
            if len(starts) < PROBES:
                self._starts.put(key, (*starts, now), ends_at=now + WINDOW_SECONDS)
                return
        wait = max(1, round(WINDOW_SECONDS - (now - starts[0])))
        raise TryLater(
            f"You can probe {PROBES} times a minute.",
            code="probe_limited",
            hint=f"Wait {wait} seconds.",
            retry_after=wait,
        )


def probe(limiter: Limiter, app: App, caller: Caller, request: Request, trace: Trace) -> dict[str, object]:
    """What each hop did. An error on the way is part of the report; nothing that was read is."""
    from bridge.check.service_reads import ServiceRead, summary  # rarely asked for

    system_name = request.path.get("system", "")
    if not app.settings.probe:
        raise NotFound("Probing is off in this bridge.", hint="An administrator can set BRIDGE_PROBE to true.")
    system = app.configured(system_name)
    if system is None:
        known = ", ".join(sorted(app.settings.systems))
        raise NotFound("There is no such system in this bridge.", hint=f"Set up are: {known}")
    limiter.admit(caller)
    report: dict[str, object] = {"system": system_name, "ok": True}
    try:
        reads = [ServiceRead(operation, error) for operation, error in app.try_services(system, caller, trace)]
        first = next((read.error for read in reads if read.error), None)
        report["read"] = ", ".join(read.operation.id for read in reads if not read.error) or None
        report["summary"] = summary(reads)
        report["services"] = [read.row() for read in reads]
        if first is not None:
            report["ok"] = False
            report["problem"] = problem(first, trace.correlation_id)
    except BridgeError as error:
        report["ok"] = False
        report["problem"] = problem(error, trace.correlation_id)
    report["path"] = trace.path
    report["hops"] = [{"name": hop.name, "ms": hop.ms, "outcome": hop.outcome} for hop in trace.hops]
    return {name: value for name, value in report.items() if value is not None}
