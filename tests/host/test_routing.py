"""The function that a request reaches."""

from __future__ import annotations

import pytest

from sandbox.functions_host.routing import Route, decode_path
from tests.host.conftest import Call

MATCHES = [
    ("api/health", "/api/health", {}),
    ("api/health", "/API/Health", {}),
    ("api/health", "/api/health/", {}),
    ("api/{system}/me", "/api/workday/me", {"system": "workday"}),
    ("api/{system}/me", "/api/Work%2Fday/me", {"system": "Work%2Fday"}),
    ("orders/{id:int}", "/orders/-12", {"id": "-12"}),
    (
        "orders/{id:guid}",
        "/orders/6f1dd0c5-0a7c-4a8e-8c4f-000000000001",
        {"id": "6f1dd0c5-0a7c-4a8e-8c4f-000000000001"},
    ),
    ("orders/{id?}", "/orders", {}),
    ("orders/{id?}", "/orders/7", {"id": "7"}),
    ("files/{*path}", "/files/a/b.txt", {"path": "a/b.txt"}),
    ("files/{*path}", "/files", {}),
    ("{name}.{kind}", "/a.json", {"name": "a", "kind": "json"}),
    (".well-known/x", "/.well-known/x", {}),
    ("", "/", {}),
]
MISSES = [
    ("api/health", "/api/healthy"),
    ("api/health", "/api//health"),
    ("api/h.alth", "/api/health"),
    ("api/{system}/me", "/api//me"),
    ("api/{system}/me", "/api/a/b/me"),
    ("orders/{id:int}", "/orders/one"),
    ("orders/{id:guid}", "/orders/6f1dd0c5"),
    ("files/{*path}", "/filesystem"),
]
TEMPLATES = [
    "/api/health",
    "~/api",
    "api//health",
    "api/{",
    "api/{a}}",
    "api/{9}",
    "api/{id:regex(^a$)}",
    "api/{id:even}",
]


@pytest.mark.parametrize(("template", "path", "values"), MATCHES)
def test_a_template_matches_and_gives_its_values(template: str, path: str, values: dict[str, str]) -> None:
    assert Route.parse(template).match("GET", path) == values


@pytest.mark.parametrize(("template", "path"), MISSES)
def test_a_template_does_not_match_another_path(template: str, path: str) -> None:
    assert Route.parse(template).match("GET", path) is None


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_that_cannot_be_served_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match="route"):
        Route.parse(template)


@pytest.mark.parametrize(
    ("raw", "decoded"),
    [("/a%20b", "/a b"), ("/a+b", "/a+b"), ("/a%2Fb%2fc", "/a%2Fb%2Fc"), ("/%C3%A9", "/é"), ("/%FF", "/%FF")],
)
def test_a_path_is_decoded_once_and_keeps_its_encoded_slashes(raw: str, decoded: str) -> None:
    assert decode_path(raw) == decoded


def test_functions_are_tried_in_alphabetical_order_whatever_is_literal(call: Call) -> None:
    """As on the real host (azure-functions-host issue 9876): `Parameter` is before `ZLiteral` and after `ALiteral`."""
    assert call("/api/known/tasks").json == {"parameter": {"system": "known"}}
    assert call("/api/first/tasks").json == {"first": {}}


def test_two_functions_share_a_route_by_method(call: Call) -> None:
    assert call("/api/orders/tasks", "POST", body=b"{}").json == {"post": {"system": "orders"}}
    assert call("/api/orders/tasks").json == {"parameter": {"system": "orders"}}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "OPTIONS", "BREW"])
def test_a_wrong_method_is_404_with_an_empty_body(call: Call, method: str) -> None:
    reply = call("/api/echo", method)
    assert (reply.status, reply.body, reply.headers["content-length"]) == (404, b"", "0")


def test_a_constraint_is_404_when_it_fails(call: Call) -> None:
    assert call("/api/items/7").json == {"item": {"id": "7"}}
    assert call("/api/items/seven").status == 404


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "PATCH"])
def test_a_route_without_methods_answers_all_of_them(call: Call, method: str) -> None:
    assert call("/files/a/b%20c", method).json == {"rest": {"path": "a/b c"}, "method": method}


def test_head_gives_the_length_but_no_body(call: Call) -> None:
    reply = call("/files/a", "HEAD")
    assert (reply.status, reply.body) == (200, b"")
    assert int(reply.headers["content-length"]) == len(call("/files/a").body) + 1  # "HEAD" is one letter more


def test_a_dotted_route_is_served(call: Call) -> None:
    assert call("/.well-known/thing.json").status == 200
