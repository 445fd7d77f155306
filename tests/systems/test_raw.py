"""The pass-through over real sockets: what it passes on, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sandbox.ca import create_tls
from sandbox.server import Response, Server
from sandbox.world import guid
from tests.e2e.kit import Bridge, Reply, Sandbox, run_app
from tests.systems.conftest import own

ROOT = "/api/tickets/raw"
OPEN = f"{ROOT}/api/now/table/incident"
Seen = tuple[str, str, Mapping[str, str], bytes]


class Target(Server):
    """A system that accepts and records every request, and returns `reply`."""

    def __init__(self, folder: Path) -> None:
        tls = create_tls(folder)
        self.ca_file = tls.ca_file
        self.seen: list[Seen] = []
        self.reply = Response.json({"result": []})
        super().__init__([], tls)

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Response:
        self.seen.append((method, target, headers, body))
        return self.reply


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with Target(tmp_path_factory.mktemp("target")) as target:
        yield target


@pytest.fixture(scope="module")
def app(sandbox: Sandbox, target: Target, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    both = tmp_path_factory.mktemp("trust") / "ca.pem"
    both.write_text(target.ca_file.read_text() + Path(sandbox.facts["ca"]).read_text())
    at = {"KIND": "servicenow", "HOST": urlsplit(target.url).netloc}
    scope = {"RESOURCE_SCOPE": f"api://{guid('app.servicenow')}/.default"}
    settings = {
        "REQUESTS_CA_BUNDLE": str(both),
        **own(
            "tickets",
            **at,
            **scope,
            RAW__PREFIXES="/api/now/table/incident /odata/People('1')",
            RAW__METHODS="GET POST PATCH",
            RAW__HEADERS="If-Match ETag X-Total-Count",
        ),
        **own("reading", **at, **scope, RAW__PREFIXES="/api"),
        **own("closed", **at, **scope),
    }
    with run_app(sandbox, settings) as bridge:
        yield bridge


@pytest.fixture(autouse=True)
def fresh(target: Target) -> None:
    target.seen.clear()
    target.reply = Response.json({"result": []})


@pytest.fixture(scope="module")
def token(sandbox: Sandbox) -> str:
    return sandbox.token()


def test_a_read_goes_with_the_callers_credential_and_nothing_else_of_the_callers(
    app: Bridge, target: Target, token: str
) -> None:
    target.reply = Response.json(
        [{"number": "INC1", "price": 1.10}],
        headers={"ETag": '"7"', "X-Total-Count": "1", "Set-Cookie": "s=1", "X-Frame-Options": "ALLOW", "Server": "x"},
    )
    headers = {"If-Match": '"7"', "Cookie": "a=b", "X-HTTP-Method-Override": "DELETE", "SOAPAction": "x", "X-Own": "y"}
    query = "sysparm_query=caller_id%3Djavascript:gs.getUserID()^active%3Dtrue&sysparm_limit=2&sysparm_limit=%C3%A9"
    reply = app.ask("GET", f"{OPEN}?{query}", token=token, headers=headers)
    assert (reply.status, reply.json) == (200, [{"number": "INC1", "price": 1.1}])
    assert b"1.1" in reply.body
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert (reply.headers["etag"], reply.headers["x-total-count"]) == ('"7"', "1")
    assert not {"set-cookie", "x-frame-options"} & reply.headers.keys()
    [(method, path, sent, body)] = target.seen
    assert (method, body) == ("GET", b"")
    assert path == (
        "/api/now/table/incident?sysparm_query=caller_id%3Djavascript:gs.getUserID()%5Eactive%3Dtrue"
        "&sysparm_limit=2&sysparm_limit=%C3%A9"
    )
    assert sent["authorization"].startswith("Bearer ey")
    assert token not in str(sent)
    assert sent["if-match"] == '"7"'
    assert not {"cookie", "x-http-method-override", "soapaction", "x-own", "x-forwarded-for"} & sent.keys()
    line = app.line(reply)
    assert (line["operation"], line["system"], line["path"]) == ("Raw", "tickets", "oauth")
    assert app.get(f"{ROOT}/odata/People('1')/Trips(2)", token).status == 200


def test_a_write_goes_through_the_ledger(app: Bridge, target: Target, token: str) -> None:
    target.reply = Response.json({"result": {"sys_id": "1"}}, status=201)
    key = {"Idempotency-Key": "raw-1"}
    body = b'{"short_description": "Caf\xc3\xa9", "big": 12345678901234567890.10}'
    first = app.ask("POST", OPEN, token=token, body=body, headers=key)
    again = app.ask("POST", OPEN, token=token, body=body, headers=key)
    other = app.ask("POST", OPEN, token=token, body={"short_description": "B"}, headers=key)
    assert (first.status, first.json) == (201, {"result": {"sys_id": "1"}})
    assert (again.status, again.json["repeated"]) == (200, True)
    assert other.outcome == (409, "idempotency_conflict")
    [(method, _, sent, seen)] = target.seen
    assert (method, sent["content-type"], seen) == ("POST", "application/json", body)
    target.reply = Response(204)
    empty = app.ask("PATCH", f"{OPEN}/1", token=token, body={"state": "2"})
    assert (empty.status, empty.body) == (204, b"")


BAD_PATH, CLOSED = (400, "invalid_input"), (403, "operation_not_open")
PATHS: dict[str, tuple[int, str | None]] = {
    "/api/now/table/incident/../sys_user": BAD_PATH,
    "/api/now/table/incident/%2e%2e/sys_user": BAD_PATH,
    "/api/now/table/incident/.%2e/sys_user": BAD_PATH,
    "/api/now/table/incident/..%2fsys_user": BAD_PATH,
    "/api/now/table/incident%2F..%2Fsys_user": BAD_PATH,
    "/api/now/table/incident%2fx": BAD_PATH,
    "/api/now/table/incident%5c..%5csys_user": BAD_PATH,
    "/api/now/table/incident/%252e%252e/sys_user": BAD_PATH,
    "/api/now/table/incident/%252f": BAD_PATH,
    "/api/now/table/incident/..;/sys_user": BAD_PATH,
    "/api/now/table/incident;x=1/y": BAD_PATH,
    "/api/now/table/incident//y": BAD_PATH,
    "/api/now/table/incident/": BAD_PATH,
    "/api/now/table/incident/./y": BAD_PATH,
    "/api/now/table/incident/...": BAD_PATH,
    "/api/now/table/incident/x%3fsysparm_query=1": BAD_PATH,
    "/api/now/table/incident/x%23y": BAD_PATH,
    "/api/now/table/incident/x%0d%0aHost:%20evil": (404, None),  # no route of the host has a line break
    "/api/now/table/incident/%C3%A9": BAD_PATH,
    "/api/now/table/incident/%20": BAD_PATH,
    "/api/now/table/incident/%ff": BAD_PATH,
    "/api/now/table/incident/$batch": BAD_PATH,
    "/api/now/table/incident/$BATCH": BAD_PATH,
    "/api/now/table/incident/%24batch": BAD_PATH,
    "/api/now/table/incident/" + "a/" * 600 + "a": BAD_PATH,
    "/api/now/table/incident/" + "a" * 201: BAD_PATH,
    "": BAD_PATH,
    "/": BAD_PATH,
    "/https://evil.example/api/now/table/incident": BAD_PATH,
    "/@evil.example/api/now/table/incident": CLOSED,
    "/api/now/table": CLOSED,
    "/api/now/table/incidents": CLOSED,
    "/api/now/table/incident_task": CLOSED,
    "/API/NOW/TABLE/INCIDENT": CLOSED,
    "/x/api/now/table/incident": CLOSED,
    "/odata/People('2')": CLOSED,
}
JSON = {"Content-Type": "application/json"}
INVALID, NOT_JSON = (400, "invalid_input"), (415, "unsupported_media_type")
REQUESTS: dict[str, tuple[str, str, bytes | None, Mapping[str, str], tuple[int, str | None]]] = {
    "a method that is not open": ("DELETE", OPEN, None, {}, CLOSED),
    "another one": ("PUT", OPEN, b"{}", JSON, CLOSED),
    "reads alone are open by default": ("POST", "/api/reading/raw/api/now", b"{}", JSON, CLOSED),
    "TRACE": ("TRACE", OPEN, None, {}, (404, None)),
    "OPTIONS": ("OPTIONS", OPEN, None, {}, (404, None)),
    "another method by a parameter": ("POST", f"{OPEN}?_HttpMethod=DELETE", b"{}", JSON, INVALID),
    "the same, encoded": ("POST", f"{OPEN}?%5fmethod=DELETE", b"{}", JSON, INVALID),
    "a parameter without a name": ("GET", f"{OPEN}?=1", None, {}, INVALID),
    "NUL in the query": ("GET", f"{OPEN}?a=%00", None, {}, INVALID),
    "a line break in the query": ("GET", f"{OPEN}?a=%0d%0aX:1", None, {}, INVALID),
    "no UTF-8 in the query": ("GET", f"{OPEN}?a=%ff", None, {}, INVALID),
    "many parameters": ("GET", f"{OPEN}?{'&'.join(f'a{n}=1' for n in range(60))}", None, {}, INVALID),
    "a long query": ("GET", f"{OPEN}?a={'b' * 5000}", None, {}, INVALID),
    "a read with a body": ("GET", OPEN, b"{}", JSON, INVALID),
    "SOAP": ("POST", OPEN, b"<soap:Envelope/>", {"Content-Type": "text/xml"}, NOT_JSON),
    "SOAP that says it is JSON": ("POST", OPEN, b"<soap:Envelope/>", JSON, INVALID),
    "a form": ("POST", OPEN, b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}, NOT_JSON),
    "parts": ("POST", OPEN, b"--x", {"Content-Type": "multipart/mixed; boundary=x"}, NOT_JSON),
    "a body without a type": ("POST", OPEN, b"{}", {"Content-Type": ""}, NOT_JSON),
    "a member twice": ("POST", OPEN, b'{"a":1,"a":2}', JSON, INVALID),
    "NaN": ("POST", OPEN, b'{"a":NaN}', JSON, INVALID),
    "UTF-16": ("POST", OPEN, '{"a":1}'.encode("utf-16"), JSON, INVALID),
    "neither object nor list": ("POST", OPEN, b'"x"', JSON, INVALID),
    "a large body": ("POST", OPEN, b"[" + b"1," * 140_000 + b"1]", JSON, (413, "payload_too_large")),
    "a header that is not ASCII": ("GET", OPEN, None, {"If-Match": "\xe9"}, (400, None)),  # by the host
    "a long header": ("GET", OPEN, None, {"If-Match": "a" * 1100}, INVALID),
    "a system that opens nothing": ("GET", "/api/closed/raw/api/now", None, {}, (404, None)),
    "a system that is not there": ("GET", "/api/nobody/raw/api/now", None, {}, (404, None)),
}  # fmt: skip


def reported(reply: Reply) -> tuple[int, str | None]:
    """Status and code; no code if the host itself returns the response, as for an unknown route."""
    return reply.status, reply.code if reply.headers.get("content-type", "").startswith("application/problem") else None


def test_what_is_not_open_or_not_plain_never_leaves_the_bridge(app: Bridge, target: Target, token: str) -> None:
    wrong = {}
    for path, expected in PATHS.items():
        got = reported(app.get(f"{ROOT}{path}", token))
        if got != expected:
            wrong[path] = got
    for name, (method, path, body, headers, expected) in REQUESTS.items():
        got = reported(app.ask(method, path, token=token, body=body, headers=headers))
        if got != expected:
            wrong[name] = got
    assert not wrong
    assert app.get(OPEN).outcome[0] == 401
    assert target.seen == []


def big(size: int) -> bytes:
    return json.dumps(["x" * size]).encode()


HTML = Response.html("<script>alert(1)</script>")
RESPONSES: dict[str, tuple[str, Response, tuple[int, str | None]]] = {
    "HTML": ("GET", HTML, (502, "upstream_invalid_response")),
    "SOAP": ("GET", Response.xml("<soap:Envelope/>"), (502, "upstream_invalid_response")),
    "JSON that says it is HTML": ("GET", Response.html('{"a": 1}'), (502, "upstream_invalid_response")),
    "HTML that says it is JSON": ("GET", Response.text("<p>", "application/json"), (502, "upstream_invalid_response")),
    "a scalar": ("GET", Response.json("x"), (502, "upstream_invalid_response")),
    "too much": ("GET", Response.text(big(600_000).decode(), "application/json"), (502, "answer_too_large")),
    "a refused credential": ("GET", Response.json({}, status=401), (424, "bridge_misconfigured")),
    "no permission": ("GET", Response.json({}, status=403), (403, "not_permitted_by_system")),
    "not found": ("GET", Response.json({}, status=404), (422, "refused_by_system")),
    "elsewhere": ("GET", Response(302, headers={"Location": "https://evil.example"}), (424, "bridge_misconfigured")),
    "a fault": ("GET", Response.json({}, status=500), (502, "upstream_invalid_response")),
    "a fault of a write": ("POST", Response.json({}, status=500), (409, "outcome_unknown")),
    "HTML for a write": ("POST", HTML, (409, "outcome_unknown")),
    "a conflict": ("POST", Response.json({}, status=412), (409, "conflict")),
}


def test_the_response_is_json_or_a_problem(app: Bridge, target: Target, token: str) -> None:
    wrong = {}
    for name, (method, response, expected) in RESPONSES.items():
        target.reply = response
        body = {"name": name} if method == "POST" else None
        reply = app.ask(method, OPEN, token=token, body=body)
        if reported(reply) != expected or b"<" in reply.body:
            wrong[name] = reported(reply)
    assert not wrong
    assert any(seen[2]["authorization"] for seen in target.seen)
