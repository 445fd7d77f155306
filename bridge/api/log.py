"""The one log line of a request. Never a token, an assertion, a secret, or a person's data."""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bridge.api.message import Request
from bridge.errors import BridgeError
from bridge.trace import AssertionRecord, Hop, Trace

if TYPE_CHECKING:
    from bridge.inbound import Caller

logger = logging.getLogger("bridge")

CLIENT_REQUEST_ID = re.compile(r"[0-9a-fA-F-]{8,64}")
MAX_OPERATOR = 1500
MAX_CLAIM = 120
UNVERIFIED_CLAIMS = {"aud": "audience", "iss": "issuer", "azp": "client", "appid": "client"}
"""Claim → member of the log line. These claims name applications and tenants, never a person."""


def log_request(
    request: Request,
    trace: Trace,
    *,
    operation: str,
    system: str | None,
    writes: bool,
    status: int,
    total_ms: float,
    caller: Caller | None,
    error: BridgeError | None,
    unverified: Mapping[str, str] | None = None,
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
        "operator": _operator_text(error),
        "aadsts": error.members.get("aadsts") if error else None,
        "entraTraceId": error.members.get("entraTraceId") if error else None,
        "unverified": unverified or None,
        "tenantId": caller.tenant_id if caller else None,
        "objectId": caller.object_id if caller else None,
        "actor": caller.actor if caller else None,
        "actorParent": caller.actor_parent if caller else None,
        "path": trace.path,
        "exchanges": trace.exchanges,
        "assertions": [_assertion(record) for record in trace.assertions] or None,
        "startedAt": _instant(trace.started_at) if status == 409 and writes else None,
        "ms": {"total": round(total_ms, 1), **_sums(trace.hops)},
    }
    line = json.dumps({name: value for name, value in members.items() if value is not None})
    logger.log(_level(status, error, writes=writes), line)


def _level(status: int, error: BridgeError | None, *, writes: bool) -> int:
    """ERROR: an operator has to act. WARNING: an operator may be asked about this request later."""
    if status in (424, 500, 502):
        return logging.ERROR
    unknown_user = error is not None and error.code == "user_unknown_to_system"
    return logging.WARNING if unknown_user or (status == 409 and writes) else logging.INFO


def unverified_claims(authorization: str | None) -> dict[str, str]:
    """Audience, issuer and client of a refused token. Nothing has verified them: anybody may have written the token."""
    from bridge.tokens.display import plain  # a cold start does without the token rules
    from bridge.tokens.token import decode, parse_authorization
    from bridge.tokens.verdict import Rejection

    try:
        claims = decode(parse_authorization(authorization)).claims
    except Rejection:
        return {}
    found = {name: claims[claim] for claim, name in UNVERIFIED_CLAIMS.items() if claim in claims}
    return {name: plain(str(value), MAX_CLAIM) for name, value in found.items() if isinstance(value, str | list)}


def log_crash(trace: Trace, error: Exception) -> None:
    """Log where an unexpected error was raised. Its text is left out, because it may contain what a user sent."""
    places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-8:]]
    members = {"event": "crash", "correlationId": trace.correlation_id, "error": type(error).__name__, "at": places}
    logger.error(json.dumps(members))


def _operator_text(error: BridgeError | None) -> str | None:
    from bridge.tokens.display import plain

    return plain(error.operator, MAX_OPERATOR) if error and error.operator else None


def _assertion(record: AssertionRecord) -> dict[str, object]:
    return {"id": record.id, "signer": record.signer, "certificateThumbprint": record.certificate_thumbprint}


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def _sums(hops: Iterable[Hop]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for hop in hops:
        sums[hop.name] = round(sums.get(hop.name, 0.0) + hop.ms, 1)
    return sums
