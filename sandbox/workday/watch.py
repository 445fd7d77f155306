"""The tenant's public routes: each call is counted, can have a fault, and is kept in the list of requests."""

from collections.abc import Callable
from typing import Literal

from sandbox.controls import Controls
from sandbox.server import Handler, Request, Response, Route
from sandbox.workday.tenant import Kind, SeenRequest, Tenant
from sandbox.workday.token import issued_token, shown_form

# Workday's response for an unknown tenant: a page for people, where a program expects JSON.
_NOT_FOUND = "<!DOCTYPE html><html><head><title>Workday</title></head><body><h1>Page not found</h1></body></html>"


class Watch:
    """Makes the routes of one tenant."""

    def __init__(self, tenant: Tenant, controls: Controls) -> None:
        self._tenant = tenant
        self._controls = controls

    def route(self, kind: Kind, method: str, pattern: str, handler: Handler, name: Callable[[Request], str]) -> Route:
        """A route of this tenant only; `name` gives the grant or operation for the counts and the list of requests."""
        tenant = self._tenant

        def for_tenant(request: Request) -> Response:
            known = request.params["tenant"] == tenant.name  # case-sensitive, as at Workday
            return handler(request) if known else Response.html(_NOT_FOUND, status=404)

        def count(request: Request) -> tuple[Literal["grants", "operations"], str]:
            return ("grants" if kind == "token" else "operations", name(request))

        counted = self._controls.route(method, pattern, for_tenant, endpoint=kind, classify=count)

        def kept(request: Request) -> Response:
            response: Response | None = None
            try:
                response = counted.handler(request)
            finally:
                tenant.saw(self._seen(kind, name(request), request, response))
            return response

        return Route(method, pattern, kept)

    def _seen(self, kind: Kind, operation: str, request: Request, response: Response | None) -> SeenRequest:
        """Without a response the connection was dropped."""
        caller = self._tenant.caller(issued_token(response) if kind == "token" else request.bearer)
        return SeenRequest(
            kind=kind,
            operation=operation,
            worker=caller.account.user_name if caller else None,
            status=response.status if response else None,
            body=shown_form(request) if kind == "token" else request.body.decode(errors="replace"),
        )
