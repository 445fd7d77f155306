"""Absence, benefits and talent at the sandbox."""

import pytest

from tests.sandbox.workday import envelopes
from tests.sandbox.workday.envelopes import day, time_off
from tests.sandbox.workday.kit import Caller, Workday, faultstring, texts

ABSENCE, BENEFITS, TALENT = "Absence_Management/v42.0", "Benefits_Administration/v45.1", "Talent/v42.0"
BALANCE = "//wd:Time_Off_Plan_Balance_Record[wd:Time_Off_Plan_Reference/@wd:Descriptor='Vacation (USA)']"


def _vacation(caller: Caller) -> list[str]:
    answer = caller.soap(envelopes.balances(), service=ABSENCE)
    return texts(answer, f"{BALANCE}/wd:Time_Off_Plan_Balance_Position_Record/wd:Time_Off_Plan_Balance/text()")


def test_time_off_of_several_days_reduces_the_balance(adele: Caller) -> None:
    assert _vacation(adele) == ["120.0"]
    answer = adele.soap(time_off(day("2026-07-01"), day("2026-07-02", "4", reason="FAMILY")), service=ABSENCE)
    assert len(texts(answer, "//wd:Time_Off_Event_Reference/wd:ID[@wd:type='WID']/text()")) == 1
    assert len(texts(answer, "//wd:Time_Off_Entry_Reference")) == 2
    assert _vacation(adele) == ["108.0"]


TIME_OFF_RULES = {
    "no hours": (time_off(day("2026-07-01", "0")), "not valid for a day"),
    "too many hours": (time_off(day("2026-07-01", "25")), "not valid for a day"),
    "unknown type": (time_off(day("2026-07-01", type_="PARTY")), "'PARTY' is not a valid ID value"),
    "unknown reason": (time_off(day("2026-07-01", reason="BOREDOM")), "'BOREDOM' is not a valid ID value"),
    "more than is left": (time_off(*(day(f"2026-07-{n:02}", "24") for n in range(1, 7))), "more than the balance"),
    "one bad day": (time_off(day("2026-07-01"), day("2026-07-02", "0")), "not valid for a day"),
    "the same day twice": (time_off(day("2026-07-01"), day("2026-07-01")), "already have time off"),
}


@pytest.mark.parametrize(("request_", "reason"), TIME_OFF_RULES.values(), ids=TIME_OFF_RULES.keys())
def test_time_off_by_the_rules(adele: Caller, request_: str, reason: str) -> None:
    assert reason in faultstring(adele.soap(request_, service=ABSENCE))
    assert _vacation(adele) == ["120.0"]


def test_a_tenants_own_type_of_time_off_reduces_the_balance_too(adele: Caller, workday: Workday) -> None:
    workday.control("POST", "mode", json={"lists": True})
    try:
        assert (
            adele.soap(time_off(day("2026-07-01", type_="TENANT_VACATION_HOURS")), service=ABSENCE).status_code == 200
        )
        assert _vacation(adele) == ["112.0"]
    finally:
        workday.control("POST", "mode", json={})


def test_a_day_is_booked_once(adele: Caller) -> None:
    adele.soap(time_off(day("2026-07-01")), service=ABSENCE)
    assert "already have time off" in faultstring(adele.soap(time_off(day("2026-07-01")), service=ABSENCE))


def test_balances_are_private(adele: Caller, miriam: Caller) -> None:
    request = envelopes.balances(envelopes.of("Employee_Reference", adele.wid))
    assert "not authorized" in faultstring(miriam.soap(request, service=ABSENCE))


def test_an_unknown_relationship(adele: Caller) -> None:
    request = envelopes.dependent(relationship="Nemesis")
    assert "'Nemesis' is not a valid ID value" in faultstring(adele.soap(request, service=BENEFITS))


def test_feedback_goes_to_a_colleague(adele: Caller, miriam: Caller, workday: Workday) -> None:
    answer = adele.soap(envelopes.feedback(miriam.wid, "Thank you 🎉"), service=TALENT)
    assert texts(answer, "//wd:Give_Feedback_Event_Reference/wd:ID/text()")
    events = workday.control("GET", f"workers/{adele.person.upn}").json()["events"]
    assert events[0]["about"] == {"to": "Miriam Graham", "comment": "Thank you 🎉"}


def test_feedback_by_the_rules(adele: Caller, miriam: Caller) -> None:
    forged = envelopes.feedback(adele.wid, sender=envelopes.of("From_Worker_Reference", miriam.wid))
    assert "not authorized" in faultstring(adele.soap(forged, service=TALENT))
    assert "to yourself" in faultstring(adele.soap(envelopes.feedback(adele.wid), service=TALENT))
    assert "Enter the feedback." in faultstring(adele.soap(envelopes.feedback(miriam.wid, " "), service=TALENT))


def test_relationships_are_a_later_versions_operation(adele: Caller) -> None:
    asked = '<wd:Get_Related_Person_Relationships_Request wd:version="v43.2"/>'
    answer = adele.soap(asked, service="Human_Resources/v43.2")
    assert "Spouse" in texts(answer, "//wd:ID[@wd:type='Related_Person_Relationship_ID']/text()")
    assert "version is invalid" in faultstring(adele.soap(asked, service="Human_Resources/v30.0"))
