"""`ANY /api/{system}/raw/{*path}`: the pass-through, for what no file of the catalog describes. Closed by default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from bridge.api.body import json_body
from bridge.api.message import Request, Response
from bridge.errors import Forbidden, InvalidInput
from bridge.outbound.raw import RawRequest, is_header_value
from bridge.settings.raw import RawSettings, is_segment

if TYPE_CHECKING:
    from bridge.app import App
    from bridge.inbound import Caller
    from bridge.settings import SystemSettings
    from bridge.trace import Trace

MAX_PATH = 1024
MAX_QUERY = 4096
MAX_PARAMETERS = 50
METHOD_PARAMETERS = frozenset({"_method", "_httpmethod", "httpmethod", "x-http-method", "x-http-method-override"})
"""Parameters by which some systems take another method than the request's."""


def raw(system_name: str, app: App, caller: Caller, request: Request, trace: Trace) -> Response:
    """The system's own response, with the bridge's headers."""
    system = app.configured(system_name)
    if system is None or system.raw is None:
        raise _closed("The pass-through is closed", f"BRIDGE_SYSTEMS__{system_name.upper()}__RAW__PREFIXES")
    asked = checked(request, system.raw, system)
    response = app.forward(asked, system, caller, trace, idempotency_key=request.headers.get("idempotency-key"))
    own = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(response.status, response.body, "application/json", {**response.headers, **own})


def checked(request: Request, settings: RawSettings, system: SystemSettings) -> RawRequest:
    """The request that may be passed on. Raises a `BridgeError` for any other."""
    path = _path(request)
    if not settings.opens(path.split("/")):
        raise _closed("This path is not open", system.setting("RAW__PREFIXES"))
    if request.method not in settings.methods:
        raise _closed(f"{request.method} is not open", system.setting("RAW__METHODS"))
    headers = {name: request.headers[name] for name in settings.headers if name in request.headers}
    if unfit := [name for name, text in headers.items() if not is_header_value(text)]:
        raise _invalid(dict.fromkeys(unfit, "Send printable ASCII, at most 1024 characters."))
    return RawRequest(request.method, path, _query(request), headers, _body(request))


def _path(request: Request) -> str:
    """The path as the host has decoded it. One in which anything is left to decode is refused."""
    path = request.path.get("path", "")
    if len(path) > MAX_PATH or not all(map(is_segment, path.split("/"))):
        raise _invalid(
            {
                "path": "Send segments of letters, digits and _.~$()',=:@!*- alone: no '..', no empty segment, nothing "
                "that is percent-encoded, no $batch."
            }
        )
    return path


def _query(request: Request) -> str:
    """The parameters in their order, written anew."""
    text = urlsplit(request.url).query
    try:
        found = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS)
    except ValueError:
        found = [("", "")]
    names = {name.lower() for name, _ in found}
    printable = all(name and f"{name}{value}".isprintable() for name, value in found)
    if len(text) > MAX_QUERY or not printable or names & METHOD_PARAMETERS:
        raise _invalid(
            {
                "query": f"Send at most {MAX_PARAMETERS} named parameters of printable UTF-8, {MAX_QUERY} characters "
                "together, and none that names another method."
            }
        )
    return urlencode(found, quote_via=quote, safe="$,:()'*@")


def _body(request: Request) -> bytes | None:
    if request.method in ("GET", "DELETE"):
        if request.body:
            raise _invalid({"body": f"A {request.method} has none."})
        return None
    if not request.body:
        return None
    if not isinstance(json_body(request), dict | list):
        raise _invalid({"body": "Send a JSON object or a list."})
    return request.body


def _closed(detail: str, setting: str) -> Forbidden:
    return Forbidden(
        f"{detail} in this bridge.", code="operation_not_open", hint=f"An administrator can open it with {setting}."
    )


def _invalid(fields: Mapping[str, str]) -> InvalidInput:
    return InvalidInput("The request cannot be passed on.", fields=fields)
