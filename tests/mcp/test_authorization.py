"""How a client finds its token: the metadata, the challenges, and the explained refusals."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests

from bridge.mcp.authorization import resource_metadata
from bridge.settings import load
from tests.e2e.conftest import Start
from tests.e2e.kit import Bridge, Reply, Sandbox
from tests.mcp.kit import Mcp, request
from tests.support.catalog import CATALOG
from tests.support.env import env
from tests.support.tokens import BRIDGE

WELL_KNOWN = "/.well-known/oauth-protected-resource"
PING = request("ping")


def challenge(reply: Reply) -> dict[str, str]:
    """The parameters of the one Bearer challenge; each occurs once (RFC 9110 section 11.2)."""
    scheme, _, rest = reply.headers["www-authenticate"].partition(" ")
    found = re.findall(r'([a-z_]+)="([^"]*)"', rest)
    assert scheme == "Bearer"
    assert len(dict(found)) == len(found)
    return dict(found)


def test_the_metadata_are_at_both_addresses(bridge: Bridge, elsewhere: Bridge, sandbox: Sandbox) -> None:
    """The scope begins with the resource where Entra knows that, because Entra compares the two."""
    facts = sandbox.facts
    for one, scope in (
        (bridge, f"{bridge.url}/mcp/access_as_user"),
        (elsewhere, f"api://{facts['clientId']}/access_as_user"),
    ):
        metadata = {
            "resource": f"{one.url}/mcp",
            "authorization_servers": [f"{facts['entra']}/{facts['tenantId']}/v2.0"],
            "scopes_supported": [scope],
            "bearer_methods_supported": ["header"],
            "resource_name": "OBO-SAML bridge",
        }
        assert [one.get(path).json for path in (WELL_KNOWN, f"{WELL_KNOWN}/mcp")] == [metadata, metadata]


def test_without_a_token_the_challenge_leads_to_the_metadata(mcp: Mcp, bridge: Bridge, sandbox: Sandbox) -> None:
    reply = mcp.send(PING)
    sent = challenge(reply)
    assert (reply.status, reply.code, "error" in sent) == (401, "no_token", False)
    metadata = requests.get(sent["resource_metadata"], timeout=5).json()
    assert metadata == bridge.get(WELL_KNOWN).json
    assert sent["scope"] == metadata["scopes_supported"][0]
    by_hand = reply.json["oauthSettings"]
    assert by_hand["clientIds"] == [sandbox.facts["connectorClientId"], sandbox.facts["publicClientId"]]
    assert by_hand["scope"] == sent["scope"]
    assert by_hand["tokenUrl"] == f"{sandbox.facts['entra']}/{sandbox.facts['tenantId']}/oauth2/v2.0/token"
    assert "no dynamic client registration" in reply.json["hint"]


AUDIENCES: list[tuple[str, dict[str, Any], str, str]] = [
    ("the client's own id", {"audience": "{connectorClientId}"}, "client_is_resource", "parameter resource (RFC 8707)"),
    (
        "some client's id",
        {"audience": "0a1b2c3d-0000-4000-8000-000000000000"},
        "audience_is_client_id",
        "neither the parameter resource (RFC 8707) nor the API's scope",
    ),
    ("none", {"claims": {"aud": None}}, "audience_missing", "neither the parameter resource"),
    ("Graph", {"audience": "https://graph.microsoft.com"}, "audience_graph", "for another resource"),
    ("the server's address", {"audience": "https://mcp.contoso.com/mcp"}, "audience_foreign", "for another resource"),
]


def test_a_token_for_another_audience_is_explained(mcp: Mcp, sandbox: Sandbox, subtests: pytest.Subtests) -> None:
    for name, wish, verdict, words in AUDIENCES:
        with subtests.test(name):
            if isinstance(audience := wish.get("audience"), str):
                wish = wish | {"audience": audience.format_map(sandbox.facts)}
            reply = mcp.send(PING, sandbox.token(**wish))
            sent = challenge(reply)
            assert (reply.status, reply.json["verdict"], sent["error"]) == (401, verdict, "invalid_token")
            assert sent["error_description"] == verdict
            assert words in reply.json["hint"]
            assert reply.json["oauthSettings"]["clientIds"]
            assert sent["resource_metadata"]


def test_a_token_without_the_scope_gets_a_challenge_with_the_scope(mcp: Mcp, sandbox: Sandbox) -> None:
    """Step-up: the client learns the whole scope that it must request."""
    reply = mcp.send(PING, sandbox.token(scope="Other.Read"))
    sent = challenge(reply)
    assert (reply.status, sent["error"]) == (403, "insufficient_scope")
    assert sent["scope"] == f"{mcp.url}/access_as_user"
    assert sent["resource_metadata"].endswith(f"{WELL_KNOWN}/mcp")


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"client": "0a1b2c3d-0000-4000-8000-000000000000"}, 403, "client_not_allowed"),
    ({"user": "gina"}, 403, "guest_not_allowed"),
    ({"expires_in": -600}, 401, "expired"),
    ({"sign": "other-key"}, 401, "bad_signature"),
]


def test_a_refusal_that_another_scope_would_not_change_has_no_scope_challenge(
    mcp: Mcp, sandbox: Sandbox, subtests: pytest.Subtests
) -> None:
    for wish, status, code in REFUSED:
        with subtests.test(code):
            reply = mcp.send(PING, sandbox.token(**wish))
            assert reply.outcome == (status, code)
            assert ("www-authenticate" in reply.headers) == (status == 401)


def test_a_token_that_entra_no_longer_accepts_ends_as_401_within_a_call(mcp: Mcp, sandbox: Sandbox) -> None:
    sandbox.answer_with(adele=50173)
    reply = mcp.send(request("tools/call", name="GetMyProfile"), sandbox.token())
    assert (reply.status, reply.code) == (401, "stale_token")
    assert challenge(reply)["resource_metadata"]


def test_a_hostile_message_without_a_token_is_a_missing_token(mcp: Mcp) -> None:
    assert mcp.send(b"{").outcome == (401, "no_token")


def test_the_advertised_resource_is_a_setting(subtests: pytest.Subtests) -> None:
    """`api://…` as the fallback, and an address with a scope of its own where it is an App ID URI."""
    own, api = "https://mcp.contoso.com/mcp", f"api://{BRIDGE}"
    for resource, audiences, base in ((api, "", api), (own, own, own), (own, "", api)):
        with subtests.test(f"{resource} {audiences}"):
            settings = load(env(BRIDGE_MCP__RESOURCE=resource, BRIDGE_ENTRA__AUDIENCES=audiences), CATALOG)
            metadata = resource_metadata(settings)
            assert (metadata["resource"], metadata["scopes_supported"]) == (resource, [f"{base}/access_as_user"])


def test_it_is_off_by_default(start: Start) -> None:
    with start() as bridge:
        assert bridge.ask("POST", "/mcp", body=PING).status == 404
        assert bridge.get(WELL_KNOWN).status == 404
        assert bridge.get("/api/health").status == 200
