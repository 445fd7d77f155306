"""Operations in a Workday that is as strict as a real tenant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from tests.e2e.kit import Bridge, Reply, Sandbox

NAME = {"firstName": "Adele", "lastName": "Vance", "country": "USA"}
ADDRESS = {"addressLine1": "1 New Street", "city": "Chicago", "country": "USA", "region": "USA-IL"}
OPEN = {"BRIDGE_SYSTEMS__WORKDAY__OPERATIONS": "reads writes approvals", "BRIDGE_PROBE": "true"}


@pytest.fixture(scope="module")
def app(start: Callable[..., AbstractContextManager[Bridge]]) -> Iterator[Bridge]:
    with start(OPEN) as bridge:
        yield bridge


@pytest.fixture
def mode(sandbox: Sandbox) -> Iterator[Callable[..., Any]]:
    """`mode(strict=True)` or each switch by name; friendly again after the test."""
    yield lambda **switches: sandbox.control("POST", "workday", "/sandbox/mode", switches)
    sandbox.control("POST", "workday", "/sandbox/mode", {})


Ask = Callable[..., Reply]


@pytest.fixture
def ask(app: Bridge, sandbox: Sandbox, mode: Callable[..., Any]) -> Ask:
    def asking(method: str, path: str, body: object = None, *, user: str = "adele") -> Reply:
        return app.ask(method, f"/api/workday{path}", token=sandbox.token(user), body=body)

    return asking


def test_the_main_operations_work_in_a_strict_tenant(ask: Ask, mode: Callable[..., Any]) -> None:
    mode(strict=True)
    assert ask("GET", "/me").json["name"] == "Adele Vance"
    home = ask("GET", "/me/home-address").json
    assert home["addressLine1"] == "742 Evergreen Terrace"
    assert ask("POST", "/me/legal-name", {**NAME, "lastName": "Stone"}).json["eventId"]
    assert ask("POST", "/me/preferred-name", NAME, user="diego").json["eventId"]
    assert ask("POST", "/me/home-address", ADDRESS).json["eventId"]
    assert ask("GET", "/me/home-address").json == home, "what waits for an approval is not there yet"
    assert ask("GET", "/documents/types").status == 200
    assert ask("POST", "/me/documents", {"type": "TENANT_VISA_SUPPORT_LETTER"}).json["eventId"]
    assert ask("GET", "/me/employment").json["hireDate"] == "2015-09-01", "a date with a zone is a day"


def test_a_change_waits_until_the_manager_approves_it(ask: Ask, mode: Callable[..., Any]) -> None:
    mode(pending=True)
    event = ask("POST", "/me/legal-name", {**NAME, "lastName": "Stone"}).json["eventId"]
    assert ask("GET", f"/me/requests/{event}").json["status"] == "In Progress"
    blocked = ask("POST", "/me/preferred-name", NAME)
    assert blocked.outcome == (422, "refused_by_system")
    assert "another legal name or preferred name change is pending" in blocked.json["detail"]
    assert ask("POST", f"/approvals/{event}/approve", {}).outcome == (403, "not_permitted_by_system"), "not one's own"
    assert event in [one["eventId"] for one in ask("GET", "/me/approvals", user="miriam").json["approvals"]]
    assert ask("POST", f"/approvals/{event}/approve", {}, user="miriam").status == 200
    assert ask("GET", f"/me/requests/{event}").json["status"] == "Successfully Completed"
    assert ask("GET", "/me/names").json["legalLastName"] == "Stone"


def test_a_pending_request_is_cancelled_by_who_made_it(ask: Ask, mode: Callable[..., Any]) -> None:
    mode(pending=True)
    event = ask("POST", "/me/legal-name", {**NAME, "lastName": "Stone"}).json["eventId"]
    assert ask("POST", f"/me/requests/{event}/cancel", {}, user="alex").outcome == (403, "not_permitted_by_system")
    assert ask("POST", f"/me/requests/{event}/cancel", {"comment": "Not now"}).status == 200
    assert ask("GET", f"/me/requests/{event}").json["status"] == "Canceled"
    assert ask("GET", "/me/names").json["legalLastName"] == "Vance"


def test_address_changes_come_in_the_order_of_their_dates(ask: Ask, mode: Callable[..., Any]) -> None:
    mode(dates=True)
    assert ask("POST", "/me/home-address", {**ADDRESS, "effectiveDate": "2026-06-01"}).status == 200
    refused = ask("POST", "/me/home-address", {**ADDRESS, "effectiveDate": "2026-05-01"})
    assert refused.outcome == (422, "refused_by_system")
    assert "in order of their effective dates" in refused.json["detail"]


LOCAL = {"localFirstName": "アデル", "localLastName": "ヴァンス"}


@pytest.mark.parametrize(
    ("country", "missing", "needed"),
    [
        ("ESP", "Secondary Last Name", {"secondaryLastName": "García"}),
        ("MEX", "Secondary Last Name", {"secondaryLastName": "García"}),
        ("JPN", "Local First Name", LOCAL),
    ],
)
def test_what_a_country_requires_of_a_name_can_be_sent(
    ask: Ask, mode: Callable[..., Any], country: str, missing: str, needed: dict[str, str]
) -> None:
    mode(names=True)
    refused = ask("POST", "/me/legal-name", {**NAME, "country": country})
    assert refused.outcome == (422, "refused_by_system")
    assert missing in refused.json["detail"]
    assert ask("POST", "/me/legal-name", {**NAME, "country": country, **needed}).status == 200
    names = ask("GET", "/me/names").json
    assert {f"legal{key[0].upper()}{key[1:]}": value for key, value in needed.items()}.items() <= names.items()


def test_sample_values_are_refused_where_the_tenant_has_its_own(ask: Ask, mode: Callable[..., Any]) -> None:
    mode(lists=True)
    refused = ask("POST", "/me/documents", {"type": "VISA_SUPPORT_LETTER"})
    assert refused.outcome == (422, "refused_by_system")
    assert "is not a valid ID value" in refused.json["detail"]


def test_words_of_a_search_are_alternatives(ask: Ask, mode: Callable[..., Any]) -> None:
    mode(search=True)
    found = [one["name"] for one in ask("GET", "/colleagues?name=Adele%20Wilber").json["colleagues"]]
    assert sorted(found) == ["Adele Vance", "Alex Wilber"]


def test_a_contingent_worker_is_served_like_an_employee(ask: Ask, mode: Callable[..., Any], sandbox: Sandbox) -> None:
    mode(contingent=True)
    users = [user for user in ("adele", "debra", "lynne", "cody") if _is_contingent(user, sandbox)]
    for user in users:
        assert ask("GET", "/me/home-address", user=user).json["city"]
    assert users


def _is_contingent(user: str, sandbox: Sandbox) -> bool:
    try:
        return bool(sandbox.control("GET", "workday", f"/sandbox/workers/{user}@contoso.com")["contingent"])
    except Exception:  # no worker has this name
        return False


def test_the_typical_first_day_is_reported_in_words_with_the_row_to_grant(
    app: Bridge, sandbox: Sandbox, mode: Callable[..., Any]
) -> None:
    """Ordinary workers have no Get and Put by default: REST works, every SOAP call is refused."""
    mode(security=True, withhold=["Get", "Put"])
    reply = app.post("/api/probe/workday", sandbox.token())
    report = reply.json
    assert report["ok"] is False
    works, _, refused_ones = report["summary"].partition(" work; ")
    rest = {"rest", "performance_enablement", "absence_rest", "business_process", "staffing", "person"}
    assert set(re.split(", | and ", works)) == rest
    soap = {"human_resources", "related_persons", "absence_management"}
    assert set(re.split(", | and ", refused_ones.removesuffix(" are refused"))) == soap
    refused = {row["service"]: row["needs"] for row in report["services"] if not row["ok"]}
    assert refused["absence_management"]["Domain"] == "Worker Data: Time Off"
    assert refused["absence_management"]["Permission"] == "Get"
    denied = app.get("/api/workday/me/home-address", sandbox.token())
    assert denied.outcome == (403, "not_permitted_by_system")
    line = app.line(denied)
    assert "GetMyHomeAddress needs functional area: Contact Information; domain: Person Data: Home" in line["operator"]
