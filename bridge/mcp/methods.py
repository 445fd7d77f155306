"""The methods of the protocol."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bridge import __version__
from bridge.api.message import Request, Response
from bridge.api.problem import problem
from bridge.errors import BridgeError
from bridge.mcp.message import INVALID_PARAMS, METHOD_NOT_FOUND, Message, RpcError, result_response
from bridge.mcp.revisions import SERVER_INFO, STATELESS, WITH_HANDSHAKE, says_revision
from bridge.mcp.text import refusal_text, result_text
from bridge.mcp.tools import definition, set_names, tools
from bridge.offer import Offer
from bridge.tokens.display import plain

if TYPE_CHECKING:
    from bridge.app import App
    from bridge.inbound import Caller
    from bridge.trace import Trace

Json = dict[str, object]

PAGE: Final = 100
"""Tools in one response: more than most servers offer, because some clients read the first page only."""
TTL_MS: Final = 300_000
IDEMPOTENCY_KEY: Final = re.compile(r"[!-~]{1,128}")
NAME: Final = "obo-saml-bridge"
INSTRUCTIONS: Final = (
    "These tools act as the signed-in person in business systems, with that person's own rights. Before a tool that "
    "changes something, repeat the values and let the person confirm them. If a tool says that an outcome is not "
    "known, read the current data before trying again."
)


@dataclass(frozen=True, slots=True)
class Call:
    """One request of an authenticated caller. `stateless`: it uses revision 2026-07-28."""

    message: Message
    stateless: bool
    app: App
    caller: Caller
    request: Request
    trace: Trace

    def tools(self) -> dict[str, Offer]:
        """The tools that this address offers: `?tools=profile,time-off` names sets. Raises `RpcError`."""
        systems, catalog = self.app.settings.systems.values(), self.app.catalog
        wanted = {name.strip() for name in self.request.query.get("tools", "").split(",")} - {""}
        known = set_names(catalog, systems) if wanted else []
        if unknown := sorted(wanted - set(known)):
            raise RpcError(
                INVALID_PARAMS,
                f"The server's address names unknown tool sets: {plain(', '.join(unknown))}. "
                f"Known are: {', '.join(known) or 'none'}.",
                status=400,
            )
        return tools(catalog, systems, wanted)


def call_method(call: Call) -> Json:
    """The result of a request. Raises `RpcError`, or `BridgeError` if a tool refuses."""
    found = METHODS.get(call.message.method)
    if found is None or call.stateless not in found[1]:
        name = plain(call.message.method, 64)
        raise RpcError(METHOD_NOT_FOUND, f"There is no method {name}.", status=404 if call.stateless else 200)
    result = found[0](call)
    return _complete(result) if call.stateless else result


def _complete(result: Json) -> Json:
    """`result` with the members that revision 2026-07-28 requires."""
    return result | {"resultType": "complete", "_meta": {SERVER_INFO: _server_info()}}


def _server_info() -> Json:
    return {"name": NAME, "title": "OBO-SAML bridge", "version": __version__}


def _initialize(call: Call) -> Json:
    wanted = call.message.params.get("protocolVersion")
    if not isinstance(wanted, str):
        raise RpcError(INVALID_PARAMS, "protocolVersion is missing.")
    call.tools()  # rejects unknown tool sets now, while a person sets up the client
    return {
        "protocolVersion": wanted if wanted in WITH_HANDSHAKE else WITH_HANDSHAKE[-1],
        "capabilities": {"tools": {"listChanged": False}},
        "serverInfo": _server_info(),
        "instructions": INSTRUCTIONS,
    }


def _discover(call: Call) -> Json:
    call.tools()
    return {
        "supportedVersions": [*STATELESS],
        "capabilities": {"tools": {}},
        "instructions": INSTRUCTIONS,
        **_cacheable(),
    }


def _ping(call: Call) -> Json:
    return {}


def _list_tools(call: Call) -> Json:
    offered = list(call.tools().values())
    start = _start(call.message.params.get("cursor"), len(offered))
    end = start + PAGE
    more = {"nextCursor": base64.urlsafe_b64encode(str(end).encode()).decode()} if end < len(offered) else {}
    caching = _cacheable() if call.stateless else {}
    return {"tools": [definition(tool) for tool in offered[start:end]], **more, **caching}


def _start(cursor: object, count: int) -> int:
    if cursor is None:
        return 0
    try:
        start = int(base64.urlsafe_b64decode(str(cursor)[:16]).decode("ascii"))
    except ValueError:
        start = -1
    if not isinstance(cursor, str) or not 0 < start < count:
        raise RpcError(INVALID_PARAMS, "The cursor is not one of this server's.")
    return start


def _cacheable() -> Json:
    """Not for shared caches: only callers with a token may read the list."""
    return {"ttlMs": TTL_MS, "cacheScope": "private"}


def call_tool(call: Call) -> Json:
    """Perform the operation as the caller."""
    params, offered = call.message.params, call.tools()
    name, arguments = params.get("name"), params.get("arguments")
    tool = offered.get(name) if isinstance(name, str) else None
    if tool is None:
        raise RpcError(INVALID_PARAMS, f"Unknown tool: {plain(str(name), 64)}.")
    if arguments is not None and not isinstance(arguments, dict):
        raise RpcError(INVALID_PARAMS, "The member arguments is not an object.")
    key = _idempotency_key(call.message)
    result = call.app.run(tool.operation, tool.system, call.caller, arguments or {}, call.trace, idempotency_key=key)
    return {
        "content": [{"type": "text", "text": result_text(tool.operation, result)}],
        "structuredContent": result,
        "isError": False,
    }


def _idempotency_key(message: Message) -> str | None:
    """From `_meta`, never from the JSON-RPC id: clients that open a connection for each turn reuse their ids."""
    key = message.meta.get("idempotencyKey")
    if key is not None and not (isinstance(key, str) and IDEMPOTENCY_KEY.fullmatch(key)):
        raise RpcError(INVALID_PARAMS, "_meta.idempotencyKey is not 1 to 128 printable ASCII characters.")
    return key


def refused_call(message: Message, error: BridgeError, correlation_id: str) -> Response:
    """A refusal that the agent can read and act on: a result, not an error of the protocol."""
    result: Json = {
        "content": [{"type": "text", "text": refusal_text(error, correlation_id)}],
        "structuredContent": problem(error, correlation_id),
        "isError": True,
    }
    return result_response(message, _complete(result) if says_revision(message) else result)


METHODS: Final[Mapping[str, tuple[Callable[[Call], Json], frozenset[bool]]]] = {
    "initialize": (_initialize, frozenset({False})),
    "ping": (_ping, frozenset({False})),
    "server/discover": (_discover, frozenset({True})),
    "tools/list": (_list_tools, frozenset({True, False})),
    "tools/call": (call_tool, frozenset({True, False})),
}
"""Method → its function, and the revisions that have the method: stateless (True), with a handshake (False)."""
