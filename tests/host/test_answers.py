"""Responses of functions, and concurrent calls."""

from __future__ import annotations

import contextlib
import http.client
import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.functions_host import FunctionsHost
from tests.host.conftest import Call


def test_status_headers_and_body_pass_through_with_the_custom_headers_of_host_json(call: Call) -> None:
    reply = call("/api/answers/status")
    assert (reply.status, reply.body) == (418, b"short and stout")
    assert reply.headers["x-own"] == "yes"
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert call("/none").headers["x-content-type-options"] == "nosniff"


def test_no_content_has_neither_length_nor_body(call: Call) -> None:
    reply = call("/api/answers/empty")
    assert (reply.status, reply.body, "content-length" in reply.headers) == (204, b"", False)


def test_the_host_sets_the_length_and_connection_itself(call: Call) -> None:
    reply = call("/api/answers/length")
    assert (reply.headers["content-length"], "connection" in reply.headers) == ("4", False)


def test_a_string_is_a_plain_text_response(call: Call) -> None:
    reply = call("/api/answers/text")
    assert (reply.status, reply.body, reply.headers["content-type"]) == (200, b"hi", "text/plain; charset=utf-8")


FAILED = ["/api/crash", *(f"/api/answers/{kind}" for kind in ("unknown", "nothing", "map", "number"))]


@pytest.mark.parametrize("path", FAILED)
def test_an_exception_and_a_value_of_another_type_are_500_with_an_empty_body(
    call: Call, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    with caplog.at_level(logging.ERROR):
        reply = call(path)
    assert (reply.status, reply.body) == (500, b"")
    assert "(Failed)" in caplog.text


@pytest.mark.parametrize("kind", ["accent", "split"])
def test_a_header_value_that_is_not_printable_ascii_is_500_and_never_written(call: Call, kind: str) -> None:
    """The worker passes it on; Kestrel refuses it (HttpHeaders.ValidateHeaderValueCharacters)."""
    reply = call(f"/api/answers/{kind}")
    assert (reply.status, reply.body) == (500, b"")
    assert not reply.headers.keys() & {"x-own", "set-cookie"}


def test_each_cookie_arrives_in_a_header_of_its_own(host: FunctionsHost) -> None:
    connection = http.client.HTTPConnection(host.address, timeout=10)
    connection.request("GET", "/api/answers/cookies")
    with contextlib.closing(connection), connection.getresponse() as reply:
        assert reply.headers.get_all("Set-Cookie") == [
            "a=b%7Cc; path=/x; samesite=lax; httponly",
            "d=e; expires=Wed, 21 Oct 2026 07:28:00 GMT; max-age=60; secure",
        ]


def test_a_handler_that_asks_for_it_gets_its_context(call: Call) -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    one = call("/api/context", headers={"traceparent": parent, "tracestate": "a=b"}).json
    two = call("/api/context", headers={"traceparent": "nonsense"}).json
    assert (one["function"], one["traceState"], two["traceState"]) == ("Context", "a=b", "")
    assert one["invocation"] != two["invocation"]
    assert one["traceParent"].split("-")[1] == parent.split("-")[1]
    assert one["traceParent"] != parent
    assert two["traceParent"].split("-")[1] != parent.split("-")[1]


def test_calls_run_side_by_side(call: Call) -> None:
    with ThreadPoolExecutor(8) as callers:
        replies = list(callers.map(lambda _: call("/api/together"), range(8)))
    assert [reply.status for reply in replies] == [200] * 8


def test_a_connection_is_kept_for_the_next_request(host: FunctionsHost) -> None:
    connection = http.client.HTTPConnection(host.address, timeout=10)
    for path in ("/api/echo", "/none", "/api/crash", "/api/answers/empty", "/api/echo"):
        connection.request("GET", path)
        first = connection.sock
        connection.getresponse().read()
        assert connection.sock is first
    connection.close()
