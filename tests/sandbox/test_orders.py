"""`orders`: an API that accepts Entra's access tokens for itself only."""

from typing import Any

import pytest
import requests

from sandbox.entra import Entra
from sandbox.world import contoso

WORLD = contoso()
FOR_ORDERS = {"audience": WORLD.orders.client_id, "scope": "Orders.ReadWrite", "client": WORLD.bridge.client_id}


@pytest.fixture
def call(trusting: requests.Session, orders: str, tenant: Entra) -> Any:
    """`call(method, path, wanted, …)` with a token for `orders`, changed by `wanted`."""

    def send(method: str, path: str = "/orders", wanted: Any = None, **more: Any) -> requests.Response:
        token = tenant.token(**FOR_ORDERS | (wanted or {}))
        headers = {"Authorization": f"Bearer {token}"}
        return trusting.request(method, orders + path, headers=headers, timeout=5, **more)

    return send


def test_orders_can_be_listed_by_status(call: Any) -> None:
    everything = call("GET").json()["orders"]
    assert [order["status"] for order in everything] == ["shipped", "open"]
    assert call("GET", "/orders?status=open").json()["orders"] == everything[1:]


def test_a_new_order_is_read_back(call: Any) -> None:
    note = "\u202e]]><b>&amp; 🎁"
    made = call("POST", json={"item": "Chair", "quantity": 2, "note": note})
    order = made.json()
    assert made.status_code == 201
    assert (order["item"], order["quantity"], order["status"], order["note"]) == ("Chair", 2, "open", note)
    assert call("GET", f"/orders/{order['id']}").json() == order
    assert order in call("GET", "/orders?status=open").json()["orders"]


def test_each_user_has_their_own_orders(call: Any) -> None:
    order = call("POST", json={"item": "Chair", "quantity": 1}).json()
    assert call("GET", f"/orders/{order['id']}", {"user": "alex"}).status_code == 404
    assert order not in call("GET", wanted={"user": "alex"}).json()["orders"]


REFUSED_TOKENS: dict[str, tuple[int, str, dict[str, Any]]] = {
    "for the bridge": (401, "invalid_token", {"audience": WORLD.bridge.client_id}),
    "audience by App ID URI": (401, "invalid_token", {"audience": WORLD.orders.identifiers[0]}),
    "version 1": (401, "invalid_token", {"version": 1}),
    "another tenant": (401, "invalid_token", {"claims": {"iss": "https://login.microsoftonline.com/x/v2.0"}}),
    "expired": (401, "invalid_token", {"expires_in": -1}),
    "not yet valid": (401, "invalid_token", {"claims": {"nbf": 32_503_680_000}}),
    "a signature with an unknown key": (401, "invalid_token", {"sign": "other-key"}),
    "no signature": (401, "invalid_token", {"sign": "none"}),
    "an unknown key": (401, "invalid_token", {"header": {"kid": "x"}}),
    "another scope": (403, "insufficient_scope", {"scope": "Orders.ReadWrite.All access_as_user"}),
    "app-only": (403, "insufficient_scope", {"claims": {"scp": None, "roles": ["Orders.ReadWrite"]}}),
}


@pytest.mark.parametrize(("status", "error", "wanted"), REFUSED_TOKENS.values(), ids=REFUSED_TOKENS)
def test_refused_tokens(call: Any, status: int, error: str, wanted: dict[str, Any]) -> None:
    answer = call("GET", wanted=wanted)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["WWW-Authenticate"].startswith(f'Bearer error="{error}"')


@pytest.mark.parametrize("authorization", [None, "Bearer abc", "Basic abc"])
def test_no_token_at_all(trusting: requests.Session, orders: str, authorization: str | None) -> None:
    answer = trusting.get(f"{orders}/orders", headers={"Authorization": authorization}, timeout=5)
    assert answer.status_code == 401


BAD_ORDERS: dict[str, tuple[Any, set[str]]] = {
    "nothing": ({}, {"item", "quantity"}),
    "not an object": ([], {"item", "quantity"}),
    "wrong types": ({"item": 1, "quantity": "2", "note": 3}, {"item", "quantity", "note"}),
    "a boolean is no number": ({"item": "x", "quantity": True}, {"quantity"}),
    "out of bounds": ({"item": "", "quantity": 1001}, {"item", "quantity"}),
    "an unknown field": ({"item": "x", "quantity": 1, "status": "shipped"}, {"status"}),
}


@pytest.mark.parametrize(("order", "fields"), BAD_ORDERS.values(), ids=BAD_ORDERS)
def test_a_wrong_order_names_every_field(call: Any, order: Any, fields: set[str]) -> None:
    answer = call("POST", json=order)
    assert answer.status_code == 400
    assert {field["field"] for field in answer.json()["fields"]} == fields


def test_an_unknown_status_is_refused(call: Any) -> None:
    assert call("GET", "/orders?status=lost").status_code == 400


def test_faults_and_counts_know_rest(call: Any, trusting: requests.Session, orders: str) -> None:
    trusting.post(f"{orders}/sandbox/faults", json={"endpoint": "rest", "status": 503, "times": 1}, timeout=5)
    assert [call("GET").status_code for _ in range(2)] == [503, 200]
    assert trusting.get(f"{orders}/sandbox/stats", timeout=5).json()["endpoints"] == {"rest": 2}
