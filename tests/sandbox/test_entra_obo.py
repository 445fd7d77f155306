"""On-behalf-of at the sandbox's Entra: what it gives, and each AADSTS error with its cause."""

import base64
import json
import time
from typing import Any
from uuid import uuid4

import pytest
import requests

from sandbox.entra.aadsts import ROWS
from sandbox.entra.clients import EXPIRED_SECRET
from sandbox.jws import Jws
from sandbox.world import contoso
from tests.sandbox.conftest import Obo

WORLD = contoso()
SAML2 = "urn:ietf:params:oauth:token-type:saml2"
WORKDAY = f"{WORLD.workday.identifiers[0]}/.default"
ORDERS = f"{WORLD.orders.identifiers[0]}/.default"

# What it returns


def test_an_access_token_for_the_resource(obo: Obo) -> None:
    answer = obo().json()
    claims = Jws.parse(answer["access_token"]).claims
    assert answer.keys() == {"token_type", "scope", "expires_in", "ext_expires_in", "access_token"}
    assert answer["scope"] == f"{WORLD.orders.identifiers[0]}/Orders.ReadWrite"
    assert (claims["aud"], claims["scp"], claims["ver"]) == (WORLD.orders.client_id, "Orders.ReadWrite", "2.0")
    assert (claims["azp"], claims["oid"]) == (WORLD.bridge.client_id, WORLD.people[0].oid)


def test_named_scopes_are_accepted_like_default(obo: Obo) -> None:
    answer = obo(scope=f"{WORLD.orders.identifiers[0]}/Orders.ReadWrite openid profile").json()
    assert Jws.parse(answer["access_token"]).claims["scp"] == "Orders.ReadWrite"


def test_a_refresh_token_comes_only_with_offline_access(obo: Obo) -> None:
    assert "refresh_token" in obo(scope=f"{ORDERS} openid profile offline_access").json()
    assert "refresh_token" not in obo(scope=f"{ORDERS} openid profile").json()


def test_client_info_is_included_on_request(obo: Obo) -> None:
    info = json.loads(base64.urlsafe_b64decode(obo(client_info="1").json()["client_info"] + "=="))
    assert info == {"uid": WORLD.people[0].oid, "utid": WORLD.tenant_id}


@pytest.mark.parametrize("version", [1, 2])
def test_both_versions_of_the_incoming_token_are_accepted(obo: Obo, version: int) -> None:
    assert obo(token={"version": version}).status_code == 200


def test_answers_are_not_to_be_stored(obo: Obo) -> None:
    assert obo().headers["Cache-Control"] == "no-store, no-cache"
    assert obo(scope="").headers["Cache-Control"] == "no-store, no-cache"


def test_an_exempt_tenant_issues_a_jwt_for_the_saml_app(obo: Obo, trusting: requests.Session, entra: str) -> None:
    trusting.post(f"{entra}/sandbox/mode", json={"workday_app": "oauth"}, timeout=5)
    claims = Jws.parse(obo(scope=WORKDAY).json()["access_token"]).claims
    assert claims["aud"] == WORLD.workday.client_id
    assert obo(scope=WORKDAY, requested_token_type=SAML2).json()["issued_token_type"] == SAML2


def test_grants_are_counted_also_refused_ones(obo: Obo, trusting: requests.Session, entra: str) -> None:
    obo(scope=WORKDAY)
    obo()
    obo(scope=WORKDAY, requested_token_type=SAML2)
    obo(grant_type="password")
    stats = trusting.get(f"{entra}/sandbox/stats", timeout=5).json()
    assert stats["endpoints"]["token"] == 4
    assert stats["grants"] == {"obo": 2, "obo_saml2": 1}


# What it refuses

NOT_AN_ID_TOKEN = {"scp": None, "azp": None, "nonce": "n"}

