"""An MCP client of a few lines: with a handshake, and stateless."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.e2e.kit import Bridge, Reply, texts

STATELESS = "2026-07-28"
META = "io.modelcontextprotocol/"


@dataclass(frozen=True, slots=True)
class Mcp:
    """A client of the bridge's MCP server. `path` may have a query."""

    bridge: Bridge
    path: str = "/mcp"

    @property
    def url(self) -> str:
        return self.bridge.url + self.path

    def send(self, body: object, token: str | None = None, **headers: str) -> Reply:
        """One message as it is; underscores in header names mean hyphens. Its arguments must not be logged."""
        params = body.get("params") if isinstance(body, dict) else None
        self.bridge.sent.update(texts(params.get("arguments") if isinstance(params, dict) else None))
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.bridge.ask("POST", self.path, token=token, body=body, headers=named)

    def ask(self, method: str, token: str | None, params: Mapping[str, object] | None = None) -> Any:
        """The result of a request of a revision with a handshake."""
        reply = self.send(request(method, **(params or {})), token)
        assert (reply.status, reply.json["id"]) == (200, 1), reply
        return reply.json["result"]

    def call(self, token: str, name: str, arguments: Mapping[str, object] | None = None, **meta: object) -> Any:
        """The result of a tool."""
        return self.ask("tools/call", token, {"name": name, "arguments": dict(arguments or {}), "_meta": meta})

    def tools(self, token: str) -> dict[str, Any]:
        """The tools by name."""
        return {tool["name"]: tool for tool in self.ask("tools/list", token)["tools"]}


def request(method: str, **params: object) -> dict[str, object]:
    """A request of a revision with a handshake; `params` are left out if there are none."""
    return {"jsonrpc": "2.0", "id": 1, "method": method, **({"params": params} if params else {})}


def stateless(method: str, params: Mapping[str, object] | None = None, **meta: object) -> dict[str, object]:
    """A request of revision 2026-07-28. `meta` overrides, None removes."""
    whole: dict[str, object] = {f"{META}protocolVersion": STATELESS, f"{META}clientCapabilities": {}}
    whole |= {META + name: value for name, value in meta.items()}
    kept = {name: value for name, value in whole.items() if value is not None}
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**(params or {}), "_meta": kept}}


def routing(method: str, name: str | None = None, version: str = STATELESS) -> dict[str, str]:
    """The headers of a stateless request."""
    named = {"Mcp_Name": name} if name else {}
    return {"MCP_Protocol_Version": version, "Mcp_Method": method, **named}
