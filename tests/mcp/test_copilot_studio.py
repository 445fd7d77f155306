"""Copilot Studio's dialogue as it was captured: every turn of a conversation opens anew, with the same ids."""

from __future__ import annotations

from typing import Any

from tests.e2e.kit import Reply, Sandbox
from tests.mcp.kit import Mcp

CLIENT_INFO = {
    "name": "mcs",
    "version": "1.0.0",
    "agentName": "HR helper",
    "appId": "00000000-0000-0000-0000-0000000000aa",
    "cdsBotId": "00000000-0000-0000-0000-0000000000bb",
    "channelId": "pva-studio",
    "agentAuthenticationMode": "Integrated",
    "lcat": "en-US",
}


class Turn:
    """One user turn."""

    def __init__(self, mcp: Mcp, token: str) -> None:
        self.mcp, self.token = mcp, token

    def send(self, method: str, params: object, **members: object) -> Reply:
        body = {"jsonrpc": "2.0", "method": method, "params": params, **members}
        return self.mcp.send(body, self.token, Accept="application/json, text/event-stream")

    def open(self) -> list[dict[str, Any]]:
        """`initialize`, `notifications/initialized` with `"id": null`, `tools/list`: nothing is kept from before."""
        offered = {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": CLIENT_INFO}
        agreed = self.send("initialize", offered, id="1")
        assert (agreed.status, agreed.json["id"]) == (200, "1")
        assert agreed.json["result"]["protocolVersion"] == "2024-11-05"
        assert agreed.headers["content-type"].startswith("application/json")
        assert "mcp-session-id" not in agreed.headers
        told = self.send("notifications/initialized", {}, id=None)
        assert (told.status, told.body) == (202, b"")
        tools: list[dict[str, Any]] = self.send("tools/list", {}, id="2").json["result"]["tools"]
        return tools

    def call(self, name: str, **arguments: object) -> dict[str, Any]:
        reply = self.send("tools/call", {"name": name, "arguments": arguments}, id="3")
        assert (reply.status, reply.json["id"]) == (200, "3")
        result: dict[str, Any] = reply.json["result"]
        return result


def test_a_conversation_of_three_turns(mcp: Mcp, sandbox: Sandbox) -> None:
    assert mcp.bridge.ask("GET", "/mcp").status == 405
    token = sandbox.token()
    first = Turn(mcp, token)
    tools = first.open()
    assert first.call("GetMyProfile")["structuredContent"]["name"] == "Adele Vance"
    second = Turn(mcp, token)
    assert second.open() == tools
    refused = second.call("RequestMyDocument")
    assert (refused["isError"], "type: is required" in refused["content"][0]["text"]) == (True, True)
    third = Turn(mcp, token)
    third.open()
    done = third.call("RequestMyDocument", type="EMPLOYMENT_VERIFICATION")
    assert (done["isError"], "eventId" in done["structuredContent"]) == (False, True)


def test_the_same_id_in_two_turns_is_no_repeat(mcp: Mcp, sandbox: Sandbox) -> None:
    """Ids recur, so a write must not be taken for one that was made before because of its id."""
    events = []
    for kind in ("EMPLOYMENT_VERIFICATION", "SALARY_VERIFICATION"):
        turn = Turn(mcp, sandbox.token())
        turn.open()
        events.append(turn.call("RequestMyDocument", type=kind)["structuredContent"]["eventId"])
    assert events[0] != events[1]


def test_two_people_at_once_with_the_same_ids_get_their_own(mcp: Mcp, sandbox: Sandbox) -> None:
    turns = {user: Turn(mcp, sandbox.token(user)) for user in ("adele", "alex", "miriam")}
    for turn in turns.values():
        turn.open()
    names = {user: turn.call("GetMyProfile")["structuredContent"]["name"] for user, turn in turns.items()}
    assert names == {"adele": "Adele Vance", "alex": "Alex Wilber", "miriam": "Miriam Graham"}


def test_a_key_of_the_client_makes_a_repeat_a_repeat(mcp: Mcp, sandbox: Sandbox) -> None:
    """Only `_meta.idempotencyKey` does, over the address of tools as over their routes."""
    token, arguments = sandbox.token("isaiah"), {"type": "VISA_SUPPORT_LETTER"}
    first, again = (mcp.call(token, "RequestMyDocument", arguments, idempotencyKey="turn-7") for _ in range(2))
    assert again["structuredContent"]["repeated"] is True
    assert again["structuredContent"]["eventId"] == first["structuredContent"]["eventId"]
    other = mcp.call(token, "RequestMyDocument", {"type": "SALARY_VERIFICATION"}, idempotencyKey="turn-7")
    assert (other["isError"], other["structuredContent"]["code"]) == (True, "idempotency_conflict")
