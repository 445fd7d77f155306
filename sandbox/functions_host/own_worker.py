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
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from azure.functions.http import HttpRequest, HttpResponseConverter

from sandbox.functions_host.functions import AppError, Function, HostSettings
from sandbox.functions_host.invocation import Answer, Incoming, morsel_cookie

log = logging.getLogger("functions_host")
TRACE_PARENT = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True, slots=True)
class TraceContext:
    """The caller's trace id with a span of the host's own (W3C Trace Context)."""

    trace_parent: str
    trace_state: str
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Context:
    """The worker's invocation context, as far as an HTTP function meets it."""

    invocation_id: str
    function_name: str
    function_directory: str
    trace_context: TraceContext
    retry_context: None = None
    thread_local_storage: threading.local = field(default_factory=threading.local, repr=False)


@dataclass(frozen=True, slots=True)
class Handler:
    """A function of the app and how it wants to be called."""

    name: str
    folder: str
    call: Callable[..., object]
    request_name: str
    wants_context: bool


def load(file: Path, settings: HostSettings) -> list[Function]:
    """Import `file` and read its `app`. Raises `AppError`, or what the import itself raises."""
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
    handler = Handler(name, folder, call, trigger.name, _wants_context(call, name=name, request_name=trigger.name))
    return Function(name, route, trigger.auth_level.value, partial(_invoke, handler))


def _wants_context(call: Callable[..., object], *, name: str, request_name: str) -> bool:
    """The worker fills the trigger's parameter and `context`; with any other it refuses to load the function."""
    parameters = set(inspect.signature(call).parameters)
    if request_name not in parameters or parameters - {request_name, "context"}:
        raise AppError(f"{name}: the handler takes {sorted(parameters)}; the worker gives {request_name} and context")
    return "context" in parameters


def _invoke(handler: Handler, incoming: Incoming, values: Mapping[str, str]) -> Answer:
    """Call the handler. An uncaught exception is a 500 with an empty body, as on the real host."""
    request = HttpRequest(
        method=incoming.method,
        url=incoming.url,
        headers=incoming.headers,
        params=incoming.query,
        route_params=values,
        body_type="bytes",
        body=incoming.body,
    )
    arguments: dict[str, object] = {handler.request_name: request}
    if handler.wants_context:
        trace = TraceContext(trace_parent(incoming.headers), incoming.headers.get("tracestate", ""))
        arguments["context"] = Context(str(uuid.uuid4()), handler.name, handler.folder, trace)
    try:
        return _encode(handler.call(**arguments))
    except Exception:
        log.exception("Executed 'Functions.%s' (Failed)", handler.name)
        return Answer(500)


def _encode(result: object) -> Answer:
    """Through the programming model's own converter, which refuses None as the worker does."""
    datum = HttpResponseConverter.encode(result, expected_type=None)
    if isinstance(datum.value, str):
        return Answer.text(datum.value)
    http = SimpleNamespace(**datum.value)
    headers = {name: str(header.value) for name, header in http.headers.items()}
    cookies = tuple(morsel_cookie(morsel) for parsed in http.cookies or () for morsel in parsed.values())
    return Answer(int(http.status_code.value), headers, http.body.value, cookies)
