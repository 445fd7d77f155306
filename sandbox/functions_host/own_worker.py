"""The project's own worker: for every Python version, and without Microsoft's packages."""

from __future__ import annotations

import importlib.util
import inspect
import logging
import re
import secrets
import sys
import threading
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from azure.functions.http import HttpRequest, HttpResponseConverter

from sandbox.functions_host.functions import AppError, Function, HostSettings
from sandbox.functions_host.invocation import Incoming, Response, morsel_cookie

log = logging.getLogger("functions_host")
TRACE_PARENT = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def load(file: Path, settings: HostSettings) -> list[Function]:
    """Import `file` and read its `app`. Raises `AppError`, and whatever the import raises."""
    return [_function(built, folder=str(file.parent), settings=settings) for built in _import(file).app.get_functions()]


def trace_parent(headers: Mapping[str, str]) -> str:
    """The caller's trace id, or a new one, with a new span id."""
    found = TRACE_PARENT.fullmatch(headers.get("traceparent", ""))
    return f"00-{found[1] if found else secrets.token_hex(16)}-{secrets.token_hex(8)}-00"


def _import(file: Path) -> Any:
    folder = str(file.parent.resolve())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise AppError(f"{file} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _function(built: Any, *, folder: str, settings: HostSettings) -> Function:
    name, call, trigger = built.get_function_name(), built.get_user_function(), built.get_trigger()
    if trigger is None or trigger.type != "httpTrigger":
        raise AppError(f"{name}: this host serves HTTP triggers only")
    if inspect.iscoroutinefunction(call):
        raise AppError(f"{name}: this host serves plain def only, not async def")
    methods = [method.value for method in trigger.methods or ()]
    route = settings.route(name, trigger.route, methods)
    wants_context = _wants_context(call, name=name, request_name=trigger.name)

    def invoke(incoming: Incoming, values: Mapping[str, str]) -> Response:
        """Call the function. An uncaught exception is a 500 with an empty body, as on the real host."""
        context = {"context": _context(name, folder, incoming.headers)} if wants_context else {}
        try:
            return _encode(call(**{trigger.name: _request(incoming, values)}, **context))
        except Exception:
            log.exception("Executed 'Functions.%s' (Failed)", name)
            return Response(500)

    return Function(name, route, trigger.auth_level.value, invoke)


def _wants_context(call: Callable[..., object], *, name: str, request_name: str) -> bool:
    """The worker passes the trigger's parameter and `context`; it refuses a function with any other parameter."""
    parameters = set(inspect.signature(call).parameters)
    if request_name not in parameters or parameters - {request_name, "context"}:
        raise AppError(f"{name}: the handler takes {sorted(parameters)}; the worker gives {request_name} and context")
    return "context" in parameters


def _request(incoming: Incoming, values: Mapping[str, str]) -> HttpRequest:
    return HttpRequest(
        method=incoming.method,
        url=incoming.url,
        headers=incoming.headers,
        params=incoming.query,
        route_params=values,
        body_type="bytes",
        body=incoming.body,
    )


def _context(name: str, folder: str, headers: Mapping[str, str]) -> SimpleNamespace:
    """The worker's invocation context, as far as an HTTP function uses it."""
    trace_state = headers.get("tracestate", "")
    return SimpleNamespace(
        invocation_id=str(uuid.uuid4()),
        function_name=name,
        function_directory=folder,
        trace_context=SimpleNamespace(trace_parent=trace_parent(headers), trace_state=trace_state, attributes={}),
        retry_context=None,
        thread_local_storage=threading.local(),
    )


def _encode(result: object) -> Response:
    """Through the programming model's own converter, which refuses None as the worker does."""
    datum = HttpResponseConverter.encode(result, expected_type=None)
    if isinstance(datum.value, str):
        return Response.text(datum.value)
    http = SimpleNamespace(**datum.value)
    headers = {name: str(header.value) for name, header in http.headers.items()}
    cookies = tuple(morsel_cookie(morsel) for parsed in http.cookies or () for morsel in parsed.values())
    return Response(int(http.status_code.value), headers, http.body.value, cookies)
