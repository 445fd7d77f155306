"""One sandbox for the whole run, and two apps with the MCP server: at an address that Entra knows, and at another."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Start, _bridges, _sandbox, app, sandbox, start
from tests.e2e.kit import Bridge, Sandbox
from tests.mcp.kit import Mcp
from tests.outbound.support import write_catalog

__all__ = ["_bridges", "_sandbox", "app", "sandbox", "start"]

SETTINGS: dict[str, str | None] = {"BRIDGE_MCP": "true", "BRIDGE_SYSTEMS__WORKDAY__SAML__SIGNER": "entra"}


@pytest.fixture(scope="session")
def bridge(start: Start, _sandbox: Sandbox) -> Iterator[Bridge]:
    """As docs/mcp.md describes for a custom domain: the server's address is an App ID URI of the service app."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}/mcp"
    clients = f"{_sandbox.facts['connectorClientId']} {_sandbox.facts['publicClientId']}"
    own = {
        "BRIDGE_MCP__RESOURCE": address,
        "BRIDGE_ENTRA__AUDIENCES": address,
        "BRIDGE_ENTRA__ALLOWED_CLIENTS": clients,
    }
    with start({**SETTINGS, **own}, port=port) as running:
        yield running


OPERATION = """
method = "GET"
path = "/{path}"
kind = "read"
summary = "{summary}"
description = "A tool that the conformance suite calls by its name."
evidence = "None: it is a list."
{request}
[outputs.texts]
type = "array"
title = "Texts"
description = "What the suite reads."
from = ""
items.type = "string"
items.from = "/title"
"""
SYSTEM = 'title = "Conformance"\ndescription = "Tools that the suite calls."\n[services]\nrest = "https://{host}"\n'
SUITE = {
    "conformance/system.toml": SYSTEM,
    "conformance/lists/texts.toml": '[titles]\na = "This is a simple text response for testing."\n',
    "conformance/SimpleText.toml": OPERATION.format(
        path="simple", summary="Simple text", request='[list]\nname = "texts"'
    ),
    "conformance/ErrorHandling.toml": OPERATION.format(
        path="error", summary="Error", request='[rest]\nservice = "rest"\npath = "/nothing"'
    ),
}


@pytest.fixture(scope="session")
def elsewhere(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    """As an app on azurewebsites.net: Entra does not know its address.

    Its catalog has the tools that the conformance suite names; one always fails, because its host does not exist.
    """
    root = write_catalog(tmp_path_factory.mktemp("catalog"), SUITE)
    own = {"HOST": "conformance.example", "RESOURCE_SCOPE": "api://none/.default", "PATH": "oauth"}
    settings = {f"BRIDGE_SYSTEMS__CONFORMANCE__{name}": value for name, value in own.items()}
    without = {f"BRIDGE_SYSTEMS__ORDERS__{name}": None for name in ("HOST", "RESOURCE_SCOPE", "PATH", "TENANT")}
    with start({**SETTINGS, **settings, **without, "BRIDGE_CATALOG__FOLDER": str(root)}) as running:
        yield running


@pytest.fixture
def mcp(bridge: Bridge, sandbox: object) -> Mcp:
    """A client of the MCP server."""
    return Mcp(bridge)
