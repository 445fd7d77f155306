"""The MCP server: one route for JSON-RPC, and the metadata by which a client finds the authorization server.

Streamable HTTP, stateless, with JSON responses. It has neither resources nor prompts, and sends the client no requests.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bridge.api.api import Api
from bridge.api.message import Request, Response, json_response
from bridge.api.route import Route
from bridge.errors import BridgeError
from bridge.mcp.authorization import refusal_of_the_token, resource_metadata
from bridge.mcp.message import (
    INTERNAL_ERROR,
    INVALID_REQUEST,
    Message,
    RpcError,
    error_response,
    read_message,
    result_response,
)
from bridge.mcp.methods import METHODS, Call, call_method, refused_call
from bridge.mcp.revisions import is_stateless
from bridge.routes import id_at
from bridge.settings.reader import LOOPBACK

if TYPE_CHECKING:
    from bridge.app import App
    from bridge.inbound import Caller
    from bridge.trace import Trace


class Server:
    """Handles the requests of the routes. Thread-safe."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._named = {id_at(name, one.id, one.kind): (one, name) for name, one in api.runtime.operation_routes()}

    def handle(self, request: Request, route: Route) -> Response:
        """One response and one log line, which has the name of the operation that was called."""
        if route.name == "Mcp":
            chosen = self._chosen(request, replace(route, method=request.method))
        else:
            chosen = replace(route, work=self._metadata)
        return self._api.handle(request, chosen)

    def _metadata(self, request: Request) -> object:
        headers = {"Access-Control-Allow-Origin": "*"}
        return json_response(resource_metadata(self._api.runtime.app().settings), headers=headers)

    def _chosen(self, request: Request, route: Route) -> Route:
        """`route` for this one request, by its message. The message is answered only after the token is validated."""
        if request.method != "POST":
            return replace(route, work=_post_only)
        if not self._is_own_origin(request.headers.get("origin")):
            return replace(route, work=_foreign_origin)
        try:
            message = read_message(request)
        except RpcError as error:
            return replace(route, as_user=partial(_protocol_error, error), refusal=partial(self._refused, None))
        operation, system = self._named.get(_tool_name(message), (None, None))
        return replace(
            route,
            name=operation.id if operation else message.method if message.method in METHODS else route.name,
            as_user=partial(_answer, message),
            system=system,
            writes=operation is not None and operation.writes,
            refusal=partial(self._refused, message),
        )

    def _is_own_origin(self, origin: str | None) -> bool:
        """Whether `origin` is the bridge's: other pages are refused, against DNS rebinding. Programs send no Origin."""
        if origin is None:
            return True
        settings = self._api.runtime.settings
        own = urlsplit(settings.public_url or "") if settings else urlsplit("")
        is_local = own.hostname in LOOPBACK and urlsplit(origin).hostname in LOOPBACK
        return bool(own.netloc) and (is_local or origin == f"{own.scheme}://{own.netloc}")

    def _refused(
        self, message: Message | None, error: BridgeError, caller: Caller | None, correlation_id: str
    ) -> Response:
        """Without a valid token HTTP 401 or 403; with one HTTP 200, and a refusal that the agent can read."""
        if caller is None or error.status == 401:
            return refusal_of_the_token(error, self._api.runtime.settings, correlation_id)
        if message is not None and message.method == "tools/call" and not message.is_notification:
            return refused_call(message, error, correlation_id)
        return error_response(RpcError(INTERNAL_ERROR, error.detail, id=message.id if message else None))


def _tool_name(message: Message) -> str:
    name = message.params.get("name")
    return name if message.method == "tools/call" and isinstance(name, str) else ""


def _post_only(request: Request) -> Response:
    return Response(405, b"", headers={"Allow": "POST", "Cache-Control": "no-store"})


def _foreign_origin(request: Request) -> Response:
    return error_response(RpcError(INVALID_REQUEST, "The Origin of the request is not this server's.", status=403))


def _protocol_error(error: RpcError, app: App, caller: Caller, request: Request, trace: Trace) -> Response:
    return error_response(error)


def _answer(message: Message, app: App, caller: Caller, request: Request, trace: Trace) -> Response:
    try:
        stateless = is_stateless(message, request.headers)
        call = Call(message, stateless, app, caller, request, trace)
        if message.is_notification:
            return Response(202, b"")
        return result_response(message, call_method(call))
    except RpcError as error:
        error.id = message.id
        return error_response(error)
