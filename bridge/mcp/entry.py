"""The routes of the MCP server, known at start. The server itself is imported with the first request."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from bridge.api.route import Route
from bridge.mcp import ROUTE, WELL_KNOWN

if TYPE_CHECKING:
    from bridge.api.api import Api
    from bridge.api.message import Request, Response
    from bridge.mcp.server import Server


class Mcp:
    """The routes, and `handle` for each request. Thread-safe."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def routes(self) -> Iterator[Route]:
        """The server takes every method: the host would answer others with 404, which means that no server exists."""
        yield Route("Mcp", "", ROUTE)
        for name, path in (("McpResourceMetadata", WELL_KNOWN), ("McpResourceMetadataOfPath", f"{WELL_KNOWN}/{ROUTE}")):
            yield Route(name, "GET", path, logged=False)

    def handle(self, request: Request, route: Route) -> Response:
        """One response and one log line."""
        return self._server.handle(request, route)

    @cached_property
    def _server(self) -> Server:
        from bridge.mcp.server import Server

        return Server(self._api)
