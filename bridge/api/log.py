"""The one log line of a request. Never a token, an assertion, a secret, or a person's data."""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Iterable
from typing import TYPE_CHECKING

from bridge.api.message import Request
from bridge.errors import BridgeError
from bridge.trace import Hop, Trace

if TYPE_CHECKING:
    from bridge.inbound import Caller

logger = logging.getLogger("bridge")

CLIENT_REQUEST_ID = re.compile(r"[0-9a-fA-F-]{8,64}")


def log_request(
    request: Request,
    trace: Trace,
    *,
    operation: str,
    system: str | None,
    status: int,
    total_ms: float,
    caller: Caller | None,
    error: BridgeError | None,
) -> None:
    """Write the line: JSON, members that are None left out. Times are in milliseconds."""
    sent_id = request.headers.get("x-ms-client-request-id", "")
    members: dict[str, object] = {
        "event": "request",
        "correlationId": trace.correlation_id,
        "clientRequestId": sent_id if CLIENT_REQUEST_ID.fullmatch(sent_id) else None,
        "invocationId": request.invocation_id or None,
        "operation": operation,
        "system": system,
        "status": status,
        "code": error.code if error else None,
        "operator": error.operator if error else None,
        "aadsts": error.members.get("aadsts") if error else None,
        "entraTraceId": error.members.get("entraTraceId") if error else None,
        "tenantId": caller.tenant_id if caller else None,
        "objectId": caller.object_id if caller else None,
        "actor": caller.actor if caller else None,
        "actorParent": caller.actor_parent if caller else None,
        "path": trace.path,
        "exchanges": trace.exchanges,
        "assertionId": trace.assertion_id,
        "certificateThumbprint": trace.certificate_thumbprint,
        "ms": {"total": round(total_ms, 1), **_sums(trace.hops)},
    }
    level = logging.ERROR if status in (424, 500, 502) else logging.INFO
    logger.log(level, json.dumps({name: value for name, value in members.items() if value is not None}))


def log_crash(trace: Trace, error: Exception) -> None:
    """Where an unforeseen error arose. Its text is left out: it may hold what a user sent."""
    places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-8:]]
    members = {"event": "crash", "correlationId": trace.correlation_id, "error": type(error).__name__, "at": places}
    logger.error(json.dumps(members))


def _sums(hops: Iterable[Hop]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for hop in hops:
        sums[hop.name] = round(sums.get(hop.name, 0.0) + hop.ms, 1)
    return sums
