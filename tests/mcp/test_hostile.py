"""Hostile JSON-RPC: the right error in bounded time, and never a 5xx."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.e2e.kit import Sandbox
from tests.mcp.kit import Mcp, request

PARSE, REQUEST, METHOD, PARAMS = -32700, -32600, -32601, -32602
SECONDS = 2.0


def ping(**members: object) -> dict[str, object]:
    return {**request("ping"), **members}


def call(**params: object) -> dict[str, object]:
    return request("tools/call", **params)


def raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


DEEP = 100_000
# name, message, HTTP status, JSON-RPC code, id in the response
ROWS: list[tuple[str, object, int, int, object]] = [
    ("nothing", b"", 400, PARSE, None),
    ("no JSON", b"{", 400, PARSE, None),
    ("not UTF-8", b'{"jsonrpc": "\xff"}', 400, PARSE, None),
    ("NaN", b'{"jsonrpc": "2.0", "id": NaN, "method": "ping"}', 400, PARSE, None),
    ("a name twice", b'{"jsonrpc": "2.0", "id": 1, "id": 2, "method": "ping"}', 400, PARSE, None),
    ("a number of 5,000 digits", raw('{"jsonrpc":"2.0","id":' + "9" * 5000 + ',"method":"ping"}'), 400, PARSE, None),
    ("lists in lists", raw("[" * DEEP + "]" * DEEP), 400, PARSE, None),
    ("objects in objects", raw('{"a":' * 20_000 + "1" + "}" * 20_000), 400, PARSE, None),
    (
        "deep arguments",
        raw(json.dumps(call(name="GetMyProfile"))[:-2] + ',"arguments":' + "[" * 5000),
        400,
        PARSE,
        None,
    ),
    ("a text", "ping", 400, REQUEST, None),
    ("null", b"null", 400, REQUEST, None),
    ("a number", 1, 400, REQUEST, None),
    ("an empty object", {}, 400, REQUEST, None),
    ("an empty batch", [], 400, REQUEST, None),
    ("a batch of 10,000", [{"id": 1}] * 10_000, 400, REQUEST, None),
    ("a response", {"jsonrpc": "2.0", "id": 1, "result": {}}, 400, REQUEST, 1),
    ("another version", ping(jsonrpc="1.0"), 400, REQUEST, 1),
    ("a version of another type", ping(jsonrpc=2.0), 400, REQUEST, 1),
    ("no version", {"id": 1, "method": "ping"}, 400, REQUEST, 1),
    ("id true", ping(id=True), 400, REQUEST, None),
    ("id null", ping(id=None), 400, REQUEST, None),
    ("id 1.5", ping(id=1.5), 400, REQUEST, None),
    ("id a list", ping(id=[1]), 400, REQUEST, None),
    ("id an object", ping(id={}), 400, REQUEST, None),
    ("id beyond what clients read exactly", ping(id=2**53 + 1), 400, REQUEST, None),
    ("id of 200,000 characters", ping(id="x" * 200_000), 400, REQUEST, None),
    ("id of half a character", b'{"jsonrpc":"2.0","id":"\\ud800","method":"ping"}', 400, REQUEST, None),
    ("no method", {"jsonrpc": "2.0", "id": 1}, 400, REQUEST, 1),
    ("method null", ping(method=None), 400, REQUEST, 1),
    ("method 1", ping(method=1), 400, REQUEST, 1),
    ("method empty", ping(method=""), 400, REQUEST, 1),
    ("method of 200,000 characters", ping(method="x" * 200_000), 400, REQUEST, 1),
    ("params a list", ping(params=[1]), 400, PARAMS, 1),
    ("params a text", ping(params="x"), 400, PARAMS, 1),
    ("method unknown", ping(method="tools/delete"), 200, METHOD, 1),
    ("method of another case", ping(method="PING"), 200, METHOD, 1),
    ("method that Python knows", ping(method="__class__"), 200, METHOD, 1),
    ("method with a line break", ping(method="ping\n"), 200, METHOD, 1),
    ("method not offered", ping(method="resources/list"), 200, METHOD, 1),
    ("stateless method after a handshake", ping(method="server/discover"), 200, METHOD, 1),
    ("no revision", ping(method="initialize"), 200, PARAMS, 1),
    ("revision 1", ping(method="initialize", params={"protocolVersion": 1}), 200, PARAMS, 1),
    ("cursor 1", ping(method="tools/list", params={"cursor": 1}), 200, PARAMS, 1),
    ("cursor that the server never gave", ping(method="tools/list", params={"cursor": "///"}), 200, PARAMS, 1),
    ("cursor -1", ping(method="tools/list", params={"cursor": "LTE="}), 200, PARAMS, 1),
    ("cursor beyond the end", ping(method="tools/list", params={"cursor": "OTk5OQ=="}), 200, PARAMS, 1),
    ("cursor of other digits", ping(method="tools/list", params={"cursor": "4pGh"}), 200, PARAMS, 1),
    ("no tool", call(), 200, PARAMS, 1),
    ("tool null", call(name=None), 200, PARAMS, 1),
    ("tool a list", call(name=["GetMyProfile"]), 200, PARAMS, 1),
    ("tool unknown", call(name="GetEverybodysPay"), 200, PARAMS, 1),
    ("tool that is not open", call(name="GetMyPaySlips"), 200, PARAMS, 1),
    ("arguments a list", call(name="GetMyProfile", arguments=[]), 200, PARAMS, 1),
    ("arguments a text", call(name="GetMyProfile", arguments="{}"), 200, PARAMS, 1),
    ("key 1", call(name="GetMyProfile", _meta={"idempotencyKey": 1}), 200, PARAMS, 1),
    ("key empty", call(name="GetMyProfile", _meta={"idempotencyKey": ""}), 200, PARAMS, 1),
    ("key too long", call(name="GetMyProfile", _meta={"idempotencyKey": "x" * 129}), 200, PARAMS, 1),
    ("more than the bound", ping(params={"x": "y" * 262_144}), 413, REQUEST, None),
]


def test_hostile_messages_get_their_error_in_bounded_time(
    mcp: Mcp, sandbox: Sandbox, subtests: pytest.Subtests
) -> None:
    token = sandbox.token()
    for name, body, status, code, id_ in ROWS:
        with subtests.test(name):
            start = time.monotonic()
            reply = mcp.send(body, token)
            assert time.monotonic() - start < SECONDS
            assert (reply.status, reply.json["error"]["code"], reply.json["id"]) == (status, code, id_)
            assert (reply.json["jsonrpc"], len(reply.body) < 1000) == ("2.0", True)
    assert mcp.ask("ping", token) == {}


def test_the_media_types_of_forms_are_refused(mcp: Mcp, sandbox: Sandbox, subtests: pytest.Subtests) -> None:
    token = sandbox.token()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        with subtests.test(kind):
            reply = mcp.send(ping(), token, Content_Type=kind)
            assert (reply.status, reply.json["error"]["code"]) == (415, REQUEST)


ARGUMENTS: list[Any] = [
    {"type": ["EMPLOYMENT_VERIFICATION"]},
    {"type": {"a": 1}},
    {"type": "\u0000"},
    {"__proto__": {"type": "x"}},
    {f"name{number}": number for number in range(5000)},
    {"type": [[[[[[[[[[[["x"]]]]]]]]]]]]},
]


def test_hostile_arguments_are_refused_in_a_result_that_the_agent_reads(
    mcp: Mcp, sandbox: Sandbox, subtests: pytest.Subtests
) -> None:
    token = sandbox.token()
    mcp.call(token, "RequestMyDocument", ARGUMENTS[0])  # the imports of the first call do not count
    with sandbox.counting() as spent:
        for arguments in ARGUMENTS:
            with subtests.test(str(arguments)[:30]):
                start = time.monotonic()
                result = mcp.call(token, "RequestMyDocument", arguments)
                assert time.monotonic() - start < SECONDS
                assert (result["isError"], result["structuredContent"]["code"]) == (True, "invalid_input")
                assert len(result["content"][0]["text"]) < 30_000
    assert spent == {}
