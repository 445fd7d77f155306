"""The paths to a credential: which one is taken, what it costs, and what is remembered."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from lxml import etree

from tests.e2e.kit import Bridge, Sandbox
from tests.e2e.systems import workday

App = Callable[..., Bridge]
ME = "/api/workday/me"
SAML = {"saml": "urn:oasis:names:tc:SAML:2.0:assertion"}
READ = {"GET /workers/me": 1}


@pytest.fixture
def fresh(app: App) -> Bridge:
    """A new app with the sandbox's own settings."""
    return app()


def test_auto_meets_399274_once_and_then_the_bridge_signs(fresh: Bridge, sandbox: Sandbox) -> None:
    first, second = sandbox.token(user="adele"), sandbox.token(user="alex")
    with sandbox.counting() as spent:
        reply = fresh.get(ME, first)
    assert spent == {"obo": 1, "saml2_bearer": 1, **READ}
    line = fresh.line(reply)
    assert (line["path"], line["exchanges"]) == ("bridge_saml", 2)
    assert set(line["ms"]) == {"total", "inbound", "credential", "entra", "sign", "system_token", "system"}
    with sandbox.counting() as spent:
        fresh.get(ME, second)
    assert spent == {"saml2_bearer": 1, **READ}, "the call that must fail is not made again, for any user"
    with sandbox.counting() as spent:
        again = fresh.get(ME, first)
    assert spent == READ
    assert (fresh.line(again)["path"], fresh.line(again)["exchanges"]) == ("bridge_saml", 0)


def test_whoami_reports_the_path_that_was_found(fresh: Bridge, sandbox: Sandbox) -> None:
    token = sandbox.token()

    def plan() -> str:
        rows = {row["system"]: row["path"] for row in fresh.get("/api/whoami", token).json["systems"]}
        return str(rows["workday"])

    assert plan() == "oauth"
    fresh.get(ME, token)
    assert plan() == "bridge_saml"


def test_the_log_names_the_assertion_that_workday_received(bridge: Bridge, sandbox: Sandbox) -> None:
    reply = bridge.get(ME, sandbox.token())
    assertion = etree.fromstring(sandbox.control("GET", "workday", "/sandbox/last-assertion").encode())
    line = bridge.line(reply)
    assert [logged["id"] for logged in line["assertions"]] == [assertion.get("ID")]
    assert assertion.findtext("saml:Subject/saml:NameID", namespaces=SAML) == "adele@contoso.com"


def test_the_assertion_says_when_the_token_says_that_the_user_signed_in(bridge: Bridge, sandbox: Sandbox) -> None:
    bridge.get(ME, sandbox.token(claims={"auth_time": 1_700_000_000}))
    assertion = etree.fromstring(sandbox.control("GET", "workday", "/sandbox/last-assertion").encode())
    authn = assertion.find("saml:AuthnStatement", SAML)
    assert authn is not None
    assert authn.get("AuthnInstant") == "2023-11-14T22:13:20Z"


def test_an_assertion_is_used_once(bridge: Bridge, sandbox: Sandbox) -> None:
    def last() -> str | None:
        text = sandbox.control("GET", "workday", "/sandbox/last-assertion")
        return etree.fromstring(text.encode()).get("ID")

    ids = set()
    for _ in range(3):
        bridge.get(ME, sandbox.token())
        ids.add(last())
    assert len(ids) == 3


def test_entra_signs_where_the_settings_say_so(app: App, sandbox: Sandbox) -> None:
    bridge = app({"BRIDGE_SYSTEMS__WORKDAY__SAML__SIGNER": "entra"})
    with sandbox.counting() as spent:
        reply = bridge.get(ME, sandbox.token())
    assert spent == {"obo": 1, "obo_saml2": 1, "saml2_bearer": 1, **READ}
    line = bridge.line(reply)
    assert line["path"] == "entra_saml"
    assertion = etree.fromstring(sandbox.control("GET", "workday", "/sandbox/last-assertion").encode())
    assert assertion.findtext("saml:Issuer", namespaces=SAML) == f"https://sts.windows.net/{sandbox.facts['tenantId']}/"
    [logged] = line["assertions"]
    assert (logged["id"], logged["signer"]) == (assertion.get("ID"), "entra")
    assert len(logged["certificateThumbprint"]) == 64
    with sandbox.counting() as spent:
        bridge.get(ME, sandbox.token(user="alex"))
    assert spent == {"obo_saml2": 1, "saml2_bearer": 1, **READ}


