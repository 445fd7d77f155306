"""The request that a function gets, and the requests that the server refuses."""

from __future__ import annotations

import pytest

from sandbox.functions_host import FunctionsHost
from sandbox.functions_host.server import MAX_HEADERS_TOTAL, MAX_REQUEST_LINE
from tests.host.conftest import Call, Send


@pytest.mark.parametrize(
    ("query", "params"),
    [
        ("x=1&x=2", {"x": "1,2"}),
        ("x=1&X=2", {"x": "1,2"}),
        ("x=", {}),
        ("x", {}),
        ("x=&x=2", {"x": "2"}),
        ("q=a+b%26c", {"q": "a b&c"}),
        ("%C3%A9=%E2%82%AC", {"é": "€"}),
    ],
)
def test_query_keys_are_joined_and_empty_values_dropped(call: Call, query: str, params: dict[str, str]) -> None:
    assert call(f"/api/echo?{query}").json["params"] == params


def test_header_names_are_lower_case_and_repeated_ones_joined(send: Send) -> None:
    reply = send(b"GET /api/echo HTTP/1.1\r\nHost: h\r\nX-Two: a\r\nx-two: b\r\nX-UTF: \xc3\xa9\r\nX-Empty:\r\n\r\n")
    assert reply.json["headers"] == {"host": "h", "x-two": "a,b", "x-utf": "é", "x-empty": ""}


def test_the_url_carries_the_host_header_as_sent(send: Send) -> None:
    reply = send(b"GET /api/echo?a=%20 HTTP/1.1\r\nHost: evil.example\r\n\r\n")
    assert reply.json["url"] == "http://evil.example/api/echo?a=%20"


def test_a_body_arrives_byte_by_byte(call: Call) -> None:
    assert call("/api/echo", "POST", body=bytes(range(256))).json["body"] == bytes(range(256)).decode("latin-1")


def test_a_chunked_body_arrives_empty_and_the_connection_goes_on(send: Send) -> None:
    chunked = b"POST /api/echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n"
    assert send(chunked).json["body"] == ""
    assert send(b"GET /none HTTP/1.1\r\nHost: h\r\n\r\n" + chunked).status == 404


def test_a_client_that_waits_for_100_continue_is_answered(send: Send) -> None:
    head = b"POST /api/echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    assert send(head + b"{}").json["body"] == "{}"


def get(*headers: bytes, target: bytes = b"/api/echo", version: bytes = b"1.1") -> bytes:
    """A GET with these header lines."""
    return b"\r\n".join([b"GET " + target + b" HTTP/" + version, *headers, b"", b""])


def post(*headers: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join([b"POST /api/echo HTTP/1.1", HOST, *headers, b"", body])


HOST = b"Host: h"
CHUNKED = b"Transfer-Encoding: chunked"
REFUSED = {
    "not HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400),
    "HTTP/2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "unknown version": (get(HOST, version=b"1.2"), 505),
    "no version": (b"GET /api/echo\r\n\r\n", 400),
    "empty line": (b"\r\n", 400),
    "two spaces": (b"GET  /api/echo HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "long request line": (get(HOST, target=b"/" + b"a" * MAX_REQUEST_LINE), 414),
    "target without a slash": (get(HOST, target=b"api/echo"), 400),
    "absolute target of another host": (get(HOST, target=b"http://other/api/echo"), 400),
    "absolute target of another scheme": (get(HOST, target=b"ftp://h/api/echo"), 400),
    "no Host": (get(b"A: b"), 400),
    "two Hosts": (get(HOST, HOST), 400),
    "space before the colon": (get(HOST, b"X-A : 1"), 400),
    "folded header": (get(HOST, b"X-A: 1", b"  2"), 400),
    "space before the first header": (get(b" X-A: 1", HOST), 400),
    "NUL in a header": (get(HOST, b"X-A: a\0b"), 400),
    "CR in a header": (get(HOST, b"X-A: a\rb"), 400),
    "no colon": (get(HOST, b"X-A"), 400),
    "no name": (get(HOST, b": 1"), 400),
    "too many headers": (get(HOST, *[b"A: b"] * 200), 431),
    "headers too large": (get(HOST, b"A: " + b"b" * MAX_HEADERS_TOTAL), 431),
    "header not UTF-8": (get(HOST, b"A: \xff"), 400),
    "length not a number": (post(b"Content-Length: -1"), 400),
    "two lengths": (post(b"Content-Length: 1", b"Content-Length: 2"), 400),
    "length and chunks": (post(b"Content-Length: 1", CHUNKED), 400),
    "chunk not a number": (post(CHUNKED, body=b"zz\r\n"), 400),
    "body too long": (post(b"Content-Length: 104857601"), 413),
    "chunk too long": (post(CHUNKED, body=b"ffffffff\r\n"), 413),
}


@pytest.mark.parametrize(("data", "status"), REFUSED.values(), ids=REFUSED.keys())
def test_the_server_refuses_with_an_empty_body_and_hangs_up(send: Send, data: bytes, status: int) -> None:
    reply = send(data)
    assert (reply.status, reply.body, reply.headers["connection"]) == (status, b"", "close")


def test_an_absolute_target_is_read_as_its_path(send: Send) -> None:
    reply = send(get(HOST, target=b"http://h/api/echo?a=1"))
    assert (reply.json["url"], reply.json["params"]) == ("http://h/api/echo?a=1", {"a": "1"})


def test_an_older_client_needs_no_host(send: Send) -> None:
    assert send(get(b"A: b", version=b"1.0")).json["url"] == "http:///api/echo"


@pytest.mark.parametrize("target", [b"//api/echo", b"/api//echo", b"/api/echo//"])
def test_an_empty_segment_is_404(send: Send, target: bytes) -> None:
    assert send(get(HOST, target=target)).status == 404


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_the_root_is_the_hosts_home_page(call: Call, method: str) -> None:
    reply = call("/", method)
    assert (reply.status, reply.headers["content-type"], bool(reply.body)) == (200, "text/html", method != "HEAD")


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/keyed", {}, 401),
        ("/api/keyed", {"x-functions-key": "wrong"}, 401),
        ("/api/keyed?code=wrong", {}, 401),
        ("/api/keyed", {"x-functions-key": "the key"}, 200),
        ("/api/keyed?code=the+key", {}, 200),
        ("/api/echo", {}, 200),
    ],
)
def test_a_function_key_guards_the_functions_that_ask_for_one(
    host: FunctionsHost, call: Call, monkeypatch: pytest.MonkeyPatch, path: str, headers: dict[str, str], status: int
) -> None:
    monkeypatch.setattr(host._server, "function_key", "the key")
    assert call(path, headers=headers).status == status


def test_without_a_configured_key_every_function_is_open(call: Call) -> None:
    assert call("/api/keyed").status == 200
