"""The MCP server: whether there is one, and the resource that it advertises."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from bridge.settings.reader import LOCAL_URL, Reader, is_https

PATH = "/mcp"
"""The server's path under the public URL."""
_APP_ID_URI = re.compile(r"api://[^\s?#]{1,240}")


@dataclass(frozen=True, slots=True)
class McpSettings:
    """`resource` is the one that the metadata advertises (RFC 9728); None means the server's own address."""

    is_on: bool = False
    resource: str | None = None


def server_address(public_url: str) -> str:
    """The URL that MCP clients use."""
    return public_url.rstrip("/") + PATH


def read_mcp(top: Reader, audiences: Collection[str] | None) -> McpSettings:
    """The settings `BRIDGE_MCP` and `BRIDGE_MCP__RESOURCE`. `audiences`: those of the bridge; None if unknown."""
    resource = top.text("MCP__RESOURCE", limit=255)
    if resource and not (is_https(resource) or LOCAL_URL.fullmatch(resource) or _APP_ID_URI.fullmatch(resource)):
        top.fault(
            "MCP__RESOURCE",
            "is neither an https URL nor an App ID URI",
            "It has to be the server's address, as in https://mcp.contoso.com/mcp, or api://… as a fallback",
        )
    elif resource and resource.startswith("api:") and audiences is not None and resource not in audiences:
        top.fault(
            "MCP__RESOURCE",
            "is not an App ID URI of the bridge's own app",
            "Set it to api://{client id}, or add it to BRIDGE_ENTRA__AUDIENCES",
        )
    return McpSettings(top.flag("MCP"), resource)
