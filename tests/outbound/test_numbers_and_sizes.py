"""Numbers are sent and read exactly, and what is too large is refused before it is validated."""

from __future__ import annotations

import dataclasses
import json
import time
from decimal import Decimal
from typing import Any

import pytest

from bridge.catalog import Output
from bridge.errors import InvalidInput
from bridge.outbound import check_inputs
from bridge.outbound.inputs import MAX_ENTRIES
from bridge.outbound.rest import JsonReader
from bridge.outbound.result import read_outputs
from tests.outbound.support import BUILT_IN
from tests.support.cases import for_each
from tests.support.raised import raised

TIME_OFF = BUILT_IN.operations["RequestMyTimeOff"]
COUNTED: dict[str, Any] = {
    "type": "array",
    "items": {"type": "object", "properties": {"count": {"type": "integer"}, "hours": {"type": "number"}}},
}
LISTED = dataclasses.replace(
    TIME_OFF,
    inputs={"rows": COUNTED, "codes": {"type": "array", "items": {"type": "integer"}}, "note": {"type": "string"}},
    required=(),
)


def read(kind: str, value: object) -> Any:
    """The output of this type for a value in a response; None: it is left out."""
    return read_outputs({"x": Output({"type": kind}, "/x")}, {"x": value}, JsonReader()).get("x")


INTEGERS: dict[object, int | None] = {
    9007199254740993: 9007199254740993,
    "9007199254740993": 9007199254740993,
    " -7 ": -7,
    10**30: 10**30,
    5.0: 5,
    "5.0": 5,
    1e16: 10**16,
    "1e+3": 1000,
    "1.5": None,
    7.5: None,
    True: None,
    "1e999": None,
    "nan": None,
    float("nan"): None,
    float("inf"): None,
    "9" * 41: None,
    "٣": None,
    "": None,
    None: None,
}


@for_each(INTEGERS.items())
def test_an_integer_is_read_exactly_or_left_out(value: object, expected: int | None) -> None:
    assert read("integer", value) == expected


@for_each(["1e-05", "1e+16", "-2.5E-3", "0.1", "7.5", "9007199254740993", "12345678901234567.5"])
def test_a_number_is_read_as_closely_as_json_can_write_it(text: str) -> None:
    for value in (text, json.loads(text)):
        found = read("number", value)
        assert found == json.loads(json.dumps(found))
        assert abs(Decimal(found) - Decimal(text)) <= abs(Decimal(text)) * Decimal("1e-16")


def test_power_fx_sends_whole_numbers_as_floats_in_lists_and_records_too() -> None:
    raw = {"rows": [{"count": 5.0, "hours": 7.5}, {"count": None}], "codes": [1.0, 2]}
    checked = check_inputs(LISTED, raw)
    assert json.dumps(checked) == '{"rows": [{"count": 5, "hours": 7.5}, {}], "codes": [1, 2]}'
    refused = raised(InvalidInput, check_inputs, LISTED, {"rows": [{"count": 5.5}], "codes": ["1"]})
    assert refused.fields == dict.fromkeys(("rows[0].count", "codes[0]"), "must be a whole number")


def _missing(operation: Any, given: str) -> dict[str, str]:
    return {name: "is required" for name in operation.required if name != given}


ENTRIES = {"records": {}, "numbers": 1, "lists": [], "texts": "x", "unknown fields": {"x": 1}}


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
@pytest.mark.parametrize("operation", [TIME_OFF, LISTED], ids=["maxItems", "no maxItems"])
def test_a_body_full_of_entries_costs_little(operation: Any, entry: object) -> None:
    name = "days" if operation is TIME_OFF else "rows"
    raw = {name: [entry] * 87_000}
    start = time.process_time()
    refused = raised(InvalidInput, check_inputs, operation, raw)
    assert time.process_time() - start < 0.2
    longest = operation.inputs[name].get("maxItems", MAX_ENTRIES)
    assert refused.fields == {name: f"must have at most {longest} entries"} | _missing(operation, name)


def test_a_long_text_is_refused_before_a_pattern_runs_on_it() -> None:
    slow = {"type": "string", "pattern": "^(a+)+$"}
    operation = dataclasses.replace(LISTED, inputs={"code": slow, "rows": {**COUNTED, "items": slow}})
    refused = raised(InvalidInput, check_inputs, operation, {"code": "a" * 3000 + "!", "rows": ["a" * 3000 + "!"]})
    assert refused.fields == dict.fromkeys(("code", "rows[0]"), "must have at most 2000 characters")
