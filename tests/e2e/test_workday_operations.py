"""Every Workday operation through the whole app: reads return the caller's own data, changes are read back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from bridge.catalog import load
from tests.e2e.kit import Bridge, Sandbox

Ask = Callable[..., Any]
WORKDAY = {one.id: one for one in load().operations.values() if one.system == "workday"}


@pytest.fixture(scope="module")
def everything(start: Callable[..., AbstractContextManager[Bridge]]) -> Iterator[Bridge]:
    """An app with the sensitive operations open as well."""
    with start({"BRIDGE_SYSTEMS__WORKDAY__OPERATIONS": "reads writes approvals sensitive"}) as bridge:
        yield bridge


@pytest.fixture
def ask(everything: Bridge, sandbox: Sandbox) -> Ask:
    """`ask(operationId, {inputs}, user=…)`: the result; `status=…` if it is to be another than 200."""
    tokens: dict[str, str] = {}

    def asking(id_: str, inputs: dict[str, Any] | None = None, *, user: str = "adele", status: int = 200) -> Any:
        operation, left = WORKDAY[id_], dict(inputs or {})
        token = tokens.setdefault(user, sandbox.token(user))
        path = f"/{operation.route}"
        for name in [name for name in left if f"{{{name}}}" in path]:
            path = path.replace(f"{{{name}}}", str(left.pop(name)))
        if operation.method == "GET":
            reply = everything.get(path, token, **{name: str(value) for name, value in left.items()})
        else:
            reply = everything.ask(operation.method, path, token=token, body=left or None)
        assert reply.status == status, reply.body
        return reply.json

    return asking


# parts of the results of reads of Adele's own data
READS: dict[str, dict[str, Any]] = {
    "GetMyProfile": {"name": "Adele Vance", "email": "adele@contoso.com", "isManager": False},
    "GetMyNames": {"legalFirstName": "Adele", "legalLastName": "Vance", "country": "USA"},
    "GetMyEmployment": {"employeeId": "21001", "isActive": True, "manager": "Miriam Graham", "timeType": "Full time"},
    "GetMyJobTaxonomy": {"jobProfile": "Retail Manager", "jobFamily": "Operations"},
    "GetMyHomeAddress": {"addressLine1": "742 Evergreen Terrace", "region": "USA-IL", "otherAddresses": []},
    "GetMyCompensation": {"basePay": 72000.0, "currency": "USD", "validFrom": "2026-01-01"},
    "GetMyPassportsAndVisas": {},
    "ListMyRequests": {"requests": [], "total": 0},
    "ListMyApprovals": {"total": 3},
    "GetMyGovernmentIds": {},
    "GetMyEducation": {},
    "GetMyVacationBalance": {
        "balances": [
            {"plan": "Vacation (USA)", "planId": "VACATION_USA", "balance": 120.0, "unit": "Hours"},
            {"plan": "Sick Leave (USA)", "planId": "SICK_USA", "balance": 40.0, "unit": "Hours"},
        ]
    },
    "GetMyInboxTasks": {"total": 3},
    "GetMyPaySlips": {"total": 12},
    "ListMyOrganizations": {"organizations": [], "organizationIds": []},
    "ListMyDocumentTypes": {},
    "ListRegions": {},
    "ListRelationships": {},
    "ListRelationshipTypes": {},
    "GetMyWorkerHistory": {"total": 1},
    "GetMyPersonId": {},
    "GetMyLegalNameParts": {"firstName": "Adele", "lastName": "Vance"},
    "GetMyPreferredNameParts": {"firstName": "Adele", "lastName": "Vance"},
    "ListTimeOffTypes": {},
    "ListTimeOffReasons": {},
    "ListFeedbackTemplates": {},
}
PHONE = {"phoneId", "number", "plainNumber", "countryCode", "device", "deviceId", "isPrimary", "isPublic"}
LISTS = {
    "GetMyGovernmentIds": ("ids", {"category", "type", "number", "country", "issued", "expires"}),
    "GetMyEducation": ("education", {"school", "degree", "fieldOfStudy", "country", "firstYear", "lastYear"}),
    "GetMyInboxTasks": ("tasks", {"taskId", "title", "process", "stepType", "initiator", "assigned", "due", "eventId"}),
    "ListMyApprovals": ("approvals", {"eventId", "title", "process", "stepType", "initiator", "assigned", "due"}),
    "ListMyAbsenceTypes": ("types", {"value", "title"}),
    "GetMyCertifications": ("certifications", {"name", "issuer", "number", "issued", "expires"}),
    "GetMyLanguages": ("languages", {"language", "isNative", "ability", "proficiency"}),
    "GetMyJobHistory": ("jobs", {"title", "company", "location", "firstDay", "lastDay"}),
    "GetMyPassportsAndVisas": ("passports", {"type", "number", "country", "issued", "expires"}),
    "GetMyContactInformation": ("phones", PHONE),
    "GetMyWorkContact": ("phones", PHONE),
    "GetMyPaySlips": ("paySlips", {"paySlipId", "period", "payDate", "gross", "net", "status"}),
    "GetMyDependents": (
        "dependents",
        {"dependentId", "name", "firstName", "lastName", "relationship", "relationshipName", "dateOfBirth", "gender"},
    ),
    "ListFeedbackTemplates": ("templates", {"templateId", "title"}),
    "ListMyDocumentTypes": ("types", {"value", "title", "description"}),
    "ListRegions": ("regions", {"value", "title"}),
    "ListRelationships": ("relationships", {"value", "title"}),
    "ListRelationshipTypes": ("types", {"value", "title"}),
    "GetMyWorkerHistory": ("events", {"eventId", "title", "effectiveDate"}),
    "ListTimeOffTypes": ("types", {"value", "title"}),
    "ListTimeOffReasons": ("reasons", {"value", "title"}),
}


@pytest.mark.parametrize(("id_", "expected"), READS.items(), ids=READS)
def test_a_read_returns_the_callers_own_data(ask: Ask, id_: str, expected: dict[str, Any]) -> None:
    assert ask(id_).items() >= expected.items()


@pytest.mark.parametrize(("id_", "expected"), LISTS.items(), ids=LISTS)
def test_a_list_has_whole_records(ask: Ask, id_: str, expected: tuple[str, set[str]]) -> None:
    name, fields = expected
    records = ask(id_)[name]
    assert records
    assert all(record.keys() == fields for record in records)


def test_names_are_changed_and_read_back(ask: Ask) -> None:
    new = {"firstName": "Adèle", "middleName": "B.", "lastName": "O'Vance <&>", "country": "USA"}
    assert ask("ChangeMyLegalName", new)["eventId"]
    assert ask("ChangeMyPreferredName", {"firstName": "Del", "lastName": "Vance", "country": "USA"})["eventId"]
    names = ask("GetMyNames")
    assert [names[f"legal{part}Name"] for part in ("First", "Middle", "Last")] == ["Adèle", "B.", "O'Vance <&>"]
    assert (names["preferredFirstName"], names["preferredLastName"]) == ("Del", "Vance")


def test_a_further_email_and_phone_are_added_and_changed_beside_the_primary_ones(ask: Ask) -> None:
    before = ask("GetMyContactInformation")
    ask("AddMyHomeEmail", {"address": "adele@second.example"})
    ask("AddMyHomePhone", {"number": "555-0199", "countryCode": "USA_1", "device": "Mobile"})
    added = ask("GetMyContactInformation")
    assert (added["emails"][0], added["phones"][0]) == (before["emails"][0], before["phones"][0])
    email, phone = added["emails"][1], added["phones"][1]
    assert (email["address"], email["isPrimary"]) == ("adele@second.example", False)
    assert (phone["plainNumber"], phone["countryCode"], phone["isPrimary"]) == ("555-0199", "USA_1", False)
    ask("UpdateMyHomeEmail", {"emailId": email["emailId"], "address": "adele@third.example"})
    ask("AddMyHomeEmail", {"address": "adele@fourth.example", "isPrimary": True})
    now = {one["address"]: one["isPrimary"] for one in ask("GetMyContactInformation")["emails"]}
    assert now == {"adele@fourth.example": True, "adele@third.example": False, before["emails"][0]["address"]: False}


def test_a_part_that_a_change_of_name_leaves_out_stays_and_an_empty_text_removes_it(ask: Ask, sandbox: Sandbox) -> None:
    whole = {"middleName": "B.", "secondaryLastName": "Gil", "title": "Dr.", "suffix": "Jr.", "localFirstName": "阿"}
    whole |= {"localLastName": "万", "localSecondaryLastName": "斯"}
    plain = {"firstName": "Adele", "lastName": "Vance", "country": "USA"}
    for operation, record in (("ChangeMyLegalName", "legal_name"), ("ChangeMyPreferredName", "preferred_name")):
        ask(operation, plain | whole)
        stored = sandbox.control("GET", "workday", "/sandbox/workers/adele@contoso.com")[record]
        ask(operation, plain | {"lastName": "Moreau", "title": ""})
        changed = sandbox.control("GET", "workday", "/sandbox/workers/adele@contoso.com")[record]
        assert stored.pop("title") == "Dr."
        assert changed == stored | {"last": "Moreau"}


def test_addresses_are_changed_added_and_read_back(ask: Ask) -> None:
    new = {
        "addressLine1": "1 New Street",
        "city": "Chicago",
        "region": "USA-IL",
        "country": "USA",
        "postalCode": "60601",
    }
    ask("UpdateMyHomeAddress", new)
    ask("AddMyHomeAddress", {**new, "addressLine1": "2 Second Street", "addressLine2": "Flat 3"})
    address = ask("GetMyHomeAddress")
    [other] = address["otherAddresses"]
    assert (address["addressLine1"], other["addressLine1"], other["addressLine2"]) == (
        "1 New Street",
        "2 Second Street",
        "Flat 3",
    )
    second = {**new, "addressLine1": "3 Third Street", "addressId": other["addressId"], "isPrimary": False}
    ask("UpdateMyHomeAddress", second)
    address = ask("GetMyHomeAddress")
    assert (address["addressLine1"], address["otherAddresses"][0]["addressLine1"]) == ("1 New Street", "3 Third Street")


CONTACT = {
    "firstName": "Kim",
    "lastName": "Contact",
    "country": "USA",
    "relationship": "Friend",
    "phoneCountryCode": "1",
    "phoneNumber": "312-555-0199",
    "email": "kim@example.com",
}


def test_emergency_contacts_are_added_changed_deleted_and_read_back(ask: Ask) -> None:
    ask("AddMyEmergencyContact", CONTACT)
    first, added = ask("GetMyEmergencyContacts")["contacts"]
    assert (added["name"], added["email"], added["isPrimary"]) == ("Kim Contact", "kim@example.com", False)
    ask("UpdateMyEmergencyContact", {**CONTACT, "contactId": added["contactId"], "isPrimary": True})
    assert [one["isPrimary"] for one in ask("GetMyEmergencyContacts")["contacts"]] == [False, True]
    ask("DeleteMyEmergencyContact", {"contactId": first["contactId"]})
    assert [one["name"] for one in ask("GetMyEmergencyContacts")["contacts"]] == ["Kim Contact"]


def test_unnamed_parts_of_an_emergency_contact_stay(ask: Ask) -> None:
    """Only the phone of the primary contact changes: it stays primary, and keeps its name, email and relationship."""
    [before] = ask("GetMyEmergencyContacts")["contacts"]
    ask("UpdateMyEmergencyContact", {"contactId": before["contactId"], "phoneNumber": "312-555-0777"})
    [after] = ask("GetMyEmergencyContacts")["contacts"]
    assert after == {**before, "phone": "+1 312-555-0777", "phoneNumber": "312-555-0777"}
    ask("UpdateMyEmergencyContact", {"contactId": before["contactId"], "email": ""})
    assert "email" not in ask("GetMyEmergencyContacts")["contacts"][0]
    problem = ask("UpdateMyEmergencyContact", {"contactId": "0" * 32, "phoneNumber": "1"}, status=400)
    assert problem["fields"] == {"contactId": "is not among yours"}


@pytest.mark.parametrize(("kind", "read"), [("Home", "GetMyContactInformation"), ("Work", "GetMyWorkContact")])
def test_phones_and_emails_are_changed_and_read_back(ask: Ask, kind: str, read: str) -> None:
    before = ask(read)
    phone, email = before["phones"][0], before["emails"][0]
    changed = {"phoneId": phone["phoneId"], "number": "312-555-0888"}
    assert ask(f"UpdateMy{kind}Phone", changed)["eventId"]
    assert ask(f"UpdateMy{kind}Email", {"emailId": email["emailId"], "address": "new@example.com"})["eventId"]
    after = ask(read)
    assert after["phones"][0] == {**phone, "plainNumber": "312-555-0888", "number": "+1 312-555-0888"}
    assert after["emails"][0] == {**email, "address": "new@example.com"}


def test_time_off_from_day_to_day_leaves_out_the_weekend(ask: Ask) -> None:
    kind = next(one["value"] for one in ask("ListMyAbsenceTypes")["types"] if one["title"] == "Vacation Hours")
    request = {"firstDay": "2026-12-04", "lastDay": "2026-12-07", "hoursPerDay": 8, "type": kind}  # Friday to Monday
    assert ask("RequestMyTimeOffDays", request)["eventId"]
    assert ask("GetMyVacationBalance")["balances"][0]["balance"] == 104.0
    backwards = ask("RequestMyTimeOffDays", {**request, "lastDay": "2026-12-01"}, status=400)
    assert backwards["fields"] == {"lastDay": "must not be before firstDay"}


def test_a_request_can_be_followed_by_its_event(ask: Ask) -> None:
    event = ask("RequestMyDocument", {"type": "VISA_SUPPORT_LETTER"})["eventId"]
    assert ask("GetMyRequestStatus", {"eventId": event})["status"] == "Successfully Completed"
    assert [one["eventId"] for one in ask("ListMyRequests")["requests"]] == [event]
    problem = ask("CancelMyRequest", {"eventId": event}, status=422)
    assert "only cancel a business process that is in progress" in problem["detail"]


def test_a_manager_decides_and_others_may_not(ask: Ask) -> None:
    first, second, _ = ask("ListMyApprovals")["approvals"]
    assert ask("ApproveRequest", {"eventId": first["eventId"], "comment": "Fine"})["eventId"] == first["eventId"]
    assert ask("DenyRequest", {"eventId": second["eventId"]})["eventId"] == second["eventId"]
    assert ask("ListMyApprovals")["total"] == 1
    assert ask("ApproveRequest", {"eventId": first["eventId"]}, status=422)["code"] == "refused_by_system"
    third = ask("ListMyApprovals")["approvals"][0]["eventId"]
    assert ask("ApproveRequest", {"eventId": third}, user="alex", status=403)["code"] == "not_permitted_by_system"


def test_a_rule_of_workday_is_reported_in_its_own_words(ask: Ask) -> None:
    [primary] = ask("GetMyEmergencyContacts")["contacts"]
    problem = ask("DeleteMyEmergencyContact", {"contactId": primary["contactId"]}, status=422)
    assert problem["code"] == "refused_by_system"
    assert "Primary Emergency Contact cannot be deleted" in problem["detail"]


def test_a_dependent_is_added_and_read_back(ask: Ask) -> None:
    kid = {
        "firstName": "Kit",
        "lastName": "Vance",
        "country": "USA",
        "relationship": "Child",
        "dateOfBirth": "2026-01-02",
    }
    added = ask("AddMyDependent", kid)["dependentId"]
    assert {"dependentId": added, "dateOfBirth": "2026-01-02"}.items() <= ask("GetMyDependents")["dependents"][
        -1
    ].items()


def test_time_off_for_several_days_lowers_the_balance(ask: Ask) -> None:
    days = [{"date": "2026-12-01", "quantity": 8}, {"date": "2026-12-02", "quantity": 4.5}]
    ask("RequestMyTimeOff", {"days": days, "type": "VACATION_HOURS", "reason": "HOLIDAY", "comment": "Skiing trip"})
    assert ask("GetMyVacationBalance", {"asOfDate": "2026-12-31"})["balances"][0]["balance"] == 107.5


def test_a_document_is_requested(ask: Ask, sandbox: Sandbox) -> None:
    kind = ask("ListMyDocumentTypes")["types"][0]["value"]
    assert ask("RequestMyDocument", {"type": kind, "language": "en_US"})["eventId"]
    asked = sandbox.control("GET", "workday", "/sandbox/requests")[-1]
    assert f">{kind}<" in asked["body"]


def test_feedback_is_given_to_and_asked_of_a_colleague(ask: Ask) -> None:
    [colleague] = ask("SearchColleagues", {"name": "Wilber"})["colleagues"]
    assert colleague["name"] == "Alex Wilber"
    assert ask("GivePeerFeedback", {"colleagueId": colleague["colleagueId"], "comment": "Thank you!"})["eventId"]
    template = ask("ListFeedbackTemplates")["templates"][0]["templateId"]
    request = {"colleagueIds": [colleague["colleagueId"]], "templateId": template, "expirationDate": "2026-12-31"}
    assert ask("RequestFeedback", request)["eventId"]


def test_a_manager_sees_own_reports_only(ask: Ask) -> None:
    result = ask("GetMyReports", {"pageSize": 1}, user="miriam")
    [first] = result["reports"]
    assert {"positionStartDate", "serviceDate", "companyCode", "costCenter", "jobFamily"} <= first.keys()
    names = [first["name"]]
    while "nextCursor" in result:
        result = ask("GetMyReports", {"cursor": result["nextCursor"]}, user="miriam")
        names += [one["name"] for one in result["reports"]]
    assert len(names) == result["total"] > 1
    assert "Adele Vance" in names
    assert "Grady Archie" not in names


def test_a_caller_without_reports_gets_the_reason(ask: Ask) -> None:
    assert "You lead no organization" in ask("GetMyReports", status=403)["detail"]


TWICE = {f"UpdateMy{kind}{what}" for kind in ("Home", "Work") for what in ("Phone", "Email")}


def test_every_operation_is_tested_here() -> None:
    assert set(re.findall(r'"([A-Z][A-Za-z]+)"', Path(__file__).read_text(encoding="utf-8"))) >= WORKDAY.keys() - TWICE
