"""Entra's refusals as the caller sees them: on the path oauth and on the path entra_saml."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest

from tests.e2e.kit import GUID, Bridge, Reply, Sandbox
from tests.e2e.systems import OF_ALL_CALLERS

OAUTH, ASSERTION = "orders", "entra_signs"

# AADSTS code → status and code of the answer, and whether it has Retry-After.
ROWS: dict[int, tuple[int, str, bool]] = {
    65001: (403, "consent_required", False),
    65004: (403, "consent_required", False),
    50105: (403, "not_assigned", False),
    50057: (403, "user_refused", False),
    50034: (403, "user_refused", False),
    530035: (403, "user_refused", False),
    50076: (403, "claims_challenge", False),
    50158: (403, "claims_challenge", False),
    53003: (403, "claims_challenge", False),
    50173: (401, "stale_token", False),
    500133: (401, "stale_token", False),
    50013: (424, "bridge_misconfigured", False),
    500131: (424, "bridge_misconfigured", False),
    50196: (503, "entra_throttled", True),
    90055: (503, "entra_throttled", True),
    90033: (503, "entra_unavailable", True),
    50087: (503, "entra_unavailable", True),
    7000215: (424, "bridge_misconfigured", False),
    7000222: (424, "bridge_misconfigured", False),
    700016: (424, "bridge_misconfigured", False),
}


def ask(bridge: Bridge, system: str, token: str) -> Reply:
    return bridge.get(f"/api/{system}/{'me' if system == ASSERTION else 'orders'}", token)


def system_for(code: int, leg: str) -> str:
    """A refusal that is remembered for all callers gets a system of its own, so that no other test is affected."""
    return {OAUTH: f"o{code}", ASSERTION: f"s{code}"}[leg] if code in OF_ALL_CALLERS else leg


LOOPING = (f"load{number}" for number in range(150, 200))
"""A caller in a request loop is kept from Entra for a minute: such a test needs a person of its own."""


def person(code: int) -> str:
    return next(LOOPING) if code == 50196 else "grady"


@pytest.mark.parametrize("leg", [OAUTH, ASSERTION])
@pytest.mark.parametrize("code", ROWS)
def test_each_refusal_has_its_answer(bridge: Bridge, sandbox: Sandbox, code: int, leg: str) -> None:
    user = person(code)
    sandbox.answer_with(**{user: code})
    reply = ask(bridge, system_for(code, leg), sandbox.token(user=user))
    status, name, waits = ROWS[code]
    assert reply.outcome == (status, name)
    assert reply.json["aadsts"] == [code]
    assert GUID.fullmatch(reply.json["entraTraceId"])
    assert reply.json["entraCorrelationId"] == reply.correlation_id
    assert reply.json["hint"]
    assert ("retry-after" in reply.headers) is waits
    assert ("www-authenticate" in reply.headers) is (status == 401)
    assert user not in reply.body.decode()
    line = bridge.line(reply)
    assert (line["aadsts"], line["code"], line["entraTraceId"]) == ([code], name, reply.json["entraTraceId"])


@pytest.mark.parametrize("leg", [OAUTH, ASSERTION])
@pytest.mark.parametrize("code", [code for code in ROWS if code not in OF_ALL_CALLERS])
def test_what_concerns_one_caller_is_never_answered_to_another(
    bridge: Bridge, sandbox: Sandbox, code: int, leg: str
) -> None:
    user = person(code)
    sandbox.answer_with(**{user: code})
    mine = sandbox.token(user=user)
    assert ask(bridge, leg, mine).status == ROWS[code][0]
    with sandbox.counting() as spent:
        other = ask(bridge, leg, sandbox.token(user="isaiah"))
    assert other.json.get("aadsts") is None
    assert sum(spent.get(grant, 0) for grant in ("obo", "obo_saml2")) == 1


@pytest.mark.parametrize("code", [code for code in OF_ALL_CALLERS if code != 90055])
def test_what_concerns_the_app_is_not_asked_again_at_once(bridge: Bridge, sandbox: Sandbox, code: int) -> None:
    """Automatic retries must not reach Entra; the second caller does not see the first caller's ids."""
    sandbox.answer_with(grady=code)
    system = system_for(code, OAUTH)
    first = ask(bridge, system, sandbox.token(user="grady"))
    with sandbox.counting() as spent:
        second = ask(bridge, system, sandbox.token(user="isaiah"))
    assert not spent
    assert (second.outcome, second.json["aadsts"]) == (first.outcome, [code])
    assert not {"entraTraceId", "entraCorrelationId"} & set(second.json)


def test_the_sandbox_has_people_for_the_common_refusals(bridge: Bridge, sandbox: Sandbox) -> None:
    reported = {
        user: ask(bridge, OAUTH, sandbox.token(user=user)).json["aadsts"] for user in ("nestor", "cody", "lynne")
    }
    assert reported == {"nestor": [50105], "cody": [65001], "lynne": [50196]}


# Claims challenges.