def test_orders_opens_by_oauth(bridge: Bridge, sandbox: Sandbox) -> None:
    token = sandbox.token()
    with sandbox.counting() as spent:
        reply = bridge.get("/api/orders/orders", token)
    assert spent == {"obo": 1}
    assert bridge.line(reply)["path"] == "oauth"
    with sandbox.counting() as spent:
        bridge.get("/api/orders/orders", token)
    assert not spent


def test_path_oauth_never_turns_to_saml(app: App, sandbox: Sandbox) -> None:
    bridge = app({"BRIDGE_SYSTEMS__WORKDAY__PATH": "oauth"})
    with sandbox.counting() as spent:
        reply = bridge.get(ME, sandbox.token())
    assert (reply.outcome, reply.json["aadsts"]) == ((424, "bridge_misconfigured"), [399274])
    assert spent == {"obo": 1}


def test_a_401_to_a_fresh_oauth_token_turns_auto_to_saml(fresh: Bridge, sandbox: Sandbox) -> None:
    """Old tenants are exempt from 399274: Entra gives a token, and Workday refuses it."""
    sandbox.control("POST", "entra", "/sandbox/mode", {"workday_app": "oauth"})
    with sandbox.counting() as spent:
        reply = fresh.get(ME, sandbox.token())
    assert reply.status == 200
    assert spent == {"obo": 1, "saml2_bearer": 1, "GET /workers/me": 2}
    assert fresh.line(reply)["path"] == "bridge_saml"
    with sandbox.counting() as spent:
        fresh.get(ME, sandbox.token(user="alex"))
    assert spent == {"saml2_bearer": 1, **READ}


def test_a_write_may_meet_that_401_too_and_is_done_once(fresh: Bridge, sandbox: Sandbox) -> None:
    sandbox.control("POST", "entra", "/sandbox/mode", {"workday_app": "oauth"})
    name = {"firstName": "Adele", "lastName": "Moreau", "country": "USA"}
    with sandbox.counting() as spent:
        assert fresh.post("/api/workday/me/legal-name", sandbox.token(), name).status == 200
    assert spent["Change_Legal_Name"] == 1


# Renewal.


def test_a_revoked_credential_is_renewed_once_and_the_caller_notices_nothing(bridge: Bridge, sandbox: Sandbox) -> None:
    token = sandbox.token()
    bridge.get(ME, token)
    sandbox.control("POST", "workday", "/sandbox/revoke")
    with sandbox.counting() as spent:
        reply = bridge.get(ME, token)
    assert (reply.status, spent) == (200, {"saml2_bearer": 1, "GET /workers/me": 2})


def test_a_write_with_a_revoked_credential_is_done_once(bridge: Bridge, sandbox: Sandbox) -> None:
    """SOAP says it with HTTP 500 and a fault: not a definite failure of the write, but a definite refusal."""
    token = sandbox.token()
    address = {"addressLine1": "1 New Street", "city": "Chicago", "region": "USA-IL", "country": "USA"}
    bridge.post("/api/workday/me/home-address", token, address)
    sandbox.control("POST", "workday", "/sandbox/revoke")
    with sandbox.counting() as spent:
        assert bridge.post("/api/workday/me/home-address", token, address).status == 200
    assert (spent["Change_Home_Contact_Information"], spent["saml2_bearer"]) == (2, 1)
    events = [row["status"] for row in sandbox.soap_requests()[-2:]]
    assert events == [500, 200]


def test_a_401_for_ever_is_424_after_one_renewal_and_never_a_401(bridge: Bridge, sandbox: Sandbox) -> None:
    token = sandbox.token()
    sandbox.fault("workday", "rest", status=401, times=0)
    with sandbox.counting() as spent:
        reply = bridge.get(ME, token)
    assert reply.outcome == (424, "bridge_misconfigured")
    assert reply.json["reason"] == "credential_rejected_by_system"
    assert "www-authenticate" not in reply.headers
    assert (spent["GET /workers/me"], spent["saml2_bearer"]) == (2, 2)


def test_a_revoked_oauth_token_is_renewed_at_entra(bridge: Bridge, sandbox: Sandbox) -> None:
    token = sandbox.token()
    bridge.get("/api/orders/orders", token)
    sandbox.fault("orders", "rest", status=401)
    with sandbox.counting() as spent:
        assert bridge.get("/api/orders/orders", token).status == 200
    assert spent == {"obo": 1}


# Probe.


