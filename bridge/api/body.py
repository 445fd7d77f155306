"""What a request brings, as the raw inputs of an operation."""

from __future__ import annotations

import json
from collections.abc import Mapping

from bridge.api.message import Request
from bridge.errors import BridgeError, InvalidInput, PayloadTooLarge, UnsupportedMediaType

MAX_BODY_BYTES = 262_144
BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})


def raw_inputs(request: Request) -> dict[str, object]:
    """Path and query parameters, and the members of a JSON body. What they hold is checked by the operation."""
    inputs: dict[str, object] = {**request.query, **request.path}
    if request.method in BODY_METHODS:
        body = _json_object(request)
        if both := sorted(set(body) & set(inputs)):
            raise InvalidInput("An input came twice.", fields=dict.fromkeys(both, "Send it in one place only."))
        inputs.update(body)
    return inputs


def _json_object(request: Request) -> Mapping[str, object]:
    if len(request.body) > MAX_BODY_BYTES:
        raise PayloadTooLarge(f"The request body is larger than {MAX_BODY_BYTES} bytes.")
    if not request.body:
        return {}
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise UnsupportedMediaType("Send the inputs as a JSON object with Content-Type: application/json.")
    try:
        document = json.loads(request.body, parse_constant=_no_constant, object_pairs_hook=_no_doubles)
    except (ValueError, RecursionError):
        raise _not_json("The request body is not valid JSON.") from None
    if not isinstance(document, dict):
        raise _not_json("The request body is not a JSON object.")
    return document


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _no_doubles(members: list[tuple[str, object]]) -> dict[str, object]:
    """A name that comes twice is refused: what a person confirmed and what is sent could be two values."""
    document = dict(members)
    if len(document) != len(members):
        raise ValueError("a name comes twice")
    return document


def _not_json(detail: str) -> BridgeError:
    return InvalidInput(detail, hint="Send one JSON object whose members are the operation's inputs.")
