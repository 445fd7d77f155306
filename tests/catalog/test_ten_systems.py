"""Ten other systems, each only a catalog folder, against strict stubs over real sockets."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

import pytest
from lxml import etree

from bridge.base.http_client import Client, Deadline, HttpResponse
from bridge.catalog import Catalog, Target, load
from bridge.errors import BridgeError, Conflict, Forbidden, InvalidInput, InvalidUpstreamResponse, RefusedBySystem
from bridge.outbound import Lookups, check_inputs, perform
from bridge.outbound.http_source import read_http
from sandbox.ca import Tls, create_tls
from sandbox.server import Request, Response, Route, Server
from tests.support.cases import check_each

FOLDER = Path(__file__).parent / "systems"
CATALOG: Catalog = load(built_in=FOLDER)
OWNER = ("tenant", "user", "system")
NAME = 'O\'Hara \\ "x" & ) or 1 eq 1'
Ask = Callable[..., dict[str, Any]]
Serve = Callable[..., Ask]


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return create_tls(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def serve(tls: Tls, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """`serve({"GET /path": handler})` starts a stub and returns `ask(operationId, {inputs})`."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls.ca_file))

    def start(routes: Mapping[str, Callable[[Request], Response]]) -> Ask:
        pairs = [(*key.partition(" "), handler) for key, handler in routes.items()]
        server = running.enter_context(Server([Route(method, path, one) for method, _, path, one in pairs], tls))
        lookups, client, host = Lookups(), Client(), f"localhost:{server.port}"
        running.callback(client.close)

        def ask(id_: str, raw: Mapping[str, object]) -> dict[str, Any]:
            operation = CATALOG.operations[id_]
            inputs = check_inputs(operation, raw)
            return perform(
                operation,
                inputs,
                kind=CATALOG.systems[operation.system],
                target=Target(host, "contoso"),
                access_token="the-users-token",
                lookups=lookups.find(operation, inputs, OWNER, ask),
                client=client,
                deadline=Deadline(20),
                correlation_id="the-correlation-id",
            )

        return lambda id_, raw=None: ask(id_, raw or {})

    with ExitStack() as running:
        yield start


