"""A small function app: each function shows one behaviour of the host."""

from __future__ import annotations

import json
import threading
from typing import Any

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
together = threading.Barrier(8, timeout=10)
RETURNED: dict[str, Any] = {"text": "hi", "nothing": None, "map": {}, "number": 7}


def _json(value: object) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(value), mimetype="application/json")


@app.function_name("Echo")
@app.route("api/echo", methods=["GET", "POST"])
def echo(req: func.HttpRequest) -> func.HttpResponse:
    """What reached the function."""
    return _json(
        {
            "method": req.method,
            "url": req.url,
            "headers": dict(req.headers),
            "params": dict(req.params),
            "body": req.get_body().decode("latin-1"),
        }
    )


@app.function_name("Item")
@app.route("api/items/{id:int}", methods=["GET"])
def item(req: func.HttpRequest) -> func.HttpResponse:
    return _json({"item": dict(req.route_params)})


@app.function_name("Parameter")
@app.route("api/{system}/tasks", methods=["GET"])
def parameter(req: func.HttpRequest) -> func.HttpResponse:
    return _json({"parameter": dict(req.route_params)})


@app.function_name("ZLiteral")
@app.route("api/known/tasks", methods=["GET"])
def literal(req: func.HttpRequest) -> func.HttpResponse:
    return _json({"literal": dict(req.route_params)})


@app.function_name("ALiteral")
@app.route("api/first/tasks", methods=["GET"])
def first(req: func.HttpRequest) -> func.HttpResponse:
    return _json({"first": dict(req.route_params)})


@app.function_name("PostOnly")
@app.route("api/{system}/tasks", methods=["POST"])
def post_only(req: func.HttpRequest) -> func.HttpResponse:
    return _json({"post": dict(req.route_params)})


@app.function_name("Rest")
@app.route("files/{*path}")
def rest(req: func.HttpRequest) -> func.HttpResponse:
    return _json({"rest": dict(req.route_params), "method": req.method})


@app.function_name("WellKnown")
@app.route(".well-known/thing.json", methods=["GET"])
def well_known(req: func.HttpRequest) -> func.HttpResponse:
    return _json({"url": req.url})


@app.function_name("Keyed")
@app.route("api/keyed", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
def keyed(req: func.HttpRequest) -> func.HttpResponse:
    return _json({"code": req.params.get("code")})


@app.function_name("Context")
@app.route("api/context", methods=["GET"])
def reported(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    return _json(
        {
            "url": req.url,
            "function": context.function_name,
            "invocation": context.invocation_id,
            "traceParent": context.trace_context.trace_parent,
            "traceState": context.trace_context.trace_state,
        }
    )


@app.function_name("Crash")
@app.route("api/crash", methods=["GET"])
def crash(req: func.HttpRequest) -> func.HttpResponse:
    raise RuntimeError(f"secret in {req.url}")


@app.function_name("Answers")
@app.route("api/answers/{kind}", methods=["GET"])
def answers(req: func.HttpRequest) -> func.HttpResponse:
    match req.route_params["kind"]:
        case "status":
            return func.HttpResponse("short and stout", status_code=418, headers={"X-Own": "yes"})
        case "empty":
            return func.HttpResponse(status_code=204)
        case "split":
            return func.HttpResponse(headers={"X-Own": "a\r\nSet-Cookie: b"})
        case "length":
            return func.HttpResponse("four", headers={"Content-Length": "99", "Connection": "upgrade"})
        case "accent":
            return func.HttpResponse(headers={"X-Own": "é"})
        case "cookies":
            response = func.HttpResponse("two")
            response.headers.add("Set-Cookie", "a=b|c; Path=/x; HttpOnly; SameSite=Lax")
            response.headers.add("Set-Cookie", "d=e; Max-Age=60; Secure; Expires=Wed, 21 Oct 2026 07:28:00 GMT")
            return response
        case kind if kind in RETURNED:
            return RETURNED[kind]  # type: ignore[no-any-return]  # a wrong type is the point
    raise LookupError(req.route_params["kind"])


@app.function_name("Together")
@app.route("api/together", methods=["GET"])
def meet(req: func.HttpRequest) -> func.HttpResponse:
    """Answers only while eight calls are under way at once."""
    return _json(together.wait() >= 0 and req.method == "GET")
