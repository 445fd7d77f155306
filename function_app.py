"""Azure Functions entry point (Python v2 model): binds HTTP triggers, and does nothing else.

The only file that imports `azure.functions`. Plain `def` throughout: everything underneath is synchronous, and one
blocking call in an `async def` would stop the whole instance.
"""

import os
from collections.abc import Callable

import azure.functions as func

from bridge.api.api import Api
from bridge.api.message import Request, Response
from bridge.api.route import Route
from bridge.routes import mcp_is_on
from bridge.runtime import Runtime

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
api = Api(Runtime(os.environ))


def bind(route: Route, handle: Callable[[Request, Route], Response]) -> None:
    """Register one function on one method of one route, or on all its methods."""

    def trigger(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
        request = Request(
            method=req.method,
            headers={name.lower(): value for name, value in req.headers.items()},
            query=dict(req.params),
            path=dict(req.route_params),
            body=req.get_body(),
            invocation_id=context.invocation_id,
            url=req.url,
        )
        response = handle(request, route)
        return func.HttpResponse(
            response.body, status_code=response.status, headers=dict(response.headers), mimetype=response.media_type
        )

    level = func.AuthLevel.FUNCTION if route.key else func.AuthLevel.ANONYMOUS
    name = route.function or route.name
    methods = [route.method] if route.method else None
    app.function_name(name)(app.route(route=route.path, methods=methods, auth_level=level)(trigger))


for route in api.routes():
    bind(route, api.handle)
if mcp_is_on(os.environ):
    from bridge.mcp.entry import Mcp

    mcp = Mcp(api)
    for route in mcp.routes():
        bind(route, mcp.handle)
