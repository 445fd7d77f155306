"""Inputs are checked by their schemas: every violation at once, by place, in a maker's words, without the value."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.catalog import Operation
from bridge.errors import InvalidInput
from bridge.outbound import check_inputs
from tests.outbound.support import BUILT_IN, examples
from tests.support.cases import for_each

NAME = {"firstName": "Ada", "lastName": "Lovelace", "country": "GBR"}
DAY = {"date": "2026-01-31", "quantity": 8}
OFF = {"days": [DAY], "type": "VACATION_HOURS"}


def faults(operation_id: str, raw: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        check_inputs(BUILT_IN.operations[operation_id], raw)
    assert caught.value.fields is not None
    return dict(caught.value.fields)


# operation, what is sent, place → what is said
VIOLATIONS: dict[str, tuple[str, dict[str, Any], dict[str, str]]] = {
    "nothing sent": (
        "ChangeMyLegalName",
        {},
        {"firstName": "is required", "lastName": "is required", "country": "is required"},
    ),
    "null is nothing": ("ChangeMyLegalName", {**NAME, "firstName": None}, {"firstName": "is required"}),
    "unknown name": ("ChangeMyLegalName", {**NAME, "workerId": "1"}, {"workerId": "is not known here"}),
    "empty text": ("ChangeMyLegalName", {**NAME, "lastName": ""}, {"lastName": "must not be empty"}),
    "another type": ("ChangeMyLegalName", {**NAME, "lastName": 7}, {"lastName": "must be text"}),
    "a list for a text": ("ChangeMyLegalName", {**NAME, "lastName": ["x"]}, {"lastName": "must be text"}),
    "a number as text": (
        "RequestMyTimeOff",
        {**OFF, "days": [{**DAY, "quantity": "8"}]},
        {"days[0].quantity": "must be a number"},
    ),
    "true as number": (
        "RequestMyTimeOff",
        {**OFF, "days": [{**DAY, "quantity": True}]},
        {"days[0].quantity": "must be a number"},
    ),
    "no finite number": (
        "RequestMyTimeOff",
        {**OFF, "days": [{**DAY, "quantity": float("nan")}]},
        {"days": "has a character that cannot be sent, such as a control character"},
    ),
    "too small": (
        "RequestMyTimeOff",
        {**OFF, "days": [{**DAY, "quantity": 0}]},
        {"days[0].quantity": "must be at least 0.01"},
    ),
    "too large": (
        "RequestMyTimeOff",
        {**OFF, "days": [{**DAY, "quantity": 25}]},
        {"days[0].quantity": "must be at most 24"},
    ),
    "no entries": ("RequestMyTimeOff", {**OFF, "days": []}, {"days": "must not be empty"}),
    "too many entries": ("RequestMyTimeOff", {**OFF, "days": [DAY] * 61}, {"days": "must have at most 60 entries"}),
    "no list": ("RequestMyTimeOff", {**OFF, "days": DAY}, {"days": "must be a list"}),
    "no record": ("RequestMyTimeOff", {**OFF, "days": ["2026-01-31"]}, {"days[0]": "must be a record with fields"}),
    "several entries wrong": (
        "RequestMyTimeOff",
        {"days": [{"date": "x"}, {**DAY, "hours": 1}, {"quantity": None}], "type": ""},
        {
            "days[0].date": "must be a date such as 2026-01-31",
            "days[0].quantity": "is required",
            "days[1].hours": "is not known here",
            "days[2].date": "is required",
            "days[2].quantity": "is required",
            "type": "must not be empty",
        },
    ),
    "no date": ("GetMyVacationBalance", {"asOfDate": "tomorrow"}, {"asOfDate": "must be a date such as 2026-01-31"}),
    "no such day": (
        "GetMyVacationBalance",
        {"asOfDate": "2026-02-30"},
        {"asOfDate": "must be a date such as 2026-01-31"},
    ),
    "a date in another form": (
        "GetMyVacationBalance",
        {"asOfDate": "20260131"},
        {"asOfDate": "must be a date such as 2026-01-31"},
    ),
    "a date with a line end": (
        "GetMyVacationBalance",
        {"asOfDate": "2026-01-31\n"},
        {"asOfDate": "must be a date such as 2026-01-31"},
    ),
    "page size": ("GetMyInboxTasks", {"pageSize": "0"}, {"pageSize": "must be at least 1"}),
    "page size beyond": ("GetMyInboxTasks", {"pageSize": "101"}, {"pageSize": "must be at most 100"}),
    "page size no number": ("GetMyInboxTasks", {"pageSize": "many"}, {"pageSize": "must be a whole number"}),
    "too short": ("SearchColleagues", {"name": "Al"}, {"name": "must have at least 3 characters"}),
    "too long": ("SearchColleagues", {"name": "A" * 101}, {"name": "must have at most 100 characters"}),
    "ID in a path": (
        "DeleteMyEmergencyContact",
        {"contactId": ".."},
        {"contactId": "has the wrong form. The contact, as the action that gets the emergency contacts returns it."},
    ),
    "plain entries": (
        "RequestFeedback",
        {"colleagueIds": ["../.."], "templateId": "0" * 32},
        {"colleagueIds[0]": "has the wrong form"},
    ),
}


@for_each(VIOLATIONS)
def test_each_violation_names_its_place(operation_id: str, raw: dict[str, Any], expected: dict[str, str]) -> None:
    assert faults(operation_id, raw) == expected


@for_each(["usa", "US", "USAX", "USA\n", " USA", "ÜSA", "USA; DROP"])
def test_patterns_match_as_a_whole(value: str) -> None:
    assert faults("ChangeMyLegalName", {**NAME, "country": value})["country"].startswith("has the wrong form")


UNSENDABLE = {
    "null character": "A\x00B",
    "escape": "A\x1b[31mB",
    "vertical tab": "A\x0bB",
    "lone surrogate": "A\ud800B",
    "U+FFFE": "A\ufffeB",
    "U+FFFF": "A\uffffB",
}


@for_each(UNSENDABLE)
def test_text_that_xml_cannot_carry_is_refused_by_name(text: str) -> None:
    reported = faults("ChangeMyLegalName", {**NAME, "firstName": text})
    assert reported == {"firstName": "has a character that cannot be sent, such as a control character"}


def test_values_and_strange_names_are_not_repeated() -> None:
    with pytest.raises(InvalidInput) as caught:
        check_inputs(
            BUILT_IN.operations["ChangeMyLegalName"],
            {**NAME, "country": "secret-value", "<script>\x1b[31m" + "x" * 500: "secret-value"},
        )
    reported = f"{caught.value.detail}{caught.value.hint}{caught.value.fields}"
    assert "secret-value" not in reported
    assert "<" not in reported
    assert "\x1b" not in reported
    assert len(reported) < 600


def test_a_depth_that_no_input_needs_is_refused_before_it_is_walked() -> None:
    deep: Any = "x"
    for _ in range(900):
        deep = [deep]
    assert faults("ChangeMyLegalName", {**NAME, "firstName": deep}) == {"firstName": "is nested too deeply"}


@pytest.mark.parametrize(
    ("operation_id", "raw"),
    [("ChangeMyLegalName", {f"k{n}": 1 for n in range(25_000)}), ("RequestMyTimeOff", {"days": [{}] * 5_000})],
    ids=["unknown names", "entries"],
)
def test_a_body_full_of_mistakes_is_answered_within_bounds(operation_id: str, raw: dict[str, Any]) -> None:
    assert len(str(faults(operation_id, raw))) < 50_000


def test_url_texts_become_what_the_schema_says() -> None:
    assert check_inputs(BUILT_IN.operations["GetMyInboxTasks"], {"pageSize": "5"}) == {"pageSize": 5}


def test_a_whole_number_may_be_written_with_a_fraction_of_zero() -> None:
    raw = {"firstName": "A", "lastName": "B", "country": "USA", "relationship": "Friend"}
    phone = {"phoneCountryCode": "1", "phoneNumber": "2"}
    assert (
        check_inputs(BUILT_IN.operations["AddMyEmergencyContact"], {**raw, **phone, "priority": 5.0})["priority"] == 5
    )


def test_body_texts_stay_texts() -> None:
    assert faults("UpdateMyHomeAddress", {**address(), "isPrimary": "true"}) == {"isPrimary": "must be true or false"}


def test_defaults_are_filled_in() -> None:
    raw = {"firstDay": "2026-01-30", "lastDay": "2026-01-30", "hoursPerDay": 8, "type": "SICK_HOURS"}
    assert check_inputs(BUILT_IN.operations["RequestMyTimeOffDays"], raw)["includeWeekends"] is False


def test_nulls_count_as_left_out() -> None:
    assert "region" not in check_inputs(BUILT_IN.operations["UpdateMyHomeAddress"], {**address(), "region": None})


@for_each(BUILT_IN.operations)
def test_every_operation_takes_what_its_schemas_describe(operation: Operation) -> None:
    assert check_inputs(operation, examples(operation)).keys() >= set(operation.required)
    assert check_inputs(operation, examples(operation, required_only=True)).keys() >= set(operation.required)


def address() -> dict[str, Any]:
    return {"addressLine1": "1 Main Street", "city": "Springfield", "country": "USA"}
