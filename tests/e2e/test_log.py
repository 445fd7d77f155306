"""The log of a request: one line with the path to the credential, and no personal data."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.e2e.kit import GUID, Bridge, Sandbox
from tests.e2e.leaks import leaks

ME = "/api/workday/me"


def test_the_line_names_caller_operation_and_path(bridge: Bridge, sandbox: Sandbox) -> None:
    reply = bridge.ask(
        "GET", ME, token=sandbox.token(), headers={"X-MS-Client-Request-Id": "0a1b2c3d-3333-4444-8555-666677778888"}
    )
    line = bridge.line(reply)
    assert line["operation"] == "GetMyProfile"
    assert line["system"] == "workday"
    assert line["status"] == 200
    assert line["tenantId"] == sandbox.facts["tenantId"]
    assert GUID.fullmatch(line["objectId"])
    assert GUID.fullmatch(line["invocationId"])
    assert line["clientRequestId"] == "0a1b2c3d-3333-4444-8555-666677778888"
    assert line["path"] == "bridge_saml"
    [assertion] = line["assertions"]
    assert (assertion["signer"], len(assertion["certificateThumbprint"])) == ("bridge", 64)
    assert all(ms >= 0 for ms in line["ms"].values())
    assert "code" not in line


def test_a_request_with_a_remembered_credential_names_no_assertion(bridge: Bridge, sandbox: Sandbox) -> None:
    token = sandbox.token()
    bridge.get(ME, token)
    line = bridge.line(bridge.get(ME, token))
    assert (line["exchanges"], line.get("assertions")) == (0, None)
    assert set(line["ms"]) == {"total", "inbound", "credential", "system"}


def test_a_refused_token_is_logged_without_a_caller(bridge: Bridge, sandbox: Sandbox) -> None:
    line = bridge.line(bridge.get(ME, sandbox.token(sign="other-key")))
    assert (line["status"], line["code"]) == (401, "bad_signature")
    assert not {"tenantId", "objectId", "path"} & set(line)


def test_an_operation_at_a_named_system_is_logged_with_its_name(bridge: Bridge, sandbox: Sandbox) -> None:
    line = bridge.line(bridge.get("/api/entra_signs/me", sandbox.token()))
    assert (line["operation"], line["system"]) == ("GetMyProfile", "entra_signs")


def test_a_refused_token_shows_its_pattern(bridge: Bridge, sandbox: Sandbox) -> None:
    line = bridge.line(bridge.get("/api/whoami", sandbox.token(audience="https://api.contoso.com")))
    assert line["unverified"]["audience"] == "https://api.contoso.com"
    assert line["unverified"]["client"] == sandbox.facts["connectorClientId"]
    assert sandbox.facts["tenantId"] in line["unverified"]["issuer"]


def test_each_assertion_of_a_request_is_logged(bridge: Bridge, sandbox: Sandbox) -> None:
    """The vault's log counts signatures: each has to be found here."""
    sandbox.fault("workday", "rest", status=401)
    line = bridge.line(bridge.get(ME, sandbox.token()))
    assert line["status"] == 200
    assert len({assertion["id"] for assertion in line["assertions"]}) == line["exchanges"] == 2


@pytest.mark.parametrize("debug", ["0", "1"])
def test_a_whole_day_leaves_nothing_of_anybody_in_the_log(
    app: Callable[..., Bridge], sandbox: Sandbox, debug: str
) -> None:
    bridge = app({"PYTHON_ENABLE_DEBUG_LOGGING": debug})
    token = sandbox.token()
    name = {"firstName": "Ǻda-Geheim", "lastName": "Lovelace-Geheim", "country": "GBR"}
    asked = [
        bridge.get(ME, token),
        bridge.get("/api/workday/me/home-address", token),
        bridge.post("/api/workday/me/legal-name", token, name),
        bridge.post("/api/workday/me/legal-name", token, {**name, "country": "Geheimland!"}),
        bridge.post("/api/workday/me/documents", token, {"type": "GEHEIMER_BRIEF"}),
        bridge.get("/api/orders/orders", token, status="geheimstatus"),
        bridge.get(f"/api/orders/orders/{'9' * 10}", token),
        bridge.get(ME, sandbox.token(claims={"upn": "<geheim>@contoso.com"})),
        bridge.get(ME, sandbox.token(user="newcomer")),
        bridge.get("/api/orders/orders", sandbox.token(user="carla")),
        bridge.get("/api/whoami", sandbox.token(audience="https://api.contoso.com")),
        bridge.get("/api/whoami", "geheim.opaque-token"),
        bridge.ask("GET", "/api/whoami", headers={"Authorization": "Basic Z2VoZWltOmdlaGVpbQ=="}),
        bridge.post("/api/probe/workday", token),
    ]
    for fault in ({"status": 500, "body": "<html>Adele Vance"}, {"drop": "after"}, {"status": 400, "body": "Adele"}):
        sandbox.fault("workday", "rest", times=None, **fault)
        asked.append(bridge.get(ME, token))
    refusal = {"error": "invalid_grant", "error_description": "The account of Vance, Adele (adele) is locked."}
    sandbox.fault("workday", "token", status=400, body=refusal)
    asked.append(bridge.get(ME, sandbox.token()))
    assert "is locked" in bridge.line(asked[-1])["operator"]
    assert {reply.status for reply in asked} == {200, 400, 401, 403, 422, 502}
    lines = [bridge.line(reply) for reply in asked]
    assert len(lines) == len(asked)
    assert not leaks(bridge, sandbox)
    assert "geheim" not in "".join(bridge.log).casefold()


@pytest.mark.parametrize("kind", ["secret", "key", "token", "name", "input", "escaped", "assertion"])
def test_the_search_for_leaks_would_find_one(sandbox: Sandbox, kind: str) -> None:
    env = sandbox.facts["env"]
    token, text = sandbox.token(), "Straße 12, Ǻlesund"
    planted = {
        "secret": env["BRIDGE_ENTRA__CLIENT_SECRET"],
        "key": env["BRIDGE_SYSTEMS__WORKDAY__SAML__CERTIFICATE"].splitlines()[3],
        "token": token.split(".")[2],
        "name": "Vance",
        "input": text,
        "escaped": json.dumps(text),
        "assertion": "<saml:Assertion ID='x'>",
    }[kind]
    bridge = Bridge("", log=["nothing here\n", f'{{"detail": "about {planted}"}}\n'], sent={text})
    assert leaks(bridge, sandbox)
    assert not leaks(Bridge("", log=["nothing here\n"], sent={text}), sandbox)
