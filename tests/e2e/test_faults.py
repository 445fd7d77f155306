"""Failures of the business system: an unclear outcome of a write is never reported as something to try again."""

from __future__ import annotations

import time

import pytest

from tests.e2e.kit import Bridge, Reply, Sandbox

NAME = {"firstName": "Adele", "lastName": "Moreau", "country": "USA"}
LATE = {"delay_seconds": 3}
"""For a system that is given one second."""
IN_TIME = 2.5
WRITE, READ = "/api/workday/me/legal-name", "/api/workday/me/home-address"


def changes(spent: dict[str, int]) -> dict[str, int]:
    """The calls, without the reads that a write needs first."""
    return {name: count for name, count in spent.items() if not name.startswith("GET ")}


def write(bridge: Bridge, token: str) -> Reply:
    return bridge.post(WRITE, token, NAME)


@pytest.fixture
def token(bridge: Bridge, sandbox: Sandbox) -> str:
    """Of a user whose credential and worker id are remembered: the next call is the operation itself."""
    token = sandbox.token()
    assert bridge.get(READ, token).status == 200
    return token


# Writes. docs/fault-matrix.md has each fault of each endpoint, tests/outbound/test_outcomes.py each response.

UNCLEAR: dict[str, dict[str, object]] = {
    "closed before it worked": {"drop": "before"},
    "500, empty": {"status": 500},
    "504 with HTML": {"status": 504, "body": "<html>Timeout</html>"},
    "200 with JSON": {"status": 200, "body": {"ok": True}},
    "a fault of the server": {
        "status": 500,
        "body": '<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><Fault><faultcode xmlns="">'
        'SOAP-ENV:Server</faultcode><faultstring xmlns="">Adele Vance failed</faultstring></Fault></Body></Envelope>',
    },
}


@pytest.mark.parametrize("fault", UNCLEAR.values(), ids=UNCLEAR)
def test_a_write_without_a_clear_answer_is_409_and_sent_once(
    bridge: Bridge, sandbox: Sandbox, token: str, fault: dict[str, object]
) -> None:
    sandbox.fault("workday", "soap", **fault)
    with sandbox.counting() as spent:
        reply = write(bridge, token)
    assert reply.outcome == (409, "outcome_unknown")
    assert "retry-after" not in reply.headers
    assert "Adele Vance" not in str(bridge.line(reply))
    assert changes(spent) == {"Change_Legal_Name": 1}


def test_a_write_that_is_answered_too_late_is_409_and_done_once(bridge: Bridge, sandbox: Sandbox) -> None:
    token = sandbox.token(user="grady")
    bridge.get("/api/quick/me/home-address", token)
    sandbox.fault("workday", "soap", **LATE)
    start = time.monotonic()
    with sandbox.counting() as spent:
        reply = bridge.post("/api/quick/me/legal-name", token, NAME)
    assert time.monotonic() - start < IN_TIME
    assert reply.outcome == (409, "outcome_unknown")
    assert changes(spent) == {"Change_Legal_Name": 1}


@pytest.mark.parametrize("place", ["rest", "token"])
@pytest.mark.parametrize("fault", [{"drop": "after"}, {"status": 500}, {"status": 503}], ids=str)
def test_trouble_before_the_write_is_never_unclear(
    bridge: Bridge, sandbox: Sandbox, place: str, fault: dict[str, object]
) -> None:
    """Credential and worker id come first. While they fail, nothing of the write has left."""
    sandbox.fault("workday", place, times=None, **fault)
    user = {"rest": "diego", "token": "alex"}[place]
    with sandbox.counting() as spent:
        reply = bridge.post("/api/entra_signs/me/legal-name", sandbox.token(user=user), NAME)
    assert reply.status in (502, 503)
    assert "Change_Legal_Name" not in spent


def test_an_order_is_a_write_by_rest_with_the_same_rules(bridge: Bridge, sandbox: Sandbox) -> None:
    token = sandbox.token(user="alex")
    before = len(bridge.get("/api/orders/orders", token).json["orders"])
    for fault in ({"drop": "before"}, {"status": 503}, {"status": 200, "body": "<html>"}, {"status": 500, "body": {}}):
        sandbox.fault("orders", "rest", **fault)
        assert bridge.post("/api/orders/orders", token, {"item": "Desk", "quantity": 1}).outcome == (
            409,
            "outcome_unknown",
        )
    sandbox.fault("orders", "rest", drop="after")
    assert bridge.post("/api/orders/orders", token, {"item": "Desk", "quantity": 1}).status == 409
    assert len(bridge.get("/api/orders/orders", token).json["orders"]) == before + 1


# Reads.


def test_a_read_that_takes_too_long_is_504_in_time(bridge: Bridge, sandbox: Sandbox) -> None:
    token = sandbox.token()
    bridge.get("/api/quick/me", token)
    sandbox.fault("workday", "rest", **LATE)
    start = time.monotonic()
    assert bridge.get("/api/quick/me", token).outcome == (504, "upstream_timeout")
    assert time.monotonic() - start < IN_TIME


def test_a_result_beyond_what_copilot_studio_takes_is_refused(bridge: Bridge, sandbox: Sandbox, token: str) -> None:
    sandbox.fault("workday", "rest", body={"id": "1", "descriptor": "x" * 600_000})
    assert bridge.get("/api/workday/me", token).outcome == (502, "answer_too_large")


def test_json_that_is_nested_deeply_is_no_answer(bridge: Bridge, sandbox: Sandbox, token: str) -> None:
    sandbox.fault("workday", "rest", body='{"id":' + "[" * 100_000)
    assert bridge.get("/api/workday/me", token).outcome == (502, "upstream_invalid_response")


@pytest.mark.parametrize("system", ["away", "no_token"], ids=["the system", "its token endpoint"])
def test_an_unreachable_system_is_503_for_reads_and_writes_alike(bridge: Bridge, sandbox: Sandbox, system: str) -> None:
    for reply in (
        bridge.get(f"/api/{system}/me", sandbox.token()),
        bridge.post(f"/api/{system}/me/legal-name", sandbox.token(), NAME),
    ):
        assert reply.status == 503
        assert int(reply.headers["retry-after"]) > 0
        assert "Nothing was done." in reply.json["detail"]
