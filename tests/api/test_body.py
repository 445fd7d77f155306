"""Where inputs may come from: one place each, once each."""

from __future__ import annotations

import json

import pytest

from bridge.api.body import MAX_BODY_BYTES, raw_inputs
from bridge.api.message import Request
from bridge.errors import BridgeError, InvalidInput

JSON = {"content-type": "application/json"}


def request(method: str, body: bytes = b"", *, query: str = "", path: dict[str, str] | None = None) -> Request:
    """A request as the host hands it over: a name's values joined by commas."""
    values: dict[str, str] = {}
    for name, _, value in (pair.partition("=") for pair in query.split("&") if pair):
        values[name] = f"{values[name]},{value}" if name in values else value
    url = f"https://bridge.example/api/x?{query}"
    return Request(method, JSON if body else {}, values, path or {}, body, url=url)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_method_with_a_body_takes_nothing_from_the_query(method: str) -> None:
    for body in (b"", b'{"lastName": "Vance"}'):
        with pytest.raises(InvalidInput) as refused:
            raw_inputs(request(method, body, query="firstName=Ann&firstName=Mallory"))
        assert refused.value.fields == {"firstName": "Send it as a member of the JSON body."}
    assert raw_inputs(request(method, b'{"a": 1}', path={"id": "7"})) == {"a": 1, "id": "7"}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_name_that_comes_twice_in_the_query_is_refused_and_a_comma_is_not(method: str) -> None:
    assert raw_inputs(request(method, query="name=Ann,Mallory&page=2")) == {"name": "Ann,Mallory", "page": "2"}
    for query in ("name=Ann&name=Mallory", "name=Ann&name=Ann", "name=&name=Ann", "name=Ann&na%6De=Mallory"):
        with pytest.raises(InvalidInput) as refused:
            raw_inputs(request(method, query=query))
        assert refused.value.fields == {"name": "Send it once."}


def test_a_name_of_the_path_comes_nowhere_else() -> None:
    for sent in (request("GET", query="id=8", path={"id": "7"}), request("POST", b'{"id": 8}', path={"id": "7"})):
        with pytest.raises(InvalidInput) as refused:
            raw_inputs(sent)
        assert set(refused.value.fields or ()) == {"id"}


@pytest.mark.parametrize(
    "body",
    [b"[]", b"1", b"null", b'{"a": 1, "a": 2}', b'{"a": NaN}', b'{"a": 1e999}', b'{"a": "\xff"}', b"{" * 5000],
    ids=lambda body: repr(body)[:20],
)
def test_a_body_that_is_no_plain_json_object_is_400(body: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        raw_inputs(request("POST", body))
    assert refused.value.status == 400


def test_size_and_media_type() -> None:
    with pytest.raises(BridgeError) as large:
        raw_inputs(request("POST", json.dumps({"a": "x" * MAX_BODY_BYTES}).encode()))
    assert large.value.status == 413
    with pytest.raises(BridgeError) as form:
        raw_inputs(Request("POST", {"content-type": "text/plain"}, body=b"{}"))
    assert form.value.status == 415
