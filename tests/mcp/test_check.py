"""`check` reports which clients get a token for the advertised resource, as the table in docs/mcp.md does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bridge.check import State
from bridge.check.mcp import CLIENTS, Advertised, covers, judge_clients, obstacle
from tests.e2e.kit import Bridge, Sandbox

PAGE = (Path(__file__).parents[2] / "docs" / "mcp.md").read_text("utf-8")
OWN, AZURE = "https://mcp.contoso.com/mcp", "https://my-bridge.azurewebsites.net/mcp"
COLUMNS = [
    Advertised(OWN, OWN, issuer_takes=True, registers=False),
    Advertised(AZURE, AZURE, issuer_takes=False, registers=False),
    Advertised(AZURE, "api://app", issuer_takes=True, registers=False),
]


def test_the_page_and_the_rules_have_the_same_table(subtests: pytest.Subtests) -> None:
    rows = [line.replace("*", "") for line in PAGE.splitlines() if line.startswith("|") and line.count("|") == 5]
    for client in CLIENTS:
        with subtests.test(client.name):
            cells = next(row for row in rows if client.name in row).split("|")[2:5]
            found = [obstacle(client, column) is None for column in COLUMNS]
            assert [bool(re.match(r" yes\b", cell)) for cell in cells] == found


def test_each_client_that_is_shut_out_is_shown_with_a_fix() -> None:
    for column in COLUMNS:
        warned = [line for line in judge_clients(column) if line.state is State.WARNING]
        assert all(line.fix for line in warned)
        for client in CLIENTS:
            why = obstacle(client, column)
            assert [line for line in warned if client.name in line.title and str(why) in line.title] or why is None
            assert not [line for line in warned if client.name in line.title] or why


def test_a_resource_covers_addresses_below_it(subtests: pytest.Subtests) -> None:
    for resource, is_covered in (
        (OWN, True),
        ("https://mcp.contoso.com", True),
        (f"{OWN}/", True),
        ("https://MCP.contoso.com/mcp", True),
        ("https://mcp.contoso.com/mc", False),
        ("http://mcp.contoso.com/mcp", False),
        (f"{OWN}/tools", False),
        ("api://app", False),
        ("", False),
    ):
        with subtests.test(resource):
            assert covers(resource, OWN) is is_covered


def test_the_check_of_the_running_app_names_the_clients_that_get_no_token(
    bridge: Bridge, elsewhere: Bridge, sandbox: Sandbox
) -> None:
    """At an address that Entra knows only dynamic discovery gets none; elsewhere no strict client does."""
    shut_out: list[list[str]] = []
    for one in (bridge, elsewhere):
        groups = {group["name"]: group["lines"] for group in one.get("/api/check").json["groups"]}
        assert [line["code"] for line in groups["MCP server"]][:2] == ["mcp_address", "mcp_clients"]
        shut_out.append([line["title"] for line in groups["MCP server"] if line["code"] == "mcp_client"])
    assert [len(lines) for lines in shut_out] == [1, 2]
    assert "VS Code; Claude; ChatGPT" in shut_out[1][1]
    assert "AADSTS9010010" in shut_out[1][1]


def test_the_page_names_the_client_of_the_sandbox(sandbox: Sandbox) -> None:
    assert f"BRIDGE_ENTRA__ALLOWED_CLIENTS={sandbox.facts['publicClientId']}" in PAGE