def as_user(handler: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """The handler for requests with the user's token; 401 for others."""

    def strict(request: Request) -> Response:
        if request.bearer != "the-users-token":
            return Response.json({"error": "no token"}, status=401)
        return handler(request)

    return strict


def pages(ask: Ask, id_: str, name: str, raw: dict[str, object]) -> tuple[list[Any], dict[str, Any]]:
    """Every page of a list, and the last result."""
    result = ask(id_, raw)
    found = list(result[name])
    while "nextCursor" in result:
        result = ask(id_, {**raw, "cursor": result["nextCursor"]})
        found += result[name]
    return found, result


def test_all_ten_folders_have_no_mistakes_and_no_python() -> None:
    assert {operation.system for operation in CATALOG.operations.values()} == CATALOG.systems.keys()
    assert (len(CATALOG.systems), CATALOG.problems) == (10, ())
    assert not list(FOLDER.rglob("*.py"))


def test_servicenow_creates_an_incident_and_lists_them_by_a_total_in_a_header(serve: Serve) -> None:
    incidents = [{"number": f"INC{number}"} for number in range(5)]

    @as_user
    def listing(request: Request) -> Response:
        offset, limit = int(request.query["sysparm_offset"]), int(request.query["sysparm_limit"])
        rows = incidents[offset : offset + limit]
        return Response.json({"result": rows}, headers={"X-Total-Count": str(len(incidents))})

    @as_user
    def create(request: Request) -> Response:
        if request.json()["short_description"] == "bad":
            error = {"message": "Operation Failed", "detail": "Data Policy: Caller is mandatory"}
            return Response.json({"error": error, "status": "failure"}, status=400)
        return Response.json({"result": {"number": "INC9", "sys_id": "9"}}, status=201)

    ask = serve({"GET /api/now/table/incident": listing, "POST /api/now/table/incident": create})
    assert ask("CreateIncident", {"subject": "Printer"})["number"] == "INC9"
    assert [one["number"] for one in pages(ask, "ListMyIncidents", "incidents", {})[0]] == [
        f"INC{number}" for number in range(5)
    ]
    with pytest.raises(RefusedBySystem, match="Data Policy: Caller is mandatory"):
        ask("CreateIncident", {"subject": "bad"})


def test_successfactors_reads_what_is_mine_by_encoded_keys_and_filters(serve: Serve) -> None:
    user = "o'hara/1"

    @as_user
    def users(request: Request) -> Response:
        assert request.query["$filter"] == "userId eq getCurrentUser()"
        return Response.json({"d": {"results": [{"userId": user}]}})

    @as_user
    def person(request: Request) -> Response:
        assert unquote(request.path).endswith("/User('o''hara/1')")
        return Response.json(
            {
                "d": {
                    "defaultFullName": "Kim",
                    "hireDate": "/Date(1518652800000)/",
                    "lastModified": "/Date(1518652800000+0060)/",
                }
            }
        )

    @as_user
    def accounts(request: Request) -> Response:
        assert request.query["$filter"] == "userId eq 'o''hara/1'"
        rows = [{"timeAccountType": str(number), "balance": f"{number}.5"} for number in range(3)]
        skip = int(request.query.get("$skiptoken", 0))
        later = f"{request.base_url}{request.path}?{urlencode({**request.query, '$skiptoken': str(skip + 2)})}"
        return Response.json({"d": {"results": rows[skip : skip + 2], **({"__next": later} if skip + 2 < 3 else {})}})

    routes = {"/odata/v2/User": users, "/odata/v2/{key}": person, "/odata/v2/EmpTimeAccountBalance": accounts}
    order = ("/odata/v2/User", "/odata/v2/EmpTimeAccountBalance", "/odata/v2/{key}")
    ask = serve({f"GET {path}": routes[path] for path in order})
    moment = "2018-02-15T00:00:00+00:00"
    assert ask("GetMyPerson") == {"name": "Kim", "hired": "2018-02-15", "changed": moment}
    found, _ = pages(ask, "ListMyTimeAccounts", "accounts", {})
    assert [one["balance"] for one in found] == [0.5, 1.5, 2.5]


def test_graph_finds_no_manager_sends_a_mail_and_follows_next_links(serve: Serve) -> None:
    sent: list[Any] = []
    error = {"error": {"code": "Request_ResourceNotFound", "message": "Resource 'manager' does not exist."}}

    @as_user
    def mail(request: Request) -> Response:
        sent.append(request.json()["message"])
        if sent[-1]["subject"] == "no":
            return Response.json(
                {"error": {"code": "ErrorInvalid", "message": "The subject is not allowed."}}, status=400
            )
        return Response(202)

    @as_user
    def people(request: Request) -> Response:
        if request.headers.get("consistencylevel") != "eventual":
            return Response.json({"error": {"message": "ConsistencyLevel is needed"}}, status=400)
        assert request.query["$filter"] == "startswith(displayName,'O''Hara')"
        if "$skiptoken" in request.query:
            last = {"displayName": "C", "businessPhones": ["+1 555 0100", "+1 555 0101"]}
            return Response.json({"value": [last], "@odata.count": 3})
        link = f"{request.base_url}{request.path}?{urlencode({**request.query, '$skiptoken': 'x'})}"
        return Response.json(
            {"value": [{"displayName": "A"}, {"displayName": "B"}], "@odata.count": 3, "@odata.nextLink": link}
        )

    ask = serve(
        {
            "GET /v1.0/me/manager": lambda _: Response.json(error, status=404),
            "POST /v1.0/me/sendMail": mail,
            "GET /v1.0/users": people,
        }
    )
    assert ask("GetMyManager") == {}
    assert ask("SendMail", {"to": "kim@example.com", "subject": "Hello"})["nextStep"]
    assert sent[0]["toRecipients"] == [{"emailAddress": {"address": "kim@example.com"}}]
    with pytest.raises(RefusedBySystem, match="The subject is not allowed"):
        ask("SendMail", {"to": "kim@example.com", "subject": "no"})
    found, last = pages(ask, "SearchPeople", "people", {"name": "O'Hara"})
    assert [one["name"] for one in found] == ["A", "B", "C"]
    assert found[2]["phones"] == ["+1 555 0100", "+1 555 0101"]
    assert "truncated" not in last


def test_s4_takes_a_write_with_a_csrf_token_and_its_cookie_fetched_each_time(serve: Serve) -> None:
    given: list[str] = []

    @as_user
    def fetch(request: Request) -> Response:
        assert request.headers["x-csrf-token"] == "Fetch"
        given.append(f"token-{len(given)}")
        cookie = f"SAP_SESSIONID={given[-1]}; path=/; secure; expires=Wed, 21 Oct 2026 07:28:00 GMT"
        return Response.json({}, headers={"X-CSRF-Token": given[-1], "Set-Cookie": cookie})

    @as_user
    def approve(request: Request) -> Response:
        token = request.headers.get("x-csrf-token")
        if token != given[-1] or request.headers.get("cookie") != f"SAP_SESSIONID={token}":
            return Response.json({"error": {"message": {"value": "CSRF token validation failed"}}}, status=403)
        assert unquote(request.path).endswith("/A_PurchaseOrder('4500000001')/Approve")
        return Response.json({"d": {"Status": "Approved"}})

    base = "/sap/opu/odata/sap/API_PO"
    ask = serve({f"GET {base}/$metadata.json": fetch, f"POST {base}/{{key}}/Approve": approve})
    for _ in range(2):
        assert ask("ApproveOrder", {"orderId": "4500000001"})["status"] == "Approved"
    assert len(given) == 2, "a token in a header is never remembered"


def test_salesforce_takes_a_text_of_a_person_as_a_soql_literal(serve: Serve) -> None:
    @as_user
    def query(request: Request) -> Response:
        if request.query["q"] == "SELECT CaseNumber FROM Case WHERE Subject = 'bad'":
            return Response.json([{"message": "Sorry, no.", "errorCode": "MALFORMED_QUERY"}], status=400)
        literal = NAME.replace("\\", "\\\\").replace("'", "\\'").replace('"', '\\"')
        assert request.query["q"].endswith(f" WHERE Subject = '{literal}'")
        more = {"nextRecordsUrl": "/services/data/v59.0/query/01g-2", "done": False}
        return Response.json({"totalSize": 3, "records": [{"CaseNumber": "1"}, {"CaseNumber": "2"}], **more})

    @as_user
    def more(request: Request) -> Response:
        assert request.params["locator"] == "01g-2"
        return Response.json({"totalSize": 3, "records": [{"CaseNumber": "3"}], "done": True})

    ask = serve({"GET /services/data/v59.0/query": query, "GET /services/data/v59.0/query/{locator}": more})
    found, _ = pages(ask, "SearchCases", "cases", {"subject": NAME})
    assert [one["number"] for one in found] == ["1", "2", "3"]
    with pytest.raises(RefusedBySystem, match=r"Sorry, no\."):
        ask("SearchCases", {"subject": "bad"})


def test_a_strict_soap_service_requires_its_action_and_ws_addressing(serve: Serve) -> None:
    addressing = "{http://www.w3.org/2005/08/addressing}"
    seen: list[str] = []

    @as_user
    def booking(request: Request) -> Response:
        header = etree.fromstring(request.body)[0]
        reported = {str(child.tag).removeprefix(addressing): child.text or "" for child in header}
        assert request.headers["soapaction"] == '"urn:travel:booking/Cancel"' == f'"{reported["Action"]}"'
        assert reported["To"] == f"{request.base_url}/Booking.svc"
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", reported["MessageID"])
        seen.append(reported["MessageID"])
        return Response.xml(
            '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
            '<r:Result xmlns:r="urn:travel:results"><r:State>Cancelled</r:State></r:Result></s:Body></s:Envelope>'
        )

    ask = serve({"POST /Booking.svc": booking})
    for _ in range(2):
        assert ask("CancelTrip", {"tripId": "ABC123"})["state"] == "Cancelled"
    assert len(set(seen)) == 2


def test_a_change_goes_only_onto_the_version_that_was_read(serve: Serve) -> None:
    asset = {"owner": "kim", "etag": '"1"'}

    def read(request: Request) -> Response:
        assert request.headers["api-version"] == "2024-05-01"
        return Response.json({"owner": asset["owner"]}, headers={"ETag": asset["etag"]})

    def change(request: Request) -> Response:
        assert request.headers["api-version"] == "2024-05-01"
        assert request.headers["content-type"] == "application/merge-patch+json"
        if "if-match" not in request.headers:
            return Response.json({"message": "If-Match is needed"}, status=428)
        if request.headers["if-match"] != asset["etag"] or request.params["id"] == "2":
            return Response.json({"title": "Precondition failed", "detail": "Somebody has changed it."}, status=412)
        asset.update(request.json(), etag='"2"')
        return Response.json({"owner": asset["owner"]})

    ask = serve({"GET /api/assets/{id}": as_user(read), "PATCH /api/assets/{id}": as_user(change)})
    assert ask("ReturnAsset", {"assetId": "1"})["owner"] == "stock"
    with pytest.raises(Conflict, match=r"Somebody has changed it\.") as caught:
        ask("ReturnAsset", {"assetId": "2"})
    assert (caught.value.status, caught.value.code) == (409, "conflict")


def test_nothing_is_changed_without_the_version_to_be_changed(serve: Serve) -> None:
    def change(_: Request) -> Response:
        pytest.fail("a change without its If-Match")

    def read(_: Request) -> Response:
        return Response.json({"owner": "kim"})

    with pytest.raises(Forbidden):
        serve({"GET /api/assets/{id}": read, "PATCH /api/assets/{id}": change})("ReturnAsset", {"assetId": "1"})


KEYS = {
    "a number": ("/v1/Tasks(7)", "7"),
    "a UUID": ("https://x/api/tasks(3f2504e0-4f89-41d3-9a0c-0305e82c3301)", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"),
    "a text": ("https://x/odata/Orders('O''Hara%2F1')", "O'Hara/1"),
    "a named key": ("/odata/Orders(OrderID='A1')", "A1"),
    "two keys": ("/odata/Items(OrderID='A1',Line=2)", None),
    "no key": ("/v1/jobs/42", None),
    "half a key": ("/v1/Tasks(7", None),
}


def test_the_key_of_what_was_made_is_read_from_its_url() -> None:
    def check(case: tuple[str, str | None]) -> None:
        url, key = case
        assert read_http("header:location:key", HttpResponse(204, {"location": url}, b"")) == key

    check_each(KEYS, check)


def test_a_pdf_is_passed_on_in_base64_up_to_the_limit(serve: Serve) -> None:
    files = {str(size): b"%PDF-1.7 \x00\xff".ljust(size, b"\xfe") for size in (20, 350_000, 400_000)}
    pdf = as_user(lambda request: Response(200, files[request.params["id"]], {"Content-Type": "application/pdf"}))
    ask = serve({"GET /api/payslips/{id}/pdf": pdf})
    for size in ("20", "350000"):
        result = ask("GetPaySlipFile", {"slipId": size})
        assert base64.b64decode(result["file"]) == files[size]
        assert result["mediaType"] == "application/pdf"
    with pytest.raises(InvalidUpstreamResponse) as caught:
        ask("GetPaySlipFile", {"slipId": "400000"})
    assert caught.value.code == "answer_too_large"


def test_a_form_is_posted(serve: Serve) -> None:
    @as_user
    def order(request: Request) -> Response:
        assert request.headers["content-type"] == "application/x-www-form-urlencoded"
        assert dict(parse_qsl(request.body.decode())) == {"dish": "Fish & chips=2", "via": "bridge"}
        return Response.json({"number": 7})

    assert serve({"POST /web/order": order})("OrderLunch", {"dish": "Fish & chips=2"})["number"] == 7


def test_a_job_that_is_only_accepted_is_found_by_its_location(serve: Serve) -> None:
    where = {"Location": "/v1/jobs/job-42?view=full"}
    start = as_user(lambda _: Response(202, headers=where))
    job = as_user(lambda request: Response.json({"state": f"{request.params['id']} is running"}))
    ask = serve({"POST /v1/reports": start, "GET /v1/jobs/{id}": job})
    accepted = ask("StartReport", {"topic": "Absences"})
    assert accepted["jobId"] == "job-42"
    assert ask("GetReport", {"jobId": accepted["jobId"]})["state"] == "job-42 is running"


# --- links of a system or a caller that must not be followed


ELSEWHERE = {
    "another host": "https://evil.example/v1.0/users?$filter={filter}&$count=true&$top=2",
    "another path": "/v1.0/me/messages",
    "out of the path": "/v1.0/users/../me/messages",
    "out of the path, escaped": "/v1.0/users/%2e%2e/me/messages",
    "another filter": "/v1.0/users?$filter=startswith(displayName,'Z')&$count=true&$top=2",
    "no filter": "/v1.0/users?$count=true&$top=2",
    "a port": "https://localhost:1/v1.0/users",
}


@pytest.mark.parametrize("link", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_link_that_leads_elsewhere_is_not_followed_and_the_list_is_truncated(serve: Serve, link: str) -> None:
    def people(_: Request) -> Response:
        return Response.json({"value": [{"displayName": "A"}], "@odata.nextLink": link})

    result = serve({"GET /v1.0/users": as_user(people)})("SearchPeople", {"name": "A"})
    assert result == {"people": [{"name": "A", "phones": []}], "truncated": True}


@pytest.mark.parametrize("link", ["/v1.0/me/messages", "/v1.0/users?$filter=x", "/v1.0/users/../me", "//evil.example/"])
def test_a_cursor_that_a_caller_made_is_refused(serve: Serve, link: str) -> None:
    cursor = base64.urlsafe_b64encode(f"2 {link}".encode()).decode().rstrip("=")

    def nothing(_: Request) -> Response:
        pytest.fail("something was asked")

    with pytest.raises(InvalidInput) as caught:
        serve({"GET /v1.0/users": nothing})("SearchPeople", {"name": "A", "cursor": cursor})
    assert caught.value.fields == {"cursor": "is no cursor of this operation"}


def test_a_full_page_without_a_total_is_truncated(serve: Serve) -> None:
    two = as_user(lambda _: Response.json({"result": [{"number": "1"}, {"number": "2"}]}))
    one = as_user(lambda _: Response.json({"result": [{"number": "1"}]}))
    assert serve({"GET /api/now/table/incident": two})("ListMyIncidents")["truncated"] is True
    assert "truncated" not in serve({"GET /api/now/table/incident": one})("ListMyIncidents")


def refuse(status: int, _: Request) -> Response:
    return Response.json({"message": "No."}, status=status)


def test_every_refusal_is_a_refusal(serve: Serve) -> None:
    """A definite 4xx on a write is never reported as an unknown outcome."""
    for status in (400, 402, 404, 405, 406, 410, 411, 413, 414, 415, 422, 423, 424, 451):
        ask = serve({"POST /v1/reports": partial(refuse, status)})
        with pytest.raises(BridgeError, match=r"No\.") as caught:
            ask("StartReport", {"topic": "x"})
        assert (caught.value.status, caught.value.code) == (422, "refused_by_system"), status
    assert json.dumps(caught.value.members) == "{}"
