"""The HTTPS base of the sandbox, its faults and its counts, over real sockets."""

import http.client
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import requests

from sandbox.ca import Tls
from sandbox.controls import Controls
from sandbox.server import MAX_BODY_BYTES, Request, Response, Route, Server


class Work:
    """A handler that counts its calls."""

    def __init__(self) -> None:
        self.done = 0

    def __call__(self, request: Request) -> Response:
        self.done += 1
        return Response.json({"work": self.done})


def echo(request: Request) -> Response:
    return Response.json({"params": dict(request.params), "query": dict(request.query), "base": request.base_url})


def fail(request: Request) -> Response:
    raise RuntimeError("a secret")


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def server(tls: Tls, work: Work) -> Iterator[Server]:
    controls = Controls("rest", "soap")
    routes = [
        controls.route("POST", "/work", work, endpoint="rest", classify=lambda r: ("operations", r.query["name"])),
        controls.route("POST", "/other", work, endpoint="soap"),
        Route("GET", "/echo/{first}/to/{second}", echo),
        Route("POST", "/form", lambda request: Response.json(request.form)),
        Route("GET", "/bearer", lambda request: Response.json(request.bearer)),
        Route("GET", "/fail", fail),
    ]
    with Server([*routes, *controls.routes()], tls) as running:
        yield running


@pytest.fixture
def call(server: Server, trusting: requests.Session) -> Any:
    """`call(method, path, …)` to the server; dropped connections raise `ConnectionError`."""

    def send(method: str, path: str, **more: Any) -> requests.Response:
        return trusting.request(method, server.url + path, timeout=5, **more)

    return send


def work_once(call: Any) -> requests.Response:
    answer: requests.Response = call("POST", "/work?name=Sweep")
    return answer


# Routes and messages


def test_path_segments_and_query_are_decoded(call: Any, server: Server) -> None:
    assert call("GET", "/echo/a%20b/to/c%2Fd?x=%C3%BC&y=").json() == {
        "params": {"first": "a b", "second": "c/d"},
        "query": {"x": "ü", "y": ""},
        "base": server.url,
    }


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/echo/a/to/b/c", 404), ("GET", "/echo/a/to/", 404), ("GET", "/", 404), ("DELETE", "/form", 405)],
)
def test_unknown_paths_and_methods(call: Any, method: str, path: str, status: int) -> None:
    assert call(method, path).status_code == status


def test_a_wrong_method_is_reported_the_right_ones(call: Any) -> None:
    assert call("PUT", "/sandbox/faults").headers["Allow"] == "DELETE, GET, POST"


@pytest.mark.parametrize("body", ["a=1&a=2", "\xff".encode("latin-1"), "a"], ids=["repeated", "not ascii", "no value"])
def test_a_form_that_cannot_be_read_is_refused(call: Any, body: str | bytes) -> None:
    answer = call("POST", "/form", data=body)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_form_keeps_empty_values(call: Any) -> None:
    assert call("POST", "/form", data="a=&b=%2B+").json() == {"a": "", "b": "+ "}


