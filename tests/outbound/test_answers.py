"""Outputs are read from responses as their schemas say: typed, without nulls, bounded, in pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lxml import etree

from bridge.base.http_client import HttpResponse
from bridge.catalog import Output, load
from bridge.errors import InvalidInput, InvalidUpstreamResponse
from bridge.outbound.rest import JsonReader
from bridge.outbound.result import read_outputs
from bridge.outbound.soap import XmlReader
from tests.catalog.shop import GOOD
from tests.outbound.support import BUILT_IN, do, no_call, soap_answer, write_catalog
from tests.support.cases import for_each
from tests.support.client import Asked, json_answer
from tests.support.raised import raised

# schema, the value in the response, the output (None: left out)
COERCIONS: dict[str, tuple[dict[str, Any], Any, Any]] = {
    "text": ({"type": "string"}, "Ada", "Ada"),
    "blank text": ({"type": "string"}, " \n", None),
    "empty text": ({"type": "string"}, "", None),
    "number as text": ({"type": "string"}, 7, "7"),
    "true as text": ({"type": "string"}, True, None),
    "integer": ({"type": "integer"}, "7", 7),
    "integer with fraction": ({"type": "integer"}, "7.0", 7),
    "no integer": ({"type": "integer"}, "7.5", None),
    "number": ({"type": "number"}, "7.5", 7.5),
    "negative": ({"type": "number"}, "-7.5", -7.5),
    "no number": ({"type": "number"}, "many", None),
    "not finite": ({"type": "number"}, "INF", None),
    "true": ({"type": "boolean"}, True, True),
    "1": ({"type": "boolean"}, "1", True),
    "0": ({"type": "boolean"}, "0", False),
    "no boolean": ({"type": "boolean"}, "maybe", None),
    "date": ({"type": "string", "format": "date"}, "2026-01-31", "2026-01-31"),
    "date with zone": ({"type": "string", "format": "date"}, "2026-01-31-08:00", "2026-01-31"),
    "moment as date": ({"type": "string", "format": "date"}, "2026-01-31T09:00:00Z", "2026-01-31"),
    "no date": ({"type": "string", "format": "date"}, "soon", None),
    "moment": ({"type": "string", "format": "date-time"}, "2026-01-31T09:00:00Z", "2026-01-31T09:00:00+00:00"),
    "moment without zone": ({"type": "string", "format": "date-time"}, "2026-01-31T09:00:00", None),
    "null": ({"type": "string"}, None, None),
    "a record for a text": ({"type": "string"}, {"a": 1}, None),
    "a list for a text": ({"type": "string"}, ["a"], None),
}


@for_each(COERCIONS)
def test_json_values_fit_their_schema(schema: dict[str, Any], said: Any, expected: Any) -> None:
    found = read_outputs({"x": Output(schema, "/x")}, {"x": said}, JsonReader())
    assert found == ({} if expected is None else {"x": expected})


TEXTS = {name: case for name, case in COERCIONS.items() if isinstance(case[1], str)}


@for_each(TEXTS)
def test_xml_values_fit_their_schema(schema: dict[str, Any], said: str, expected: Any) -> None:
    root = etree.fromstring(f"<r><x>{said}</x></r>")
    found = read_outputs({"x": Output(schema, "x")}, root, XmlReader({}))
    assert found == ({} if expected is None else {"x": expected})


def test_spaces_around_a_text_are_layout_in_xml_and_content_in_json() -> None:
    output = {"x": Output({"type": "string"}, "x")}
    for root in ("<r><x>\n  Ada\n</x></r>", "<r><x> Ada </x></r>"):
        assert read_outputs(output, etree.fromstring(root), XmlReader({})) == {"x": "Ada"}
    assert read_outputs({"x": Output({"type": "string"}, "/x")}, {"x": " Ada\n"}, JsonReader()) == {"x": " Ada\n"}


POINTERS: dict[str, tuple[Any, str, Any]] = {
    "member": ({"a": {"b": "1"}}, "/a/b", "1"),
    "index": ({"a": ["0", "1"]}, "/a/1", "1"),
    "index beyond": ({"a": []}, "/a/1", None),
    "escapes": ({"a/b": {"c~d": "1"}}, "/a~1b/c~0d", "1"),
    "through a text": ({"a": "b"}, "/a/b", None),
    "no number": ({"a": ["0"]}, "/a/-", None),
}


@for_each(POINTERS)
def test_json_pointers_are_resolved_as_in_rfc_6901(document: Any, pointer: str, expected: Any) -> None:
    assert JsonReader().one(document, pointer) == expected


def test_a_comment_inside_a_text_does_not_cut_it() -> None:
    answer = soap_answer(
        "<wd:Get_Workers_Response><wd:Response_Data><wd:Worker><wd:Worker_Descriptor>Ada<!-- x --> Love<?p?>lace"
        "</wd:Worker_Descriptor><wd:Worker_Data/></wd:Worker></wd:Response_Data></wd:Get_Workers_Response>"
    )
    assert do(BUILT_IN.operations["GetMyEmployment"], {}, answer)[0] == {"name": "Ada Lovelace"}


def test_an_xpath_that_fails_finds_nothing() -> None:
    schema = {"type": "string"}
    assert read_outputs(
        {"x": Output(schema, "sum('a')"), "y": Output(schema, "y")}, etree.XML("<r><y>1</y></r>"), XmlReader({})
    ) == {"y": "1"}


def test_a_response_without_data_is_an_empty_result() -> None:
    assert do(BUILT_IN.operations["GetMyHomeAddress"], {}, soap_answer("<wd:Get_Workers_Response/>"))[0] == {}


@for_each({"204": HttpResponse(204, {}, b""), "length 0": HttpResponse(200, {"content-length": "0"}, b"")})
def test_a_write_by_rest_may_have_an_empty_response(answer: HttpResponse) -> None:
    operation = BUILT_IN.operations["RequestFeedback"]
    raw = {"colleagueIds": ["0" * 32], "templateId": "0" * 32}
    assert do(operation, raw, answer)[0] == {"nextStep": operation.next_step}


def tasks(count: int, total: int | None = None, text: str = "x") -> HttpResponse:
    return json_answer({"data": [{"descriptor": text}] * count, "total": count if total is None else total})


INBOX = BUILT_IN.operations["GetMyInboxTasks"]


def test_a_result_larger_than_callers_accept_is_an_error_that_names_the_fix() -> None:
    error = raised(InvalidUpstreamResponse, do, INBOX, {}, tasks(20, text="ä" * 10_000))
    assert error.code == "answer_too_large"
    assert "pageSize" in str(error.hint)


@for_each([1, 7, 20, 99, 100])
def test_pages_follow_one_another_without_gap_or_overlap(size: int) -> None:
    everything = [{"descriptor": str(number)} for number in range(205)]

    def system(asked: Asked) -> HttpResponse:
        query = dict(pair.split("=") for pair in asked.url.partition("?")[2].split("&"))
        offset, limit = int(query["offset"]), int(query["limit"])
        return json_answer({"data": everything[offset : offset + limit], "total": len(everything)})

    seen: list[str] = []
    raw: dict[str, object] = {"pageSize": str(size)}
    while raw:
        result, _ = do(INBOX, raw, system)
        seen += [task["title"] for task in result["tasks"]]  # type: ignore[attr-defined]
        raw = {"cursor": result["nextCursor"], "pageSize": "20"} if "nextCursor" in result else {}
    assert seen == [str(number) for number in range(205)]


@for_each(
    [(0, 5, 1), (1, 5, 1), (4, 5, 1), (5, 5, 1), (6, 5, 2), (10, 5, 2), (11, 5, 3), (100, 100, 1), (200, 100, 2)],
)
def test_there_is_no_empty_page_at_the_end(total: int, size: int, calls: int) -> None:
    raw: dict[str, object] | None = {"pageSize": str(size)}
    count = 0
    while raw:
        result, _ = do(INBOX, raw, json_answer({"data": [], "total": total}))
        count, raw = count + 1, {"cursor": result["nextCursor"]} if "nextCursor" in result else None
    assert count == calls


@for_each(["x", "Mi4y4", "MC4x", "MS4w", "MS45OTk", "LTEuMQ", "Mi4yMA\u0300", "Mi4yMA=="])
def test_a_cursor_that_is_not_ours_is_refused_by_name(cursor: str) -> None:
    assert set(raised(InvalidInput, do, INBOX, {"cursor": cursor}, tasks(1)).fields or ()) == {"cursor"}


def test_without_a_total_there_is_no_next_page() -> None:
    assert "nextCursor" not in do(INBOX, {}, json_answer({"data": [{}] * 20}))[0]


def test_pages_of_soap_have_numbers() -> None:
    operation = BUILT_IN.operations["GetMyReports"]
    results = "<wd:Response_Results><wd:Total_Results>9</wd:Total_Results></wd:Response_Results>"
    answer = soap_answer(f"<wd:Get_Workers_Response>{results}</wd:Get_Workers_Response>")
    first, _ = do(operation, {"pageSize": "4"}, answer)
    second, [asked] = do(operation, {"cursor": first["nextCursor"]}, answer)
    assert b"<wd:Page>2</wd:Page><wd:Count>4</wd:Count>" in asked.body
    assert (second["total"], "nextCursor" in second) == (9, True)


def test_a_choice_list_needs_no_call() -> None:
    result, asked = do(BUILT_IN.operations["ListMyDocumentTypes"], {}, no_call)
    assert {"value", "title", "description"} == set(result["types"][0])  # type: ignore[index]
    assert asked == []


def test_a_customers_operation_is_performed_like_any_other(tmp_path: Path) -> None:
    shop = load(write_catalog(tmp_path, GOOD))
    result, [asked] = do(shop.operations["GetThings"], {"color": "red"}, json_answer({"count": 3}), catalog=shop)
    assert (result, asked.url) == ({"count": 3}, "https://services.example/contoso/things/red")
