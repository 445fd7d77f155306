"""Inputs are validated by their schemas: every violation at once, by its place, without the value."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.catalog import Operation
from bridge.errors import InvalidInput
from bridge.outbound import check_inputs
from tests.outbound.support import BUILT_IN, examples
from tests.support.cases import for_each
from tests.support.raised import raised

NAME = {"firstName": "Ada", "lastName": "Lovelace", "country": "GBR"}
DAY = {"date": "2026-01-31", "quantity": 8}
ADDRESS = {"addressLine1": "1 Main Street", "city": "Springfield", "country": "USA"}
NO_DATE = "must be a date such as 2026-01-31"
UNSENDABLE = "has a character that cannot be sent, such as a control character"


def days(*entries: object) -> dict[str, Any]:
    return {"days": list(entries), "type": "VACATION_HOURS"}


def quantity(value: object) -> dict[str, Any]:
    return days({**DAY, "quantity": value})


def faults(operation_id: str, raw: dict[str, Any]) -> dict[str, str]:
    fields = raised(InvalidInput, check_inputs, BUILT_IN.operations[operation_id], raw).fields
    assert fields is not None
    return dict(fields)


# operation, what is sent, place → the message
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
    "a number as text": ("RequestMyTimeOff", quantity("8"), {"days[0].quantity": "must be a number"}),
    "true as number": ("RequestMyTimeOff", quantity(True), {"days[0].quantity": "must be a number"}),
    "no finite number": ("RequestMyTimeOff", quantity(float("nan")), {"days": UNSENDABLE}),
    "too small": ("RequestMyTimeOff", quantity(0), {"days[0].quantity": "must be at least 0.01"}),
    "too large": ("RequestMyTimeOff", quantity(25), {"days[0].quantity": "must be at most 24"}),
    "no entries": ("RequestMyTimeOff", days(), {"days": "must not be empty"}),
    "too many entries": ("RequestMyTimeOff", days(*[DAY] * 61), {"days": "must have at most 60 entries"}),
    "no list": ("RequestMyTimeOff", {**days(), "days": DAY}, {"days": "must be a list"}),
    "no record": ("RequestMyTimeOff", days("2026-01-31"), {"days[0]": "must be a record with fields"}),
    "several entries wrong": (
        "RequestMyTimeOff",
        {"days": [{"date": "x"}, {**DAY, "hours": 1}, {"quantity": None}], "type": ""},
        {
            "days[0].date": NO_DATE,
            "days[0].quantity": "is required",
            "days[1].hours": "is not known here",
            "days[2].date": "is required",
            "days[2].quantity": "is required",
            "type": "must not be empty",
        },
    ),
    **{
        f"no date: {text!r}": ("GetMyVacationBalance", {"asOfDate": text}, {"asOfDate": NO_DATE})
        for text in ("tomorrow", "2026-02-30", "20260131", "2026-01-31\n")
    },
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


@for_each(["A\x00B", "A\x1b[31mB", "A\x0bB", "A\ud800B", "A\ufffeB", "A\uffffB"])
def test_text_that_xml_cannot_carry_is_refused_by_name(text: str) -> None:
    assert faults("ChangeMyLegalName", {**NAME, "firstName": text}) == {"firstName": UNSENDABLE}


def test_values_and_strange_names_are_not_repeated() -> None:
    raw = {**NAME, "country": "secret-value", "<script>\x1b[31m" + "x" * 500: "secret-value"}
    error = raised(InvalidInput, check_inputs, BUILT_IN.operations["ChangeMyLegalName"], raw)
    reported = f"{error.detail}{error.hint}{error.fields}"
    assert "secret-value" not in reported
    assert "<" not in reported
    assert "\x1b" not in reported
    assert len(reported) < 600


def test_a_depth_that_no_input_needs_is_refused() -> None:
    deep: Any = "x"
    for _ in range(900):
        deep = [deep]
    assert faults("ChangeMyLegalName", {**NAME, "firstName": deep}) == {"firstName": "is nested too deeply"}


@pytest.mark.parametrize(
    ("operation_id", "raw"),
    [("ChangeMyLegalName", {f"k{n}": 1 for n in range(25_000)}), ("RequestMyTimeOff", {"days": [{}] * 5_000})],
    ids=["unknown names", "entries"],
)
def test_the_error_of_a_body_full_of_mistakes_is_bounded(operation_id: str, raw: dict[str, Any]) -> None:
    assert len(str(faults(operation_id, raw))) < 50_000


def test_texts_of_the_url_are_converted_by_the_schema() -> None:
    assert check_inputs(BUILT_IN.operations["GetMyInboxTasks"], {"pageSize": "5"}) == {"pageSize": 5}


def test_a_whole_number_may_be_written_with_a_fraction_of_zero() -> None:
    operation = BUILT_IN.operations["AddMyEmergencyContact"]
    assert check_inputs(operation, {**examples(operation), "priority": 5.0})["priority"] == 5


def test_body_texts_stay_texts() -> None:
    assert faults("UpdateMyHomeAddress", {**ADDRESS, "isPrimary": "true"}) == {"isPrimary": "must be true or false"}


def test_defaults_are_filled_in() -> None:
    raw = {"firstDay": "2026-01-30", "lastDay": "2026-01-30", "hoursPerDay": 8, "type": "SICK_HOURS"}
    assert check_inputs(BUILT_IN.operations["RequestMyTimeOffDays"], raw)["includeWeekends"] is False


def test_nulls_count_as_left_out() -> None:
    assert "region" not in check_inputs(BUILT_IN.operations["UpdateMyHomeAddress"], {**ADDRESS, "region": None})


@for_each(BUILT_IN.operations)
def test_every_operation_accepts_what_its_schemas_describe(operation: Operation) -> None:
    assert check_inputs(operation, examples(operation)).keys() >= set(operation.required)
    assert check_inputs(operation, examples(operation, required_only=True)).keys() >= set(operation.required)
