"""What comes back from a function, and how calls run."""

from __future__ import annotations

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


@pytest.mark.parametrize("path", ["/api/crash", "/api/answers/unknown", "/api/answers/accent", "/api/answers/split"])
def test_an_uncaught_exception_is_500_with_an_empty_body(
    call: Call, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    with caplog.at_level(logging.ERROR):
        reply = call(path)
    assert (reply.status, reply.body) == (500, b"")
    assert "set-cookie" not in reply.headers
    assert "(Failed)" in caplog.text


def test_a_handler_that_asks_for_it_gets_its_context(call: Call) -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    one = call("/api/context", headers={"traceparent": parent, "tracestate": "a=b"}).json
    two = call("/api/context", headers={"traceparent": "nonsense"}).json
    assert (one["function"], one["traceState"], two["traceState"]) == ("Told", "a=b", "")
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