def test_a_client_that_takes_challenges_gets_it_whole(bridge: Bridge, sandbox: Sandbox) -> None:
    """https://learn.microsoft.com/entra/identity-platform/claims-challenge"""
    reply = ask(bridge, OAUTH, sandbox.token(user="carla", claims={"xms_cc": ["cp1"]}))
    assert reply.outcome == (401, "claims_challenge")
    challenge = reply.headers["www-authenticate"]
    assert challenge.startswith("Bearer ")
    assert 'error="insufficient_claims"' in challenge
    claims = json.loads(base64.b64decode(challenge.partition('claims="')[2].rstrip('"')))
    assert "polids" in claims["access_token"]


@pytest.mark.parametrize("declared", [None, [], ["CP1"], "cp1", {"cp1": True}], ids=repr)
def test_any_other_client_gets_403_and_no_challenge(bridge: Bridge, sandbox: Sandbox, declared: object) -> None:
    reply = ask(bridge, OAUTH, sandbox.token(user="carla", claims={"xms_cc": declared}))
    assert reply.outcome == (403, "claims_challenge")
    assert "www-authenticate" not in reply.headers


# Failures of Entra; docs/fault-matrix.md has more, with one fault for each of them.

NONSENSE = (502, "upstream_invalid_response")

TROUBLE: dict[str, tuple[dict[str, object], tuple[int, str]]] = {
    "429 with a date": (
        {"status": 429, "headers": {"Retry-After": "Fri, 31 Dec 2027 23:59:59 GMT"}},
        (503, "entra_throttled"),
    ),
    "200 with a token of another type": (
        {"status": 200, "body": {"access_token": ["x"], "token_type": "Bearer"}},
        NONSENSE,
    ),
    "200 with an empty token": ({"body": {"access_token": "", "expires_in": 3600}}, NONSENSE),
    "200 with a life that is no number": (
        {"body": {"access_token": "x", "expires_in": "soon"}},
        NONSENSE,
    ),
    "200 with a token that splits a header": (
        {"body": {"access_token": "a\r\nX-Evil: 1", "expires_in": 3600}},
        NONSENSE,
    ),
    "200 with a token that no header can carry": (
        {"body": {"access_token": "\x00\ud83d", "expires_in": 3600}},
        NONSENSE,
    ),
    "400 that is no JSON": ({"status": 400, "body": "no"}, (424, "bridge_misconfigured")),
    "400 nested deeply": ({"status": 400, "body": "[" * 50_000}, (424, "bridge_misconfigured")),
    "400 with fields of other types": (
        {"status": 400, "body": {"error": 7, "error_codes": "65001", "claims": [1]}},
        (424, "bridge_misconfigured"),
    ),
}


@pytest.mark.parametrize("leg", [OAUTH, ASSERTION])
@pytest.mark.parametrize(("fault", "reported"), TROUBLE.values(), ids=TROUBLE)
def test_entra_in_trouble_is_never_a_crash_and_never_remembered(
    bridge: Bridge, sandbox: Sandbox, leg: str, fault: dict[str, object], reported: tuple[int, str]
) -> None:
    ask(bridge, leg, sandbox.token(user="isaiah"))  # keeps a connection, on which the request is sent twice
    sandbox.fault("entra", "token", **fault)
    token = sandbox.token(user="isaiah")
    reply = ask(bridge, leg, token)
    assert reply.outcome == reported
    assert (reported[0] == 503) is ("retry-after" in reply.headers)
    with sandbox.counting() as spent:
        assert ask(bridge, leg, token).json.get("aadsts") is None
    assert spent.get("obo", 0) + spent.get("obo_saml2", 0) == 1


def test_further_members_of_entras_answer_do_no_harm(bridge: Bridge, sandbox: Sandbox) -> None:
    """MSAL reads `scope`, `id_token` and `client_info` where they are, and fails on what it does not expect."""
    odd = {
        "access_token": "opaque",
        "expires_in": "3600",
        "scope": 7,
        "id_token": "a.b.c",
        "client_info": "%",
        "foci": 1,
    }
    sandbox.fault("entra", "token", body=odd)
    assert ask(bridge, OAUTH, sandbox.token()).status == 200


@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"body": {"token_endpoint": "https://login.evil.example/"}}], ids=str
)
def test_the_tenants_metadata_are_not_needed(
    app: Callable[..., Bridge], sandbox: Sandbox, fault: dict[str, object]
) -> None:
    """The token endpoint is in the table of clouds: no document can change it, and a cold start has one call less."""
    sandbox.fault("entra", "discovery", **fault, times=0)
    assert ask(app(), OAUTH, sandbox.token(user="isaiah")).status == 200


def test_a_wrong_client_secret_is_reported_to_the_operator_and_never_shown(
    app: Callable[..., Bridge], sandbox: Sandbox
) -> None:
    secret = "Wr0ng~secret.of-somebody"
    bridge = app({"BRIDGE_ENTRA__CLIENT_SECRET": secret})
    reply = ask(bridge, OAUTH, sandbox.token(user="isaiah"))
    assert (reply.outcome, reply.json["aadsts"]) == ((424, "bridge_misconfigured"), [7000215])
    assert "AADSTS7000215" in bridge.line(reply)["operator"]
    assert secret not in "".join(bridge.log) + reply.body.decode()
