"""Azure Functions entry point (Python v2 model): binds HTTP triggers, and does nothing else.

The only file that imports `azure.functions`. Plain `def` throughout: everything underneath is synchronous, and one
blocking call in an `async def` would stop the whole instance.
"""

import os

import azure.functions as func

from bridge.api.handler import Face, Handler
from bridge.api.message import Request
from bridge.catalog import load
from bridge.runtime import Runtime
from bridge.settings import catalog_folder, instances

CONNECTOR_FILES = {"ConnectorDefinition": "apiDefinition.swagger.json", "ConnectorProperties": "apiProperties.json"}

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


def bind(name: str, method: str, route: str, handler: Handler, *, key: bool = False) -> None:
    """Register one function on one method of one route. `key`: the host asks for a function key."""

    def trigger(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
        response = handler(
            Request(
                method=req.method,
                headers={name.lower(): value for name, value in req.headers.items()},
                query=dict(req.params),
                path=dict(req.route_params),
                body=req.get_body(),
                invocation_id=context.invocation_id,
                url=req.url,
            )
        )
        return func.HttpResponse(
            response.body, status_code=response.status, headers=dict(response.headers), mimetype=response.media_type
        )

    level = func.AuthLevel.FUNCTION if key else func.AuthLevel.ANONYMOUS
    app.function_name(name)(app.route(route=route, methods=[method], auth_level=level)(trigger))


def bind_all() -> None:
    """Every route, whatever the settings say."""
    catalog = load(catalog_folder(os.environ))
    face = Face(Runtime(os.environ, catalog))
    bind("Health", "GET", "api/health", face.health)
    bind("Ready", "GET", "api/ready", face.ready)
    bind("WhoAmI", "GET", "api/whoami", face.whoami)
    bind("Check", "GET", "api/check", face.check, key=True)
    for name, file in CONNECTOR_FILES.items():
        bind(name, "GET", f"api/connector/{file}", face.connector(file), key=True)
    bind("Probe", "POST", "api/probe/{system}", face.probe)
    named_otherwise = instances(os.environ)
    for operation in catalog.operations.values():
        for name in (operation.system, *(name for name, kind in named_otherwise.items() if kind == operation.system)):
            bind(operation.id_at(name), operation.method, operation.route_at(name), face.operation(operation, name))


bind_all()
