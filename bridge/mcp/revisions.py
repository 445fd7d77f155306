"""The protocol revisions that the server supports, and which kind a request uses: stateless, or with a handshake.

Up to 2025-11-25 a client begins with `initialize`. From 2026-07-28 on there is no handshake: each request names its
revision in its `_meta` and in a header. https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Final

from bridge.mcp.message import HEADER_MISMATCH, INVALID_PARAMS, UNSUPPORTED_VERSION, Message, RpcError
from bridge.tokens.display import plain

WITH_HANDSHAKE: Final = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
STATELESS: Final = ("2026-07-28",)
_META: Final = "io.modelcontextprotocol/"
SERVER_INFO: Final = f"{_META}serverInfo"
_BASE64: Final = ("=?base64?", "?=")


def is_stateless(message: Message, headers: Mapping[str, str]) -> bool:
    """Whether the request uses revision 2026-07-28. Raises `RpcError` if header and body contradict each other.

    `initialize` belongs to the revisions with a handshake, whatever its header says: it negotiates the revision.
    """
    header = headers.get("mcp-protocol-version")
    if not says_revision(message) and header not in STATELESS:
        if header is not None and header not in WITH_HANDSHAKE and message.method != "initialize":
            raise _unsupported(header)
        return False
    if not message.is_notification:
        _check_envelope(message, message.meta, headers)
    if header not in STATELESS:
        raise _unsupported(header or "")
    return True


def says_revision(message: Message) -> bool:
    """Whether the message itself names its revision, as only stateless ones do."""
    return f"{_META}protocolVersion" in message.meta


def _check_envelope(message: Message, meta: Mapping[str, object], headers: Mapping[str, str]) -> None:
    for name in ("protocolVersion", "clientCapabilities"):
        if f"{_META}{name}" not in meta:
            raise RpcError(INVALID_PARAMS, f"params._meta lacks {_META}{name}.", status=400)
    if not isinstance(meta[f"{_META}clientCapabilities"], dict):
        raise RpcError(INVALID_PARAMS, f"{_META}clientCapabilities is not an object.", status=400)
    pairs = {
        "MCP-Protocol-Version": (headers.get("mcp-protocol-version"), meta[f"{_META}protocolVersion"]),
        "Mcp-Method": (headers.get("mcp-method"), message.method),
    }
    if message.method == "tools/call":
        pairs["Mcp-Name"] = _decoded(headers.get("mcp-name")), message.params.get("name")
    for name, (header, value) in pairs.items():
        if header is None or header != value:
            raise RpcError(HEADER_MISMATCH, f"The header {name} differs from the request's body.", status=400)


def _decoded(value: str | None) -> str | None:
    """A header's value, decoded if it is Base64 between `=?base64?` and `?=`; None if that cannot be decoded."""
    if value is None or not (value.startswith(_BASE64[0]) and value.endswith(_BASE64[1])):
        return value
    try:
        return base64.b64decode(value[len(_BASE64[0]) : -len(_BASE64[1])], validate=True).decode()
    except ValueError:
        return None


def _unsupported(requested: str) -> RpcError:
    supported = [*STATELESS, *reversed(WITH_HANDSHAKE)]
    data = {"supported": supported, "requested": plain(requested, 64)}
    return RpcError(UNSUPPORTED_VERSION, "The protocol version is not supported.", data=data, status=400)
