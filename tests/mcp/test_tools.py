"""The tools are the catalog's operations, in schemas that Copilot Studio keeps."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator

from bridge.api.message import Request
from bridge.catalog import Catalog, Output, load
from bridge.mcp.message import Message, RpcError
from bridge.mcp.methods import PAGE, Call, call_method
from bridge.mcp.text import MAX_TEXT, result_text
from bridge.mcp.tools import definition, flat, tools
from bridge.outbound.perform import MAX_RESULT_BYTES
from tests.catalog.shop import GOOD
from tests.e2e.kit import Bridge, Sandbox
from tests.mcp.kit import Mcp, request
from tests.outbound.support import write_catalog


@dataclass(frozen=True)
class System:
    name: str
    operations: frozenset[str]


CATALOG = load(systems={"workday"})
EVERYTHING = System("workday", frozenset(CATALOG.operations))
ELSEWHERE = System("workday_emea", frozenset({"GetMyProfile", "ChangeMyLegalName"}))
TOOLS = tools(CATALOG, [EVERYTHING, ELSEWHERE])


def dropped(schema: object, place: str = "") -> Iterator[str]:
    """The places for which Copilot Studio drops a tool, or which it reads wrongly."""
    if isinstance(schema, Mapping):
        kind = schema.get("type")
        yield from [f"{place}: a list of types"] if isinstance(kind, list) else []
        for keyword in schema.keys() & WRONG:
            yield f"{place}: {keyword}"
        for name, inner in schema.items():
            yield from dropped(inner, f"{place}/{name}")
    elif isinstance(schema, list):
        for index, inner in enumerate(schema):
            yield from dropped(inner, f"{place}/{index}")


WRONG = {"$ref", "$defs", "definitions", "anyOf", "oneOf", "allOf", "not", "if", "enum", "const", "nullable"} | {
    "exclusiveMinimum",
    "exclusiveMaximum",
    "x-ms-visibility",
    "x-ms-dynamic-values",
}


def test_copilot_studio_keeps_every_schema_whole(subtests: pytest.Subtests) -> None:
    for name, tool in TOOLS.items():
        with subtests.test(name):
            shown = definition(tool)
            assert list(dropped(shown)) == []
            for schema in (shown["inputSchema"], shown["outputSchema"]):
                assert isinstance(schema, dict)
                Draft202012Validator.check_schema(schema)
                assert schema["type"] == "object"
                for value in schema["properties"].values():
                    assert value["description"].endswith((".", "?", "!"))
                    assert value.get("items", {}).get("type") != "array"


def test_the_check_above_can_fail() -> None:
    for schema in (
        {"$ref": "#/$defs/a"},
        {"properties": {"a": {"type": ["string", "null"]}}},
        {"properties": {"a": {"type": "integer", "exclusiveMinimum": 0}}},
        {"properties": {"a": {"type": "array", "items": {"enum": ["b"]}}}},
        {"properties": {"a": {"anyOf": [{"type": "string"}, {"type": "null"}]}}},
    ):
        assert list(dropped(schema)), schema


def test_the_description_lists_the_choices() -> None:
    schema = {"type": "string", "description": "The color.", "enum": ["red", "blue"], "x-ms-visibility": "advanced"}
    assert flat(schema) == {"type": "string", "description": "The color. It is one of: red, blue."}
    records = {"type": "array", "items": {"type": "object", "properties": {"color": schema, "n": {"enum": [1, 2]}}}}
    assert flat(records)["items"] == {
        "type": "object",
        "properties": {"color": flat(schema), "n": {"description": "It is one of: 1, 2."}},
    }


def test_the_tools_are_the_operations_of_the_catalog() -> None:
    names = {f"{name}AtWorkdayEmea" for name in ELSEWHERE.operations}
    assert set(TOOLS) == set(CATALOG.operations) | names
    for tool in TOOLS.values():
        reported: Any = definition(tool)
        operation = tool.operation
        assert reported["description"].startswith(operation.description)
        assert reported["inputSchema"]["properties"].keys() == operation.inputs.keys()
        assert tuple(reported["inputSchema"].get("required", ())) == operation.required
        assert reported["outputSchema"]["properties"].keys() == operation.outputs.keys()
        assert reported["title"].startswith(operation.summary)


def test_annotations_distinguish_reads_from_writes() -> None:
    for tool in TOOLS.values():
        reported: Any = definition(tool)
        hints = reported["annotations"]
        writes = tool.operation.kind == "write"
        assert (hints["readOnlyHint"], hints["destructiveHint"]) == (not writes, writes)
        assert ("after they have confirmed" in reported["description"]) == writes


def test_an_input_names_the_tool_that_returns_its_values() -> None:
    described = {name: definition(TOOLS[name]) for name in TOOLS}
    for name, tool in TOOLS.items():
        for field, choices in tool.operation.choices.items():
            properties = cast(Any, described[name]["inputSchema"])["properties"]
            if choices.operation in tool.ids:
                assert f"{tool.ids[choices.operation]} returns the values." in properties[field]["description"]


def test_the_server_lists_what_is_open_and_nothing_else(mcp: Mcp, sandbox: Sandbox, bridge: Bridge) -> None:
    opened = {one.id for one in CATALOG.operations.values() if not one.sensitive and not one.approval}
    listed = mcp.tools(sandbox.token())
    assert opened <= set(listed)
    assert not {one.id for one in CATALOG.operations.values() if one.sensitive} & set(listed)
    for name in opened:
        assert listed[name] == definition(tools(CATALOG, [System("workday", frozenset(opened))])[name])


def grown(count: int) -> Catalog:
    """A catalog of so many operations, two of three in the set `odd`."""
    one = CATALOG.operations["GetMyProfile"]
    named = {
        f"Get{number}": replace(one, id=f"Get{number}", set="odd" if number % 3 else None) for number in range(count)
    }
    return replace(CATALOG, operations=MappingProxyType(named))


def listed(catalog: Catalog, query: str = "", **params: object) -> dict[str, Any]:
    systems = {"workday": System("workday", frozenset(catalog.operations))}
    app: Any = SimpleNamespace(settings=SimpleNamespace(systems=systems), catalog=catalog)
    sent = Request("POST", {}, query={"tools": query} if query else {})
    return call_method(Call(Message("tools/list", 1, params), False, app, cast(Any, None), sent, cast(Any, None)))


def test_a_long_list_has_pages() -> None:
    catalog, seen, cursor = grown(2 * PAGE + 1), [], None
    for _ in range(3):
        page = listed(catalog, **({"cursor": cursor} if cursor else {}))
        seen += [tool["name"] for tool in page["tools"]]
        cursor = page.get("nextCursor")
    assert (seen, cursor) == (list(catalog.operations), None)


def test_the_query_of_the_address_selects_sets() -> None:
    catalog = grown(9)
    assert [tool["name"] for tool in listed(catalog, "odd")["tools"]] == [f"Get{n}" for n in range(9) if n % 3]
    assert len(listed(catalog, " , ")["tools"]) == 9
    with pytest.raises(RpcError, match=r"names unknown tool sets: even\. Known are: odd\.") as reported:
        listed(catalog, "even,odd")
    assert reported.value.status == 400


def test_an_unknown_set_is_reported_when_the_client_connects(bridge: Bridge, sandbox: Sandbox) -> None:
    asked = Mcp(bridge, "/mcp?tools=everything")
    reply = asked.send(request("initialize", protocolVersion="2025-06-18"), sandbox.token())
    assert (reply.status, reply.json["error"]["code"]) == (400, -32602)
    assert "everything" in reply.json["error"]["message"]


def test_operations_of_a_customers_catalog_are_tools_too(tmp_path: Path) -> None:
    catalog = load(write_catalog(tmp_path, GOOD))
    made = tools(catalog, [System("shop", frozenset({"GetThings", "MakeThing"}))])
    days: Any = definition(made["MakeThing"])["inputSchema"]
    assert days["properties"]["days"]["items"]["properties"]["date"]["format"] == "date"
    assert not list(dropped(definition(made["MakeThing"])))


def as_text(result: dict[str, object]) -> str:
    text = {"type": "string", "title": "Name"}
    records = Output({"type": "array", "title": "Days"}, "", {"on": Output({"type": "string", "title": "On"}, "")})
    flags = {"name": Output(text, ""), "ready": Output({"type": "boolean", "title": "Ready"}, ""), "days": records}
    operation = replace(CATALOG.operations["GetMyProfile"], outputs=flags)
    return result_text(operation, result)


def test_the_text_has_a_line_for_each_output() -> None:
    assert as_text({"name": "Adele", "ready": True}) == "Name: Adele\nReady: yes"
    assert (
        as_text({"days": [{"on": "2026-01-31"}, {"on": "2026-02-01"}]}) == "Days:\n- On: 2026-01-31\n- On: 2026-02-01"
    )
    assert as_text({"days": []}) == "Days: none"
    assert as_text({}) == "Done. There is nothing to show."
    assert len(as_text({"name": "x" * 2 * MAX_TEXT})) < MAX_TEXT + 100


def test_text_and_structured_content_are_within_the_limit_of_copilot_studio() -> None:
    for size in (60_000, 300_000, 440_000, MAX_RESULT_BYTES - 20):
        for filling in ("x", '"', "\n"):
            result: dict[str, object] = {"name": filling * (size // len(json.dumps(filling)[1:-1]))}
            text = as_text(result)
            assert len(json.dumps({"text": text, "structuredContent": result})) < 499_000
            assert text.startswith("Name: ") or size > 400_000
            assert text.endswith("content is complete.)") or len(text) > size / 2


def test_the_tools_of_a_second_system_name_it() -> None:
    assert definition(TOOLS["GetMyProfileAtWorkdayEmea"])["title"] == "Get my profile (workday_emea)"
