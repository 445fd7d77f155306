"""The business system in trouble: a read says so plainly, and a write is never told as something to try again."""

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
    """What was asked, without the reads that a write needs first."""
    return {name: count for name, count in spent.items() if not name.startswith("GET ")}


def write(bridge: Bridge, token: str) -> Reply:
    return bridge.post(WRITE, token, NAME)


@pytest.fixture
def token(bridge: Bridge, sandbox: Sandbox) -> str:
    """Of a user whose credential and worker id are at hand: the next call is the operation itself."""
    token = sandbox.token()
    assert bridge.get(READ, token).status == 200
    return token


# Writes.

UNCLEAR: dict[str, dict[str, object]] = {
    "closed before it worked": {"drop": "before"},
    "closed after it worked": {"drop": "after"},
    "500 with HTML": {"status": 500, "body": "<html>Oops</html>"},
    "500, empty": {"status": 500},
    "502 with HTML": {"status": 502, "body": "<html>Bad gateway</html>"},
    "503 with HTML": {"status": 503, "body": "<html>Maintenance</html>", "headers": {"Retry-After": "5"}},
    "504 with HTML": {"status": 504, "body": "<html>Timeout</html>"},
    "408": {"status": 408},
    "200 with HTML": {"status": 200, "body": "<html>Sign in</html>"},
    "200, empty": {"status": 200},
    "200 with JSON": {"status": 200, "body": {"ok": True}},
    "200 with a document type": {
        "status": 200,
        "body": '<!DOCTYPE x [<!ENTITY a "b">]><Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body/>'
        "</Envelope>",
    },
    "200 with another element": {
        "status": 200,
        "body": '<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><x/></Body></Envelope>',
    },
    "200, cut off": {"status": 200, "body": '<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Bo'},
    "a fault of the server": {
        "status": 500,
        "body": '<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><Fault><faultcode xmlns="">'
        'SOAP-ENV:Server</faultcode><faultstring xmlns="">Adele Vance failed</faultstring></Fault></Body></Envelope>',
    },
    "404 with HTML": {"status": 404, "body": "<html>Page not found</html>"},
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


DEFINITE: dict[str, tuple[dict[str, object], int]] = {
    "429": ({"status": 429, "headers": {"Retry-After": "7"}}, 503),
    "a redirect": ({"status": 302, "headers": {"Location": "https://evil.example/"}}, 424),
}


@pytest.mark.parametrize(("fault", "status"), DEFINITE.values(), ids=DEFINITE)
def test_a_write_that_was_definitely_not_done_says_so(
    bridge: Bridge, sandbox: Sandbox, token: str, fault: dict[str, object], status: int
) -> None:
    sandbox.fault("workday", "soap", **fault)
    with sandbox.counting() as spent:
        reply = write(bridge, token)
    assert reply.status == status
    assert reply.headers.get("retry-after") == ("7" if status == 503 else None)
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

READS: dict[str, tuple[dict[str, object], tuple[int, str]]] = {
    "closed before": ({"drop": "before", "times": None}, (502, "upstream_invalid_response")),
    "closed after": ({"drop": "after", "times": None}, (502, "upstream_invalid_response")),
    "500 with HTML": ({"status": 500, "body": "<html>", "times": None}, (502, "upstream_invalid_response")),
    "502 with HTML": ({"status": 502, "body": "<html>", "times": None}, (502, "upstream_invalid_response")),
    "200 with HTML": ({"status": 200, "body": "<html>"}, (502, "upstream_invalid_response")),
    "200, empty": ({"status": 200}, (502, "upstream_invalid_response")),
    "503": ({"status": 503, "headers": {"Retry-After": "9"}}, (503, "try_later")),
    "429": ({"status": 429, "headers": {"Retry-After": "9"}}, (503, "try_later")),
    "a redirect": ({"status": 301, "headers": {"Location": "https://evil.example/"}}, (424, "bridge_misconfigured")),
}


@pytest.mark.parametrize("place", ["soap", "rest"])
@pytest.mark.parametrize(("fault", "reported"), READS.values(), ids=READS)
def test_a_read_in_trouble(
    bridge: Bridge, sandbox: Sandbox, token: str, place: str, fault: dict[str, object], reported: tuple[int, str]
) -> None:
    sandbox.fault("workday", place, **fault)
    reply = bridge.get({"soap": READ, "rest": "/api/workday/me"}[place], token)
    assert reply.outcome == reported
    assert reply.headers.get("retry-after") == ("9" if reported[0] == 503 else None)
    sandbox.calm()
    assert bridge.get(READ, token).status == 200


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


# The token endpoint, and nobody there at all.

TOKEN: dict[str, tuple[dict[str, object], tuple[int, str]]] = {
    "500": ({"status": 500, "body": "<html>"}, (503, "system_unavailable")),
    "429": ({"status": 429}, (503, "system_unavailable")),
    "closed": ({"drop": "before", "times": 2}, (503, "system_unavailable")),
    "HTML": ({"status": 200, "body": "<html>"}, (424, "bridge_misconfigured")),
    "404": ({"status": 404, "body": "<html>"}, (424, "bridge_misconfigured")),
    "a redirect": ({"status": 302, "headers": {"Location": "https://evil.example/"}}, (424, "bridge_misconfigured")),
    "no token": ({"body": {"token_type": "Bearer"}}, (424, "bridge_misconfigured")),
    "a token that splits a header": (
        {"body": {"access_token": "a\r\nX-Evil: 1", "token_type": "Bearer"}},
        (424, "bridge_misconfigured"),
    ),
    "a token of another kind": ({"body": {"access_token": "a", "token_type": "mac"}}, (424, "bridge_misconfigured")),
    "invalid_client": ({"status": 401, "body": {"error": "invalid_client"}}, (424, "bridge_misconfigured")),
    "invalid_grant for whom it has just accepted": (
        {"status": 400, "body": {"error": "invalid_grant", "error_description": "no"}},
        (424, "bridge_misconfigured"),
    ),
    "a user that it names unknown": (
        {"status": 400, "body": {"error": "invalid_grant", "error_description": "The user is unknown."}},
        (403, "user_unknown_to_system"),
    ),
}


@pytest.mark.parametrize(("fault", "reported"), TOKEN.values(), ids=TOKEN)
@pytest.mark.parametrize("kind", ["read", "write"])
def test_the_token_endpoint_in_trouble(
    bridge: Bridge, sandbox: Sandbox, token: str, kind: str, fault: dict[str, object], reported: tuple[int, str]
) -> None:
    sandbox.fault("workday", "token", **fault)
    another = sandbox.token()
    reply = write(bridge, another) if kind == "write" else bridge.get("/api/workday/me", another)
    assert reply.outcome == reported
    assert ("retry-after" in reply.headers) is (reported[0] == 503)


def test_a_token_endpoint_that_takes_too_long_is_503(bridge: Bridge, sandbox: Sandbox) -> None:
    sandbox.fault("workday", "token", **LATE)
    reply = bridge.post("/api/quick/me/legal-name", sandbox.token(), NAME)
    assert reply.outcome == (503, "system_unavailable")


@pytest.mark.parametrize("system", ["away", "no_token"], ids=["the system", "its token endpoint"])
def test_nobody_there_is_503_for_reads_and_writes_alike(bridge: Bridge, sandbox: Sandbox, system: str) -> None:
    for reply in (
        bridge.get(f"/api/{system}/me", sandbox.token()),
        bridge.post(f"/api/{system}/me/legal-name", sandbox.token(), NAME),
    ):
        assert reply.status == 503
        assert int(reply.headers["retry-after"]) > 0
        assert "Nothing was done." in reply.json["detail"]
