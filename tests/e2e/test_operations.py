"""What the caller sends reaches Workday's records: inputs, texts, and whose record it is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.kit import Bridge, Sandbox

ADDRESS = {
    "addressLine1": "12 Rose Lane",
    "addressLine2": "Apartment 4",
    "city": "Naperville",
    "region": "USA-IL",
    "postalCode": "60540",
    "country": "USA",
    "effectiveDate": "2026-02-01",
}


@pytest.fixture
def token(sandbox: Sandbox) -> str:
    return sandbox.token(user="adele")


def record(sandbox: Sandbox, user: str = "adele") -> Any:
    """The record of a worker in Workday."""
    return sandbox.control("GET", "workday", f"/sandbox/workers/{user}@contoso.com")


def accepted(reply: Any) -> Any:
    assert reply.status == 200, reply.body
    assert len(reply.json["eventId"]) == 32
    assert reply.json["nextStep"].endswith(".")
    return reply.json


def test_a_write_has_its_effective_date_and_never_skips_approvals(bridge: Bridge, sandbox: Sandbox, token: str) -> None:
    name = {"firstName": "Adele", "middleName": "Q.", "lastName": "Moreau", "country": "FRA"}
    accepted(bridge.post("/api/workday/me/legal-name", token, {**name, "effectiveDate": "2026-03-01"}))
    stored = record(sandbox)["legal_name"]
    assert [stored[part] for part in ("country", "first", "middle", "last")] == ["FRA", "Adele", "Q.", "Moreau"]
    sent = sandbox.soap_requests()[-1]["body"]
    assert "2026-03-01" in sent
    assert "Auto_Complete>false<" in sent


def test_an_input_that_is_left_out_is_not_sent(bridge: Bridge, sandbox: Sandbox, token: str) -> None:
    accepted(
        bridge.post("/api/workday/me/home-address", token, {**ADDRESS, "addressLine2": None, "effectiveDate": None})
    )
    assert record(sandbox)["home_addresses"][0]["lines"] == [["ADDRESS_LINE_1", "12 Rose Lane"]]
    assert "ADDRESS_LINE_2" not in sandbox.soap_requests()[-1]["body"]


def test_a_list_that_the_customer_keeps_needs_no_credential(bridge: Bridge, sandbox: Sandbox) -> None:
    with sandbox.counting() as spent:
        assert bridge.get("/api/workday/documents/types", sandbox.token()).status == 200
    assert not spent


# Wrong input.

WRONG = {
    "/api/workday/me/legal-name": (
        {"firstName": "", "middleName": 7, "country": "USA\n", "effectiveDate": "2026-02-30"},
        {"firstName", "middleName", "lastName", "country", "effectiveDate"},
    ),
    "/api/workday/me/preferred-name": (
        {"firstName": ["A"], "lastName": {}, "country": "us", "effectiveDate": "2026-01-31"},
        {"firstName", "lastName", "country", "effectiveDate"},
    ),
    "/api/workday/me/home-address": (
        {"addressLine1": None, "city": False, "region": "IL", "country": "US", "isPrimary": "yes"},
        {"addressLine1", "city", "region", "country", "isPrimary"},
    ),
    "/api/workday/me/documents": ({"language": "en-US", "worker": "21002"}, {"type", "language", "worker"}),
}


@pytest.mark.parametrize("path", WRONG)
def test_every_wrong_field_is_named_and_nothing_is_sent(bridge: Bridge, sandbox: Sandbox, path: str) -> None:
    body, fields = WRONG[path]
    with sandbox.counting() as spent:
        reply = bridge.post(path, sandbox.token(), body)
    assert reply.outcome == (400, "invalid_input")
    assert set(reply.json["fields"]) == fields
    assert not spent


@pytest.mark.parametrize("stranger", ["worker", "workerId", "Worker_Reference", "wid", "upn", "person"])
@pytest.mark.parametrize("path", WRONG)
def test_no_operation_takes_a_worker(bridge: Bridge, token: str, path: str, stranger: str) -> None:
    other = {"worker": "21002", "workerId": "21002"}.get(stranger, "alex@contoso.com")
    reply = bridge.post(path, token, {stranger: other})
    assert reply.json["fields"][stranger] == "is not known here"


def test_workdays_own_refusal_reaches_the_caller_and_no_log(bridge: Bridge, token: str) -> None:
    reply = bridge.post("/api/workday/me/home-address", token, {**ADDRESS, "region": "USA-NOWHERE"})
    assert reply.outcome == (422, "refused_by_system")
    assert "Workday refused the request: " in reply.json["detail"]
    assert "USA-NOWHERE" not in str(bridge.line(reply))


# Text is stored exactly as it was sent.

TEXTS = {
    "markup": "<b>&amp;</b><wd:ID wd:type='WID'>x</wd:ID>",
    "quotes": 'O\'Brien "the" 2nd',
    "the end of CDATA": "a]]>b<![CDATA[c]]>",
    "entities": "&lt; &#x41; &nbsp; &unknown;",
    "a comment": "a<!-- -->b<?pi?>",
    "template marks": "{worker} {{firstName}} ${country} {",
    "an escape": r"C:\new \u0041 %41 %00",
    "tab and line ends": "a\tb\nc\rd\r\ne",
    "emoji": "👩🏽‍💻 family 👨‍👩‍👧",
    "right to left": "שלום مرحبا \u202eabc\u202c",
    "combining": "e\u0301 is not é",
    "beyond the basic plane": "𝕬𠜎",
    "10,000 characters": "Straße " * 1_428 + "end.",
}
TEXT_INPUTS = {
    "/api/workday/me/legal-name": (
        {"firstName": "Ada", "lastName": "Lovelace", "country": "GBR"},
        {"firstName": "legal_name.first", "middleName": "legal_name.middle", "lastName": "legal_name.last"},
    ),
    "/api/workday/me/preferred-name": (
        {"firstName": "Ada", "lastName": "Lovelace", "country": "GBR"},
        {
            "firstName": "preferred_name.first",
            "middleName": "preferred_name.middle",
            "lastName": "preferred_name.last",
        },
    ),
    "/api/workday/me/home-address": (
        {"addressLine1": "1 Main", "addressLine2": "2", "city": "Springfield", "region": "USA-IL", "country": "USA"},
        {
            "addressLine1": "home_addresses.0.lines.0.1",
            "addressLine2": "home_addresses.0.lines.1.1",
            "city": "home_addresses.0.city",
            "postalCode": "home_addresses.0.postal_code",
        },
    ),
}


def _at(document: Any, place: str) -> Any:
    for step in place.split("."):
        document = document[int(step)] if step.isdigit() else document[step]
    return document


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("path", TEXT_INPUTS)
def test_every_text_input_arrives_exactly_as_it_was_sent(
    bridge: Bridge, sandbox: Sandbox, path: str, text: str
) -> None:
    others, places = TEXT_INPUTS[path]
    reply = bridge.post(path, sandbox.token(), {**others, **dict.fromkeys(places, text)})
    assert reply.status == 200, reply.body[:500]
    stored = record(sandbox)
    assert {name: _at(stored, place) for name, place in places.items()} == dict.fromkeys(places, text)


# Whose record it is.


def test_a_user_unknown_to_workday(bridge: Bridge, sandbox: Sandbox) -> None:
    bridge.get("/api/workday/me", sandbox.token())
    assert bridge.get("/api/workday/me", sandbox.token(user="newcomer")).outcome == (403, "user_unknown_to_system")


@pytest.mark.parametrize(
    ("user", "reported"),
    [
        ("gina", (403, "guest_not_allowed")),
        ("admin", (403, "name_id_refused")),
        ("lee", (403, "name_id_refused")),
    ],
    ids=["a guest", "an administrator of Workday", "a name outside the domain"],
)
def test_users_for_whom_the_bridge_never_signs(
    bridge: Bridge, sandbox: Sandbox, user: str, reported: tuple[int, str]
) -> None:
    assert bridge.get("/api/workday/me", sandbox.token(user=user)).outcome == reported


def test_orders_are_the_callers_own(bridge: Bridge, sandbox: Sandbox) -> None:
    mine, other = sandbox.token(user="grady"), sandbox.token(user="isaiah")
    placed = bridge.post("/api/orders/orders", mine, {"item": "Chair <&>", "quantity": 2, "note": "naïve ☂"}).json
    path = f"/api/orders/orders/{placed['orderId']}"
    assert bridge.get(path, mine).json == {"item": "Chair <&>", "quantity": 2, "status": "open", "note": "naïve ☂"}
    assert bridge.get(path, other).status == 422