def test_a_probe_reports_each_hop_and_shows_nothing_that_was_read(bridge: Bridge, sandbox: Sandbox) -> None:
    report = bridge.post("/api/probe/entra_signs", sandbox.token(user="diego")).json
    assert report["ok"] is True
    assert report["path"] == "entra_saml"
    assert {hop["outcome"] for hop in report["hops"]} == {"ok"}
    assert "Siciliani" not in str(report)


def test_a_probe_turns_to_saml_where_a_call_does(fresh: Bridge, sandbox: Sandbox) -> None:
    sandbox.control("POST", "entra", "/sandbox/mode", {"workday_app": "oauth"})
    report = fresh.post("/api/probe/workday", sandbox.token()).json
    assert (report["ok"], report["path"]) == (True, "bridge_saml")
    outcomes = [hop["outcome"] for hop in report["hops"] if hop["name"] == "system"]
    assert outcomes[:2] == ["credential_rejected_by_system", "ok"]
    assert set(outcomes[1:]) == {"ok"}, "the services that follow have a credential that works"


def test_a_probe_reports_an_error_in_place_of_failing(bridge: Bridge, sandbox: Sandbox) -> None:
    report = bridge.post("/api/probe/entra_signs", sandbox.token(user="nestor"))
    assert report.status == 200
    assert (report.json["ok"], report.json["problem"]["code"]) == (False, "not_assigned")


def test_probing_is_limited_for_each_caller(bridge: Bridge, sandbox: Sandbox) -> None:
    token = sandbox.token(user="isaiah")
    statuses = [bridge.post("/api/probe/orders", token).status for _ in range(6)]
    limited = bridge.post("/api/probe/orders", sandbox.token(user="isaiah"))
    assert statuses == [200] * 5 + [503]
    assert 0 < int(limited.headers["retry-after"]) <= 60
    assert bridge.post("/api/probe/orders", sandbox.token(user="grady")).status == 200


def test_probing_is_off_unless_it_is_switched_on(app: App, sandbox: Sandbox) -> None:
    assert app({"BRIDGE_PROBE": None}).post("/api/probe/workday", sandbox.token()).outcome == (404, "not_found")


# The token endpoint's client.


@pytest.mark.parametrize("signer", ["bridge", "entra"])
def test_a_broken_trust_is_not_reported_as_an_unknown_account(app: App, sandbox: Sandbox, signer: str) -> None:
    bridge = app({"BRIDGE_SYSTEMS__WORKDAY__PATH": "saml", "BRIDGE_SYSTEMS__WORKDAY__SAML__SIGNER": signer})
    refusal = {"error": "invalid_grant", "error_description": "The signature for adele@contoso.com is not valid."}
    bridge.get(ME, sandbox.token(user="adele"))
    reported = []
    for user in ("alex", "adele", "alex"):
        sandbox.fault("workday", "token", status=400, body=refusal)
        reply = bridge.get(ME, sandbox.token(user=user))
        reported.append(reply.outcome)
        operator = bridge.line(reply)["operator"]
        assert "TOKEN__ENCODING" in operator
        assert ("The signature for [" in operator, "adele" in operator) == (True, False)
    assert reported == [(403, "user_unknown_to_system"), *[(424, "bridge_misconfigured")] * 2]
    assert bridge.get(ME, sandbox.token(user="alex")).status == 200


def test_a_client_secret_goes_with_basic_or_post(app: App, sandbox: Sandbox) -> None:
    secret = "workday-api-client-secret"
    facts = sandbox.facts
    bridge = app(
        {
            **workday(facts, "basic", PATH="saml", TOKEN__AUTH="basic", CLIENT_SECRET=secret),
            **workday(facts, "post", PATH="saml", TOKEN__AUTH="post", CLIENT_SECRET=secret),
            **workday(facts, "wrong", PATH="saml", TOKEN__AUTH="post", CLIENT_SECRET="another-secret"),
            **workday(facts, "encoded", PATH="saml", TOKEN__ENCODING="base64"),
            **workday(facts, "html", PATH="saml", TOKEN__URL=f"{facts['workday']}/ccx/oauth2/Contoso_DPT1/token"),
        }
    )
    token = sandbox.token()
    assert [bridge.get(f"/api/{name}/me", token).status for name in ("basic", "post")] == [200] * 2
    for name in ("wrong", "encoded", "html"):
        reply = bridge.get(f"/api/{name}/me", token)
        assert reply.outcome == (424, "bridge_misconfigured")
        assert f"BRIDGE_SYSTEMS__{name.upper()}__" in bridge.line(reply)["operator"]
    encoded = base64.b64encode(f"x:{secret}".encode()).decode()[4:]
    assert not [line for line in bridge.log if secret in line or encoded in line]