@pytest.mark.parametrize(
    ("authorization", "token"),
    [("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("Bearer", None), ("Basic abc", None), (None, None)],
)
def test_bearer(call: Any, authorization: str | None, token: str | None) -> None:
    assert call("GET", "/bearer", headers={"Authorization": authorization}).json() == token


def test_a_failing_handler_answers_500_without_its_reason(call: Any, capsys: pytest.CaptureFixture[str]) -> None:
    answer = call("GET", "/fail")
    assert answer.status_code == 500
    assert "a secret" not in answer.text
    assert "RuntimeError: a secret" in capsys.readouterr().err


REFUSED_BODIES = {
    "chunked": ("Transfer-Encoding", "chunked", 411),
    "no number": ("Content-Length", "-1", 411),
    "over the limit": ("Content-Length", str(MAX_BODY_BYTES + 1), 413),
}


@pytest.mark.parametrize(("name", "value", "status"), REFUSED_BODIES.values(), ids=REFUSED_BODIES)
def test_a_body_is_refused_before_it_is_read(
    connection: http.client.HTTPSConnection, name: str, value: str, status: int
) -> None:
    connection.putrequest("POST", "/form")
    connection.putheader(name, value)
    connection.endheaders()
    assert connection.getresponse().status == status


# TLS and connections


@pytest.fixture
def connection(server: Server, tls: Tls) -> Iterator[http.client.HTTPSConnection]:
    context = ssl.create_default_context(cafile=str(tls.ca_file))
    context.verify_flags |= ssl.VERIFY_X509_STRICT  # the default from Python 3.13 on
    with closing(http.client.HTTPSConnection("localhost", server.port, timeout=5, context=context)) as opened:
        yield opened


def has_ipv6_loopback() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_the_certificate_is_good_for_each_name_of_loopback(
    trusting: requests.Session, server: Server, host: str
) -> None:
    if host == "[::1]" and not has_ipv6_loopback():
        pytest.skip("no IPv6 here")
    assert trusting.get(f"https://{host}:{server.port}/echo/a/to/b", timeout=5).status_code == 200


def test_no_public_authority_has_signed_the_certificate(server: Server) -> None:
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=5) as plain,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")


def test_a_connection_is_kept(connection: http.client.HTTPSConnection) -> None:
    ports = set()
    for _ in range(3):
        connection.request("GET", "/echo/a/to/b")
        ports.add(connection.sock.getsockname()[1])
        connection.getresponse().read()
    assert len(ports) == 1


def test_a_silent_client_blocks_no_other(call: Any, server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port)):
        assert call("GET", "/echo/a/to/b").status_code == 200


def test_stop_ends_connections_that_are_kept(tls: Tls, server: Server, connection: http.client.HTTPSConnection) -> None:
    second = Server([Route("GET", "/echo/{first}/to/{second}", echo)], tls).start()
    connection.port = second.port
    connection.request("GET", "/echo/a/to/b")
    connection.getresponse().read()
    second.stop()
    assert connection.sock.recv(1) == b""


# Faults

FAULTS = {
    "status alone": ({"status": 503}, 503, ""),
    "text": ({"status": 502, "body": "<html>"}, 502, "<html>"),
    "text alone is a 200": ({"body": "<html>"}, 200, "<html>"),
    "json": ({"status": 400, "body": {"error": "x"}}, 400, '{"error": "x"}'),
    "headers alone": ({"headers": {"retry-after": "7"}}, 200, ""),
}


@pytest.mark.parametrize(("fault", "status", "body"), FAULTS.values(), ids=FAULTS)
def test_a_fault_answers_in_place_of_the_work(call: Any, work: Work, fault: Any, status: int, body: str) -> None:
    assert call("POST", "/sandbox/faults", json={"endpoint": "rest", "times": 1, **fault}).status_code == 204
    answer = work_once(call)
    assert (answer.status_code, answer.text, work.done) == (status, body, 0)
    assert work_once(call).json() == {"work": 1}


def test_headers_of_a_fault_replace_the_usual_ones(call: Any) -> None:
    headers = {"content-type": "text/plain", "Retry-After": "7"}
    call("POST", "/sandbox/faults", json={"endpoint": "rest", "status": 429, "body": "slow", "headers": headers})
    answer = work_once(call)
    assert (answer.headers["Content-Type"], answer.headers["Retry-After"]) == ("text/plain", "7")


@pytest.mark.parametrize(("drop", "done"), [("before", 0), ("after", 1)])
def test_drop_closes_the_connection_before_or_after_the_work(call: Any, work: Work, drop: str, done: int) -> None:
    call("POST", "/sandbox/faults", json={"endpoint": "rest", "drop": drop, "times": 1})
    with pytest.raises(requests.ConnectionError):
        work_once(call)
    assert work.done == done
    assert work_once(call).status_code == 200


