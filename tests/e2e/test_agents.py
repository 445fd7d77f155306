"""Agents of Entra Agent ID at the running app: who they act for, what the log says, who is refused."""

from __future__ import annotations

from collections.abc import Callable

from tests.e2e.kit import Bridge, Sandbox


def test_on_behalf_of_a_person_it_is_that_person_and_the_log_names_the_agent(bridge: Bridge, sandbox: Sandbox) -> None:
    connector = sandbox.facts["connectorClientId"]
    token = sandbox.token(agent="on-behalf-of", client=connector)
    person = bridge.get("/api/whoami", sandbox.token()).json["objectId"]
    seen = bridge.get("/api/whoami", token)
    assert (seen.json["objectId"], seen.json["actor"]) == (person, connector)
    assert "xms_act_fct" in seen.json["optionalClaims"].split()
    line = bridge.line(seen)
    assert (line["objectId"], line["actor"], line["actorParent"]) == (person, connector, seen.json["actorParent"])
    assert bridge.get("/api/workday/me", token).status == 200
    plain = bridge.get("/api/whoami", sandbox.token())
    assert (plain.json["actor"], plain.json["actorParent"]) == ("", "")
    assert "actor" not in bridge.line(plain)


def test_by_itself_or_as_an_agent_user_it_is_refused(bridge: Bridge, sandbox: Sandbox) -> None:
    connector = sandbox.facts["connectorClientId"]
    alone = bridge.get("/api/workday/me", sandbox.token(agent="alone", client=connector))
    assert (alone.outcome, alone.json["verdict"]) == ((401, "app_only"), "agent_app_only")
    agent_user = bridge.get("/api/workday/me", sandbox.token(agent="agent-user", client=connector))
    assert agent_user.outcome == (403, "agent_user_not_allowed")
    assert "WWW-Authenticate" not in agent_user.headers


def test_an_agent_is_allowed_by_its_own_id_only(app: Callable[..., Bridge], sandbox: Sandbox) -> None:
    """Neither its blueprint among the allowed clients nor ALLOW_AGENT_USERS lets every agent of a blueprint in."""
    seen = app({}).get("/api/whoami", sandbox.token(agent="on-behalf-of", client=sandbox.facts["connectorClientId"]))
    clients = f"{sandbox.facts['connectorClientId']} {seen.json['actorParent']}"
    bridge = app({"BRIDGE_ENTRA__ALLOWED_CLIENTS": clients, "BRIDGE_ENTRA__ALLOW_AGENT_USERS": "true"})
    for agent in ("on-behalf-of", "agent-user"):
        assert bridge.get("/api/whoami", sandbox.token(agent=agent)).outcome == (403, "client_not_allowed")
    allowed = sandbox.token(agent="agent-user", client=sandbox.facts["connectorClientId"])
    assert bridge.get("/api/whoami", allowed).status == 200
