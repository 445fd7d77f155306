"""Errors as `application/problem+json` (RFC 9457)."""

from __future__ import annotations

from bridge.api.message import Response, json_response
from bridge.errors import BridgeError

MEDIA_TYPE = "application/problem+json"


def problem(error: BridgeError, correlation_id: str) -> dict[str, object]:
    """The problem document. Members that are None are left out."""
    members: dict[str, object] = {
        "type": f"urn:obo-saml-bridge:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
        "hint": error.hint,
        "fields": dict(error.fields) if error.fields else None,
        **error.members,
        "correlationId": correlation_id,
    }
    return {name: value for name, value in members.items() if value is not None}


def problem_response(error: BridgeError, correlation_id: str) -> Response:
    """The response, with its WWW-Authenticate challenge (RFC 6750) and its Retry-After."""
    headers = {}
    if error.challenge:
        headers["WWW-Authenticate"] = error.challenge
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return json_response(problem(error, correlation_id), status=error.status, media_type=MEDIA_TYPE, headers=headers)
