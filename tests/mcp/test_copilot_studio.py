"""Copilot Studio's requests as they were captured: each turn of a conversation starts anew, with the same ids."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from sandbox.entra.clients import CONNECTOR_SECRET
from sandbox.world import contoso
from tests.e2e.kit import Reply, Sandbox
from tests.mcp.kit import Mcp, request

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
        """`initialize`, `notifications/initialized` with `"id": null`, `tools/list`: nothing of the turn before."""
        offered = {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": CLIENT_INFO}
        agreed = self.send("initialize", offered, id="1")
        assert (agreed.status, agreed.json["id"]) == (200, "1")
        assert agreed.json["result"]["protocolVersion"] == "2024-11-05"
        assert agreed.headers["content-type"].startswith("application/json")
        assert "mcp-session-id" not in agreed.headers
        reported = self.send("notifications/initialized", {}, id=None)
        assert (reported.status, reported.body) == (202, b"")
        tools: list[dict[str, Any]] = self.send("tools/list", {}, id="2").json["result"]["tools"]
        return tools

    def call(self, name: str, **arguments: object) -> dict[str, Any]:
        reply = self.send("tools/call", {"name": name, "arguments": arguments}, id="3")
        assert (reply.status, reply.json["id"]) == (200, "3")
        result: dict[str, Any] = reply.json["result"]
        return result


def test_the_settings_in_a_401_are_all_that_the_wizard_needs(mcp: Mcp, sandbox: Sandbox) -> None:
    """OAuth 2.0 > Manual: a person enters them. The code grant has a secret, and neither PKCE nor `resource`."""
    entered = mcp.send(request("tools/list")).json["oauthSettings"]
    [redirect_uri] = contoso().connector.reply_urls
    client_id = sandbox.facts["connectorClientId"]
    assert client_id in entered["clientIds"]
    ask = {"client_id": client_id, "redirect_uri": redirect_uri, "scope": f"{entered['scope']} offline_access"}
    with requests.Session() as session:
        session.trust_env, session.verify = False, sandbox.facts["ca"]
        query = {**ask, "response_type": "code", "state": "s", "login_hint": "alex"}
        back = session.get(entered["authorizationUrl"], params=query, allow_redirects=False, timeout=10)
        code = parse_qs(urlsplit(back.headers["location"]).query)["code"][0]
        form = {**ask, "grant_type": "authorization_code", "code": code, "client_secret": CONNECTOR_SECRET}
        token: str = session.post(entered["tokenUrl"], data=form, timeout=10).json()["access_token"]
    sandbox.issued.add(token)
    turn = Turn(mcp, token)
    turn.open()
    assert turn.call("GetMyProfile")["structuredContent"]["name"] == "Alex Wilber"


def test_a_conversation_of_three_turns_lists_calls_and_writes(mcp: Mcp, sandbox: Sandbox) -> None:
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
    """Ids recur, so the id of a write does not make it a repeat of an earlier one."""
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


def test_a_call_with_the_same_idempotency_key_is_a_repeat(mcp: Mcp, sandbox: Sandbox) -> None:
    """The key is `_meta.idempotencyKey`."""
    token, arguments = sandbox.token("isaiah"), {"type": "VISA_SUPPORT_LETTER"}
    first, again = (mcp.call(token, "RequestMyDocument", arguments, idempotencyKey="turn-7") for _ in range(2))
    assert again["structuredContent"]["repeated"] is True
    assert again["structuredContent"]["eventId"] == first["structuredContent"]["eventId"]
    other = mcp.call(token, "RequestMyDocument", {"type": "SALARY_VERIFICATION"}, idempotencyKey="turn-7")
    assert (other["isError"], other["structuredContent"]["code"]) == (True, "idempotency_conflict")
