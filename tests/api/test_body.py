"""Each input is in one place of the request, once."""

from __future__ import annotations

import pytest

from bridge.api.body import MAX_BODY_BYTES, raw_inputs
from bridge.api.message import Request
from bridge.errors import BridgeError, InvalidInput
from tests.support.cases import for_each
from tests.support.raised import raised

JSON = {"content-type": "application/json"}


def request(method: str, body: bytes = b"", *, query: str = "", path: dict[str, str] | None = None) -> Request:
    """A request as the Functions host gives it: the values of a repeated name are joined by commas."""
    values: dict[str, str] = {}
    for name, _, value in (pair.partition("=") for pair in query.split("&") if pair):
        values[name] = f"{values[name]},{value}" if name in values else value
    url = f"https://bridge.example/api/x?{query}"
    return Request(method, JSON if body else {}, values, path or {}, body, url=url)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_method_with_a_body_takes_nothing_from_the_query(method: str) -> None:
    for body in (b"", b'{"lastName": "Vance"}'):
        error = raised(InvalidInput, raw_inputs, request(method, body, query="firstName=Ann&firstName=Mallory"))
        assert error.fields == {"firstName": "Send it as a member of the JSON body."}
    assert raw_inputs(request(method, b'{"a": 1}', path={"id": "7"})) == {"a": 1, "id": "7"}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_repeated_name_in_the_query_is_refused_and_a_comma_is_not(method: str) -> None:
    assert raw_inputs(request(method, query="name=Ann,Mallory&page=2")) == {"name": "Ann,Mallory", "page": "2"}
    for query in ("name=Ann&name=Mallory", "name=Ann&name=Ann", "name=&name=Ann", "name=Ann&na%6De=Mallory"):
        assert raised(InvalidInput, raw_inputs, request(method, query=query)).fields == {"name": "Send it once."}


def test_a_name_of_the_path_is_refused_in_any_other_place() -> None:
    for sent in (request("GET", query="id=8", path={"id": "7"}), request("POST", b'{"id": 8}', path={"id": "7"})):
        assert set(raised(InvalidInput, raw_inputs, sent).fields or ()) == {"id"}


LARGE = b'{"a": "' + b"x" * MAX_BODY_BYTES + b'"}'


@for_each(
    {
        "a list": (request("POST", b"[]"), 400),
        "null": (request("POST", b"null"), 400),
        "a name twice": (request("POST", b'{"a": 1, "a": 2}'), 400),
        "too deep": (request("POST", b"{" * 5000), 400),
        "too large": (request("POST", LARGE), 413),
        "no JSON by its media type": (Request("POST", {"content-type": "text/plain"}, body=b"{}"), 415),
    }
)
def test_a_body_is_one_json_object_of_bounded_size(sent: Request, status: int) -> None:
    assert raised(BridgeError, raw_inputs, sent).status == status
