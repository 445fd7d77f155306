"""`orders`: a small system that accepts Entra's access tokens, for the path `oauth`."""

import datetime
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.ca import Tls
from sandbox.controls import Controls
from sandbox.jws import FindKey, Jws, JwsError, is_current
from sandbox.server import Handler, Request, Response, Server
from sandbox.systems.common import Refused, answering
from sandbox.world import World

STATUSES = ("open", "shipped")


def _refused(status: int, code: str, description: str) -> Refused:
    challenge = f'Bearer error="{code}", error_description="{description}"'
    headers = {"WWW-Authenticate": challenge} if status in (401, 403) else {}
    body = {"error": code, "error_description": description}
    return Refused(Response.json(body, status=status, headers=headers))


@dataclass(slots=True)
class Orders:
    """Each user sees and makes only their own orders."""

    world: World
    find_key: FindKey
    _by_user: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def server(self, tls: Tls, *, port: int = 0) -> Server:
        """Bound, not yet started."""
        controls = Controls("rest")
        routes = [
            controls.route(method, path, self._as_user(handler), endpoint="rest")
            for method, path, handler in (
                ("GET", "/orders", self._list),
                ("POST", "/orders", self._create),
                ("GET", "/orders/{id}", self._get),
            )
        ]
        return Server([*routes, *controls.routes()], tls, port=port)

    def _as_user(self, handler: Callable[[Request, list[dict[str, Any]]], Response]) -> Handler:
        def answer(request: Request) -> Response:
            oid = self._caller(request)
            with self._lock:
                return handler(request, self._by_user.setdefault(oid, _first_orders()))

        return answering(answer)

    def _caller(self, request: Request) -> str:
        """The `oid` of a user's access token for this API."""
        if request.bearer is None:
            raise _refused(401, "invalid_token", "No access token was sent.")
        try:
            jws = Jws.parse(request.bearer)
        except JwsError as error:
            raise _refused(401, "invalid_token", "The token is not a JWT.") from error
        key = self.find_key(jws.header.get("kid"))
        if key is None or not jws.is_signed_by(key):
            raise _refused(401, "invalid_token", "The token is not signed by a current key.")
        self._check_claims(jws.claims)
        return str(jws.claims["oid"])

    def _check_claims(self, claims: dict[str, Any]) -> None:
        me = self.world.orders
        if claims.get("iss") != f"https://login.microsoftonline.com/{self.world.tenant_id}/v2.0":
            raise _refused(401, "invalid_token", "The issuer is not this tenant.")
        if claims.get("aud") != me.client_id:
            raise _refused(401, "invalid_token", "The audience is another API.")
        if not is_current(claims):
            raise _refused(401, "invalid_token", "The token is not valid at this time.")
        if me.scopes[0] not in str(claims.get("scp", "")).split():
            raise _refused(403, "insufficient_scope", f"The scope {me.scopes[0]} is missing.")

    @staticmethod
    def _list(request: Request, orders: list[dict[str, Any]]) -> Response:
        status = request.query.get("status")
        if status not in (None, *STATUSES):
            raise _refused(400, "invalid_request", f"'status' is one of: {', '.join(STATUSES)}.")
        return Response.json({"orders": [order for order in orders if status in (None, order["status"])]})

    @staticmethod
    def _get(request: Request, orders: list[dict[str, Any]]) -> Response:
        order = next((order for order in orders if order["id"] == request.params["id"]), None)
        if order is None:
            raise _refused(404, "not_found", "You have no such order.")
        return Response.json(order)

    @staticmethod
    def _create(request: Request, orders: list[dict[str, Any]]) -> Response:
        wanted = request.json()
        if problems := _problems(wanted):
            body = {"error": "invalid_request", "error_description": "The order is wrong.", "fields": problems}
            return Response.json(body, status=400)
        orders.append(_order(len(orders) + 1, wanted["item"], wanted["quantity"], wanted.get("note")))
        return Response.json(orders[-1], status=201)


def _problems(wanted: Any) -> list[dict[str, str]]:
    """Every problem of a new order at once."""
    order = wanted if isinstance(wanted, dict) else {}
    item, quantity, note = order.get("item"), order.get("quantity"), order.get("note")
    checks = {
        "item": (isinstance(item, str) and 0 < len(item) <= 200, "must be 1 to 200 characters"),
        "quantity": (type(quantity) is int and 0 < quantity <= 1000, "must be a whole number from 1 to 1000"),
        "note": (
            note is None or (isinstance(note, str) and len(note) <= 20_000),
            "must be text up to 20000 characters",
        ),
    }
    unknown = [{"field": name, "message": "is not known"} for name in order if name not in checks]
    return [{"field": name, "message": text} for name, (good, text) in checks.items() if not good] + unknown


def _order(number: int, item: str, quantity: int, note: str | None, status: str = "open") -> dict[str, Any]:
    created = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    order = {"id": str(1000 + number), "item": item, "quantity": quantity, "status": status, "createdAt": created}
    return order | ({"note": note} if note is not None else {})


def _first_orders() -> list[dict[str, Any]]:
    return [_order(1, "Standing desk", 1, None, "shipped"), _order(2, "Monitor, 27 inch", 2, "To the home address")]
