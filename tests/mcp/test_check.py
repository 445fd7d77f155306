"""`check` says which clients get a token for what is advertised: the columns of the table in docs/mcp.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bridge.check import State
from bridge.check.mcp import CLIENTS, Advertised, McpClient, covers, judge_clients, obstacle
from tests.e2e.conftest import Start
from tests.e2e.kit import Sandbox

PAGE = (Path(__file__).parents[2] / "docs" / "mcp.md").read_text("utf-8")
OWN, AZURE = "https://mcp.contoso.com/mcp", "https://my-bridge.azurewebsites.net/mcp"
COLUMNS = [
    Advertised(OWN, OWN, issuer_takes=True, registers=False),
    Advertised(AZURE, AZURE, issuer_takes=False, registers=False),
    Advertised(AZURE, "api://app", issuer_takes=True, registers=False),
]


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_the_table_of_the_page_is_that_of_the_rules(client: McpClient) -> None:
    rows = [line.replace("*", "") for line in PAGE.splitlines() if line.startswith("|") and line.count("|") == 5]
    cells = next(row for row in rows if client.name in row).split("|")[2:5]
    found = [obstacle(client, column) is None for column in COLUMNS]
    assert [bool(re.match(r" yes\b", cell)) for cell in cells] == found


@pytest.mark.parametrize("column", COLUMNS, ids=["own domain", "azurewebsites.net", "api://"])
def test_each_client_that_is_shut_out_is_told_with_a_fix(column: Advertised) -> None:
    lines = list(judge_clients(column))
    warned = [line for line in lines if line.state is State.WARNING]
    assert len(warned) == sum(obstacle(client, column) is not None for client in CLIENTS)
    assert all(line.fix for line in warned)


@pytest.mark.parametrize(
    ("resource", "address", "is_covered"),
    [
        (OWN, OWN, True),
        ("https://mcp.contoso.com", OWN, True),
        (f"{OWN}/", OWN, True),
        ("https://MCP.contoso.com/mcp", OWN, True),
        ("https://mcp.contoso.com/mc", OWN, False),
        ("http://mcp.contoso.com/mcp", OWN, False),
        (f"{OWN}/tools", OWN, False),
        ("api://app", OWN, False),
        ("", OWN, False),
    ],
)
def test_a_resource_covers_addresses_below_it(resource: str, address: str, is_covered: bool) -> None:
    assert covers(resource, address) is is_covered


def test_the_running_app_says_it(start: Start, sandbox: Sandbox) -> None:
    from tests.mcp.conftest import SETTINGS

    with start(SETTINGS) as bridge:
        groups = {group["name"]: group["lines"] for group in bridge.get("/api/check").json.get("groups", [])}
        assert [line["code"] for line in groups["MCP server"]][:2] == ["mcp_address", "mcp_clients"]
