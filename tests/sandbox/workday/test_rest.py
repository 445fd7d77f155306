"""REST at the sandbox's Workday."""

from typing import Any

import pytest
import requests

from tests.sandbox.workday.kit import Caller, Workday


def test_me_is_the_caller(adele: Caller) -> None:
    me = adele.get("workers/me").json()
    expected = {
        "id": adele.wid,
        "descriptor": "Adele Vance",
        "businessTitle": "Retail Manager",
        "primaryWorkEmail": "adele@contoso.com",
        "isManager": False,
    }
    assert me | expected == me


def test_staffing_has_the_employee_number(adele: Caller) -> None:
    me = adele.rest("GET", "workers/me", service="staffing/v6").json()
    assert (me["workerId"], me["primaryJob"]["businessTitle"]) == ("21001", "Retail Manager")


@pytest.mark.parametrize("authorization", [None, "Bearer unknown", "Bearer eyJhbGciOiJub25lIn0.e30.", "Basic YTpi"])
def test_any_token_but_its_own_is_unknown(workday: Workday, authorization: str | None) -> None:
    url = f"{workday.url}/ccx/api/v1/{workday.world.workday_tenant}/workers/me"
    headers = {"Authorization": authorization} if authorization else {}
    answer = workday.session.get(url, headers=headers, timeout=10)
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_token: Invalid Access Token"})


def test_lists_have_pages(adele: Caller) -> None:
    every = adele.get("workers/me/paySlips").json()
    part = adele.get("workers/me/paySlips", limit="2", offset="1").json()
    assert part == {"total": 12, "data": every["data"][1:3]}


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "101"}, {"limit": "ten"}, {"offset": "-1"}], ids=str)
def test_pages_that_do_not_exist(adele: Caller, query: dict[str, str]) -> None:
    answer = adele.get("workers/me/paySlips", **query)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, next(iter(query)))


def test_inbox_and_pay_slips_have_the_published_fields(adele: Caller) -> None:
    task = adele.get(f"workers/{adele.wid}/inboxTasks").json()["data"][0]
    assert set(task) == {"id", "descriptor", "overallProcess", "stepType", "initiator", "assigned", "due"}
    slip = adele.get("workers/Employee_ID=21001/paySlips").json()["data"][0]
    assert set(slip) == {"id", "descriptor", "date", "gross", "net", "status"}


@pytest.mark.parametrize("part", ["paySlips", "inboxTasks", "directReports", "supervisoryOrganizationsManaged"])
def test_what_is_private_stays_private(adele: Caller, miriam: Caller, part: str) -> None:
    assert adele.get(f"workers/{miriam.wid}/{part}").status_code == 403
    assert adele.get(f"workers/unknown/{part}").status_code == 404


def test_reports_are_the_callers_own(adele: Caller, miriam: Caller) -> None:
    names = [report["descriptor"] for report in miriam.get("workers/me/directReports").json()["data"]]
    assert names == ["Adele Vance", "Alex Wilber", "Diego Siciliani"]
    assert adele.get("workers/me/directReports").json() == {"total": 0, "data": []}


def test_colleagues_are_found_by_name_with_their_public_data(adele: Caller) -> None:
    found = adele.get("workers", search="gra").json()
    assert [one["descriptor"] for one in found["data"]] == ["Grady Archie", "Miriam Graham"]
    assert set(found["data"][0]) == {"id", "descriptor", "businessTitle", "primaryWorkEmail"}


# --- business title


def test_a_business_title_is_changed_by_its_owner_only(adele: Caller, miriam: Caller) -> None:
    changes, body = f"workers/{adele.wid}/businessTitleChanges", {"proposedBusinessTitle": "Chief"}
    answer = adele.rest("POST", changes, json=body)
    assert (answer.status_code, answer.json()["proposedBusinessTitle"]) == (201, "Chief")
    assert adele.get("workers/me").json()["businessTitle"] == "Chief"
    assert miriam.rest("POST", changes, json=body).status_code == 403


@pytest.mark.parametrize(
    "body", [{}, [], {"proposedBusinessTitle": " "}, {"proposedBusinessTitle": "x", "y": 1}], ids=str
)
def test_a_wrong_business_title_names_the_field(adele: Caller, body: object) -> None:
    answer = adele.rest("POST", "workers/me/businessTitleChanges", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "proposedBusinessTitle")


# --- feedback


def _request_feedback(caller: Caller, change: dict[str, Any], worker: str = "me") -> requests.Response:
    service = "performanceEnablement/v5"
    templates = caller.rest("GET", "values/feedbackTemplate/feedbackTemplate/", service=service).json()["data"]
    colleague = caller.get("workers", search="Grady").json()["data"][0]["id"]
    body = {"feedbackTemplate": {"id": templates[0]["id"]}, "feedbackResponders": [{"id": colleague}]} | change
    path = f"workers/{worker}/requestedFeedbackOnSelfEvents"
    return caller.rest("POST", path, service=service, json={k: v for k, v in body.items() if v is not None})


def test_feedback_is_requested(adele: Caller, workday: Workday) -> None:
    answer = _request_feedback(adele, {"expirationDate": "2999-01-01", "showFeedbackProviderName": True})
    assert answer.status_code == 201
    events = workday.control("GET", f"workers/{adele.person.upn}").json()["events"]
    about = {"responders": "Grady Archie", "template": "General Feedback"}
    assert events == [{"wid": answer.json()["id"], "process": "Request Feedback", "about": about}]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("feedbackTemplate", None),
        ("feedbackTemplate", {"id": "0" * 32}),
        ("feedbackResponders", []),
        ("feedbackResponders", ["Grady"]),
        ("feedbackResponders", [{"id": "0" * 32}]),
        ("feedbackResponders", [{"id": "21001"}]),
        ("expirationDate", "2001-01-01"),
        ("expirationDate", "soon"),
        ("feedbackPrivate", "yes"),
        ("about", "me"),
    ],
    ids=str,
)
def test_a_wrong_request_for_feedback_names_the_field(adele: Caller, field: str, value: object) -> None:
    answer = _request_feedback(adele, {field: value})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_a_caller_cannot_request_feedback_on_another(adele: Caller, miriam: Caller) -> None:
    assert _request_feedback(adele, {}, worker=miriam.wid).status_code == 403


def test_the_parts_of_the_callers_name(adele: Caller) -> None:
    person = adele.rest("GET", "workers/me", service="staffing/v6").json()["person"]["id"]
    for name in ("legalName", "preferredName"):
        answer = adele.rest("GET", f"people/{person}/{name}", service="person/v4").json()
        assert answer["total"] == 1
        assert answer["data"][0].items() >= {"first": "Adele", "primary": "Vance"}.items()
        assert "secondaryLast" not in answer["data"][0], "what is not there is left out"
        assert adele.rest("GET", f"people/{adele.wid}/{name}", service="person/v4").status_code == 404


def test_the_history_begins_with_the_hire(adele: Caller, miriam: Caller) -> None:
    events = adele.get("workers/me/history").json()
    assert (events["total"], events["data"][0]["effectiveDate"]) == (1, "2015-09-01")
    assert miriam.get(f"workers/{adele.wid}/history").status_code == 403