REFUSALS: dict[str, tuple[int, dict[str, Any]]] = {
    "no grant type": (900144, {"grant_type": None}),
    "another grant": (70003, {"grant_type": "password"}),
    "no assertion": (900144, {"assertion": None}),
    "no requested_token_use": (900144, {"requested_token_use": None}),
    "another requested_token_use": (9002313, {"requested_token_use": "exchange"}),
    "an unknown token type": (9002313, {"requested_token_type": "urn:ietf:params:oauth:token-type:jwt"}),
    "v1's resource": (901002, {"resource": ORDERS}),
    "another tenant": (90002, {"tenant_id": str(uuid4())}),
    "the common endpoint": (9001023, {"tenant_id": "common"}),
    "no client id": (900144, {"client_id": None}),
    "an unknown client": (700016, {"client_id": str(uuid4())}),
    "a wrong secret": (7000215, {"client_secret": str(uuid4())}),
    "another app with the bridge's secret": (7000215, {"client_id": WORLD.connector.client_id}),
    "an expired secret": (7000222, {"client_secret": EXPIRED_SECRET}),
    "no credential": (7000218, {"client_secret": None}),
    "not a token": (50013, {"assertion": "abc"}),
    "a token of three dots": (50013, {"assertion": "a.b.c"}),
    "a signature with an unknown key": (50013, {"token": {"sign": "other-key"}}),
    "no signature": (50013, {"token": {"sign": "none"}}),
    "an unknown key": (50013, {"token": {"header": {"kid": "x"}}}),
    "another issuer": (50013, {"token": {"claims": {"iss": "https://login.microsoftonline.com/other/v2.0"}}}),
    "a token for another app": (500131, {"token": {"audience": WORLD.orders.client_id}}),
    "an expired token": (500133, {"token": {"expires_in": -1}}),
    "a token without an expiry": (500133, {"token": {"claims": {"exp": None}}}),
    "a token of tomorrow": (500133, {"token": {"claims": {"nbf": time.time() // 1 + 86_400}}}),
    "an ID token": (240002, {"token": {"claims": NOT_AN_ID_TOKEN}}),
    "an app-only token": (7000114, {"token": {"claims": {"scp": None, "idtyp": "app", "roles": ["x"]}}}),
    "no scope": (28003, {"scope": None}),
    "only scopes of OpenID": (28003, {"scope": "openid profile offline_access"}),
    "a scope without a resource": (700023, {"scope": "Orders.ReadWrite"}),
    "two resources": (700022, {"scope": f"{ORDERS} {WORKDAY}"}),
    ".default with others": (70011, {"scope": f"{ORDERS} {WORLD.orders.identifiers[0]}/Orders.ReadWrite"}),
    "a scope that does not exist": (650053, {"scope": f"{WORLD.orders.identifiers[0]}/Orders.Delete"}),
    "an unknown resource": (500011, {"scope": "https://unknown.example/.default"}),
    "an identifier with a slash too many": (500011, {"scope": f"{WORLD.orders.identifiers[0]}//.default"}),
    "an identifier in capitals": (500011, {"scope": ORDERS.upper().replace("/.DEFAULT", "/.default")}),
    "itself by App ID URI": (90009, {"scope": f"{WORLD.bridge.identifiers[0]}/.default"}),
    "a JWT for the SAML app": (399274, {"scope": WORKDAY}),
    "a JWT for the SAML app by its id": (399274, {"scope": f"{WORLD.workday.client_id}/.default"}),
    "SAML with scopes of OpenID": (70011, {"scope": f"{WORKDAY} openid", "requested_token_type": SAML2}),
    "SAML for an app without": (50003, {"requested_token_type": SAML2}),
    "a resource without consent": (65001, {"scope": f"{WORLD.payroll.identifiers[0]}/.default"}),
    "a user who does not exist": (50034, {"token": {"claims": {"oid": str(uuid4())}}}),
    "a user who is not assigned": (50105, {"token": {"user": "nestor"}}),
    "a user under Conditional Access": (50076, {"token": {"user": "carla"}}),
    "a user without consent": (65001, {"token": {"user": "cody"}}),
    "a user in a request loop": (50196, {"token": {"user": "lynne"}}),
    "a disabled user": (50057, {"token": {"user": "debra"}}),
}


@pytest.mark.parametrize(("code", "request_"), REFUSALS.values(), ids=REFUSALS)
def test_refusals(obo: Obo, code: int, request_: dict[str, Any]) -> None:
    answer = obo(**request_)
    body = answer.json()
    assert body["error_codes"] == [code]
    assert (answer.status_code, body["error"]) == (ROWS[code].status, ROWS[code].error)


def test_a_repeated_parameter_is_refused(trusting: requests.Session, entra: str) -> None:
    url = f"{entra}/{WORLD.tenant_id}/oauth2/v2.0/token"
    assert trusting.post(url, data="scope=a&scope=b", timeout=5).json()["error_codes"] == [9002313]


def test_the_body_has_the_form_of_the_real_one(obo: Obo) -> None:
    correlation_id = str(uuid4())
    body = obo(scope=WORKDAY, headers={"client-request-id": correlation_id}).json()
    lines = body.pop("error_description").split("\r\n")
    assert body.pop("trace_id") == lines[1].removeprefix("Trace ID: ")
    assert body.pop("timestamp") == lines[3].removeprefix("Timestamp: ")
    assert lines[0].startswith(f"AADSTS399274: The application with App ID '{WORLD.workday.client_id}' is configured")
    assert lines[2] == f"Correlation ID: {correlation_id}"
    assert body == {
        "error": "invalid_request",
        "error_codes": [399274],
        "correlation_id": correlation_id,
        "error_uri": "https://login.microsoftonline.com/error?code=399274",
    }


def test_conditional_access_has_a_claims_challenge(obo: Obo) -> None:
    body = obo(token={"user": "carla"}).json()
    assert (body["error"], body["suberror"]) == ("interaction_required", "basic_action")
    assert json.loads(body["claims"])["access_token"]["polids"]["essential"] is True


def test_missing_consent_says_so_in_suberror(obo: Obo) -> None:
    assert obo(token={"user": "cody"}).json()["suberror"] == "consent_required"


@pytest.mark.parametrize("code", [*ROWS, 700001])
def test_any_code_can_be_set_for_one_user(obo: Obo, trusting: requests.Session, entra: str, code: int) -> None:
    trusting.post(f"{entra}/sandbox/mode", json={"answers": {"alex": code}}, timeout=5)
    refused = obo(token={"user": "alex"})
    assert refused.json()["error_codes"] == [code]
    assert "{" not in refused.json()["error_description"]
    assert ("claims" in refused.json()) == (code in ROWS and ROWS[code].challenge)
    assert obo().status_code == 200


BAD_MODES = {
    "unknown mode": {"workday_app": "jwt"},
    "unknown field": {"workday": "saml"},
    "unknown user": {"answers": {"nobody": 50105}},
    "not a code": {"answers": {"adele": "AADSTS50105"}},
    "no map": {"answers": [50105]},
    "not an object": [],
}


@pytest.mark.parametrize("mode", BAD_MODES.values(), ids=BAD_MODES)
def test_a_mode_that_does_not_exist_is_refused(trusting: requests.Session, entra: str, mode: Any) -> None:
    assert trusting.post(f"{entra}/sandbox/mode", json=mode, timeout=5).status_code == 400


def test_a_fault_can_replace_the_response_of_the_next_calls(obo: Obo, trusting: requests.Session, entra: str) -> None:
    fault = {"endpoint": "token", "status": 400, "body": {"error": "invalid_grant", "error_codes": [50000]}, "times": 2}
    trusting.post(f"{entra}/sandbox/faults", json=fault, timeout=5)
    assert [obo().status_code for _ in range(3)] == [400, 400, 200]


def test_throttling_has_retry_after(obo: Obo, trusting: requests.Session, entra: str) -> None:
    trusting.post(f"{entra}/sandbox/mode", json={"answers": {"adele": 90055}}, timeout=5)
    answer = obo()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
