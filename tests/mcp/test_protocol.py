"""The protocol over real sockets: methods, revisions, refusals."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from bridge import __version__
from tests.e2e.kit import Bridge, Sandbox
from tests.mcp.kit import META, STATELESS, Mcp, request, routing, stateless

WITH_HANDSHAKE = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]


def test_initialize_agrees_on_a_revision(mcp: Mcp, sandbox: Sandbox, subtests: pytest.Subtests) -> None:
    token = sandbox.token()
    for wanted, given in (*((version, version) for version in WITH_HANDSHAKE), ("2099-01-01", "2025-11-25")):
        with subtests.test(wanted):
            params = {"protocolVersion": wanted, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
            result = mcp.ask("initialize", token, params)
            assert (result["protocolVersion"], result["capabilities"]) == (given, {"tools": {"listChanged": False}})
            assert (result["serverInfo"]["name"], result["serverInfo"]["version"]) == ("obo-saml-bridge", __version__)


def test_ping_has_an_empty_result(mcp: Mcp, sandbox: Sandbox) -> None:
    assert mcp.ask("ping", sandbox.token()) == {}


def test_a_response_has_the_id_of_its_request(mcp: Mcp, sandbox: Sandbox, subtests: pytest.Subtests) -> None:
    token = sandbox.token()
    for id_ in ("a", "", 0, -1, 2**53, "x" * 256, "日本"):
        with subtests.test(str(id_)[:20]):
            reply = mcp.send({**request("ping"), "id": id_}, token)
            assert reply.json == {"jsonrpc": "2.0", "id": id_, "result": {}}


def test_notifications_get_no_response(mcp: Mcp, sandbox: Sandbox, subtests: pytest.Subtests) -> None:
    token = sandbox.token()
    rests: tuple[dict[str, object], ...] = ({}, {"id": None}, {"params": None})
    for method in ("notifications/initialized", "notifications/cancelled", "notifications/unknown"):
        for rest in rests:
            with subtests.test(f"{method} {rest}"):
                reply = mcp.send({"jsonrpc": "2.0", "method": method, **rest}, token)
                assert (reply.status, reply.body) == (202, b"")


def test_a_call_without_an_id_does_nothing(mcp: Mcp, sandbox: Sandbox) -> None:
    """A notification gets no response, so the client would not learn what a write has done."""
    body = {"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "GetMyProfile"}}
    with sandbox.counting() as spent:
        assert mcp.send(body, sandbox.token()).status == 202
    assert spent == {}


def test_other_methods_are_405_and_not_404(bridge: Bridge, subtests: pytest.Subtests) -> None:
    for method in ("GET", "DELETE", "PUT", "PATCH", "OPTIONS", "HEAD"):
        with subtests.test(method):
            reply = bridge.ask(method, "/mcp")
            assert (reply.status, reply.headers["allow"], reply.body) == (405, "POST", b"")


def test_the_result_of_a_tool_has_structure_and_text(mcp: Mcp, sandbox: Sandbox, bridge: Bridge) -> None:
    token = sandbox.token()
    result = mcp.call(token, "GetMyProfile")
    assert result["structuredContent"] == bridge.get("/api/workday/me", token).json
    assert (result["isError"], len(result["content"])) == (False, 1)
    assert "\nName: Adele Vance\n" in result["content"][0]["text"]


def test_the_text_of_a_list_has_a_line_for_each_entry(mcp: Mcp, sandbox: Sandbox) -> None:
    text = mcp.call(sandbox.token(), "ListMyDocumentTypes")["content"][0]["text"]
    assert "- Type: EMPLOYMENT_VERIFICATION; Title: Employment verification" in text


def test_a_call_is_logged_as_its_operation(mcp: Mcp, sandbox: Sandbox, bridge: Bridge) -> None:
    line = bridge.line(mcp.send(request("tools/call", name="GetMyProfile"), sandbox.token()))
    assert (line["operation"], line["system"], line["status"]) == ("GetMyProfile", "workday", 200)
    assert line["objectId"]


REFUSALS: list[tuple[str, str, dict[str, object], str, str]] = [
    ("adele", "RequestMyDocument", {}, "invalid_input", "- type: is required"),
    ("adele", "GetMyProfile", {"workerId": "1"}, "invalid_input", "- workerId: is not known here"),
    ("nestor", "GetMyProfile", {}, "not_assigned", "assign"),
    ("newcomer", "GetMyProfile", {}, "user_unknown_to_system", "account"),
]


def test_a_refusal_is_a_result_that_the_agent_reads(mcp: Mcp, sandbox: Sandbox, subtests: pytest.Subtests) -> None:
    for user, tool, arguments, code, words in REFUSALS:
        with subtests.test(f"{user} {tool}"):
            reply = mcp.send(request("tools/call", name=tool, arguments=arguments), sandbox.token(user))
            result = reply.json["result"]
            assert (reply.status, result["isError"], result["structuredContent"]["code"]) == (200, True, code)
            assert words in result["content"][0]["text"]
            assert reply.correlation_id in result["content"][0]["text"]
            line = mcp.bridge.line(reply)
            assert (line["status"], line["code"]) == (result["structuredContent"]["status"], code)


def test_a_write_without_a_response_of_the_system_has_an_unknown_outcome(mcp: Mcp, sandbox: Sandbox) -> None:
    sandbox.fault("workday", "soap", drop="after")
    name = {"firstName": "Adele", "lastName": "Vance", "country": "USA", "effectiveDate": "2026-12-01"}
    result = mcp.call(sandbox.token(), "ChangeMyLegalName", name)
    assert (result["isError"], result["structuredContent"]["code"]) == (True, "outcome_unknown")


def test_a_stateless_client_discovers_lists_and_calls(mcp: Mcp, sandbox: Sandbox) -> None:
    token = sandbox.token()
    found = mcp.send(stateless("server/discover"), token, **routing("server/discover")).json["result"]
    assert (found["supportedVersions"], found["resultType"]) == ([STATELESS], "complete")
    assert found["cacheScope"] == "private"
    listed = mcp.send(stateless("tools/list"), token, **routing("tools/list")).json["result"]
    assert {tool["name"] for tool in listed["tools"]} == set(mcp.tools(token))
    assert (listed["resultType"], listed["ttlMs"]) == ("complete", 300_000)
    encoded = f"=?base64?{base64.b64encode(b'GetMyProfile').decode()}?="
    for name in ("GetMyProfile", encoded):
        body = stateless("tools/call", {"name": "GetMyProfile"})
        result = mcp.send(body, token, **routing("tools/call", name)).json["result"]
        assert (result["isError"], result["resultType"]) == (False, "complete")
        assert result["_meta"][f"{META}serverInfo"]["name"] == "obo-saml-bridge"


# name, message, headers, HTTP status, JSON-RPC code
STATELESS_REFUSALS: list[tuple[str, dict[str, Any], dict[str, str], int, int]] = [
    ("no headers", stateless("tools/list"), {}, 400, -32020),
    ("another method", stateless("tools/list"), routing("ping"), 400, -32020),
    ("no name", stateless("tools/call", {"name": "GetMyProfile"}), routing("tools/call"), 400, -32020),
    ("another name", stateless("tools/call", {"name": "A"}), routing("tools/call", "B"), 400, -32020),
    ("bad Base64", stateless("tools/call", {"name": "A"}), routing("tools/call", "=?base64?!?="), 400, -32020),
    ("two revisions", stateless("tools/list", protocolVersion="2025-11-25"), routing("tools/list"), 400, -32020),
    ("no capabilities", stateless("tools/list", clientCapabilities=None), routing("tools/list"), 400, -32602),
    ("capabilities 1", stateless("tools/list", clientCapabilities=1), routing("tools/list"), 400, -32602),
    ("no revision", stateless("tools/list", protocolVersion=None), routing("tools/list"), 400, -32602),
    (
        "unknown revision",
        stateless("tools/list", protocolVersion="1900-01-01"),
        routing("tools/list", version="1900-01-01"),
        400,
        -32022,
    ),
    ("unknown header alone", request("ping"), {"MCP_Protocol_Version": "1"}, 400, -32022),
    ("no such method", stateless("prompts/list"), routing("prompts/list"), 404, -32601),
    ("no handshake", stateless("initialize"), routing("initialize"), 404, -32601),
    ("no ping", stateless("ping"), routing("ping"), 404, -32601),
]


def test_a_stateless_request_that_contradicts_itself_is_refused(
    mcp: Mcp, sandbox: Sandbox, subtests: pytest.Subtests
) -> None:
    token = sandbox.token()
    for name, body, headers, status, code in STATELESS_REFUSALS:
        with subtests.test(name):
            reply = mcp.send(body, token, **headers)
            assert (reply.status, reply.json["error"]["code"], reply.json["id"]) == (status, code, 1)
            if code == -32022:
                assert reply.json["error"]["data"]["supported"] == [STATELESS, *reversed(WITH_HANDSHAKE)]


def test_a_page_of_another_site_is_refused(mcp: Mcp, sandbox: Sandbox, subtests: pytest.Subtests) -> None:
    token = sandbox.token()
    for origin in ("https://evil.example", "null", "http://localhost.evil.example", ""):
        with subtests.test(origin):
            reply = mcp.send(request("ping"), token, Origin=origin)
            assert (reply.status, reply.json["error"]["code"]) == (403, -32600)


def test_a_page_on_localhost_is_served(mcp: Mcp, sandbox: Sandbox) -> None:
    assert mcp.send(request("ping"), sandbox.token(), Origin="http://localhost:6274").status == 200