def test_a_delay_alone_delays_and_works(call: Any, work: Work) -> None:
    call("POST", "/sandbox/faults", json={"endpoint": "rest", "delay_seconds": 0.2})
    started = time.monotonic()
    assert work_once(call).json() == {"work": 1}
    assert time.monotonic() - started >= 0.2


def test_times_counts_the_calls_that_a_fault_meets(call: Any) -> None:
    call("POST", "/sandbox/faults", json={"endpoint": "rest", "status": 503, "times": 2})
    assert [work_once(call).status_code for _ in range(3)] == [503, 503, 200]


@pytest.mark.parametrize("times", [{"times": 0}, {"times": None}, {}], ids=["0", "null", "not given"])
def test_an_endless_fault_lasts_until_it_is_cleared(call: Any, times: dict[str, None]) -> None:
    call("POST", "/sandbox/faults", json={"endpoint": "rest", "status": 503, **times})
    assert {work_once(call).status_code for _ in range(5)} == {503}
    call("DELETE", "/sandbox/faults")
    assert work_once(call).status_code == 200


def test_the_next_fault_replaces_an_endless_one(call: Any) -> None:
    for status in (500, 502):
        call("POST", "/sandbox/faults", json={"endpoint": "rest", "status": status})
    assert {work_once(call).status_code for _ in range(3)} == {502}


def test_faults_are_met_in_their_order_and_at_their_endpoint_only(call: Any) -> None:
    for status in (500, 502):
        call("POST", "/sandbox/faults", json={"endpoint": "rest", "status": status, "times": 1})
    assert call("POST", "/other").status_code == 200
    assert [work_once(call).status_code for _ in range(3)] == [500, 502, 200]


def test_a_fault_may_be_for_one_body_only(call: Any) -> None:
    call("POST", "/sandbox/faults", json={"endpoint": "rest", "status": 503, "times": 1, "contains": "this one"})
    assert work_once(call).status_code == 200
    assert [fault["contains"] for fault in call("GET", "/sandbox/faults").json()] == ["this one"]
    assert call("POST", "/work?name=Sweep", data="and this one too").status_code == 503
    assert call("GET", "/sandbox/faults").json() == []


def test_null_means_not_given(call: Any) -> None:
    nulls = {"status": None, "delay_seconds": None, "body": None, "headers": None, "drop": None}
    assert call("POST", "/sandbox/faults", json={"endpoint": "rest", **nulls}).status_code == 204
    assert work_once(call).json() == {"work": 1}


BAD_FAULTS = {
    "no endpoint": {"status": 503},
    "a null endpoint": {"endpoint": None, "status": 503},
    "unknown endpoint": {"endpoint": "token", "status": 503},
    "unknown field": {"endpoint": "rest", "statuss": 503},
    "a delay that is no number": {"endpoint": "rest", "delay_seconds": "long"},
    "unknown drop": {"endpoint": "rest", "drop": "now"},
    "not an object": ["rest"],
}


@pytest.mark.parametrize("fault", BAD_FAULTS.values(), ids=BAD_FAULTS)
def test_an_impossible_fault_is_refused(call: Any, fault: Any) -> None:
    assert call("POST", "/sandbox/faults", json=fault).status_code == 400


# Counts


def test_counts_include_calls_that_met_a_fault(call: Any) -> None:
    call("POST", "/sandbox/faults", json={"endpoint": "rest", "drop": "before", "times": 1})
    with pytest.raises(requests.ConnectionError):
        work_once(call)
    work_once(call)
    assert call("GET", "/sandbox/stats").json() == {
        "endpoints": {"rest": 2, "soap": 0},
        "grants": {},
        "operations": {"Sweep": 2},
    }


def test_counts_start_again_when_deleted(call: Any) -> None:
    work_once(call)
    call("DELETE", "/sandbox/stats")
    assert call("GET", "/sandbox/stats").json()["endpoints"] == {"rest": 0, "soap": 0}
