"""One sandbox and one app with the MCP server for the whole run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Start, _bridges, _sandbox, app, sandbox, start
from tests.e2e.kit import Bridge
from tests.mcp.kit import Mcp

__all__ = ["_bridges", "_sandbox", "app", "sandbox", "start"]

SETTINGS = {"BRIDGE_MCP": "true", "BRIDGE_SYSTEMS__WORKDAY__SAML__SIGNER": "entra"}


@pytest.fixture(scope="session")
def bridge(start: Start) -> Iterator[Bridge]:
    """The sandbox's settings, and the MCP server."""
    with start(SETTINGS) as running:
        yield running


@pytest.fixture
def mcp(bridge: Bridge, sandbox: object) -> Mcp:
    """Asks the MCP server."""
    return Mcp(bridge)
