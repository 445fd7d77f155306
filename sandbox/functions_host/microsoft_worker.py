"""Microsoft's worker for Python 3.13 and newer (`azure-functions-runtime`), driven without gRPC.

The package leaves the transport to its caller: it reads attributes of requests and builds responses with given
constructors, so that plain objects can replace the messages of FunctionRpc.proto. It supports one app in a process.
Not covered: gRPC, the start of the worker, specialization of a placeholder.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import threading
import uuid
from collections.abc import Coroutine, Mapping
from email.utils import formatdate
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import azure_functions_runtime as runtime

from sandbox.functions_host.functions import AppError, Function, HostSettings
from sandbox.functions_host.invocation import Incoming, Response, set_cookie
from sandbox.functions_host.own_worker import trace_parent

log = logging.getLogger("functions_host")
DEFAULT_THREADS = "1000"  # host, DefaultWorkerProcessFactory.ApplyWorkerConcurrencyLimits


class Message(SimpleNamespace):
    """A protobuf message with its fields."""

    def __getattr__(self, name: str) -> None:
        """A field that is not set; fields are in lower case. Raises `AttributeError` for other names."""
        if name.startswith("__") or not name.islower():
            raise AttributeError(name)

    def WhichOneof(self, _: str) -> str | None:
        return next(iter(vars(self)), None)


class BindingInfo(Message):
    """FunctionRpc.proto: BindingInfo.Direction and BindingInfo.DataType share the zero."""

    undefined, out, inout = 0, 1, 2


class StatusResult(Message):
    Failure, Success = 0, 1


class RpcHttpCookie(Message):
    SameSite = SimpleNamespace(**{"None": "", "Lax": "lax", "Strict": "strict", "ExplicitNone": "none"})


CONSTRUCTORS = (
    *("FunctionLoadResponse", "FunctionMetadataResponse", "InvocationResponse", "NullableBool", "NullableDouble"),
    *("NullableString", "NullableTimestamp", "RpcException", "RpcFunctionMetadata", "RpcHttp", "Timestamp"),
    *("TypedData", "WorkerInitResponse", "WorkerMetadata"),
)
PROTOS = SimpleNamespace(
    BindingInfo=BindingInfo,
    StatusResult=StatusResult,
    RpcHttpCookie=RpcHttpCookie,
    **dict.fromkeys(CONSTRUCTORS, Message),
)


class Worker:
    """The runtime on an event loop of its own."""

    def __init__(self) -> None:
        os.environ.setdefault("PYTHON_THREADPOOL_THREAD_COUNT", DEFAULT_THREADS)
        runtime.start_threadpool_executor()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def ask(self, name: str, **fields: object) -> Any:
        """Send one request and wait for its response."""
        properties = {"protos": PROTOS, "host": "127.0.0.1"}
        request = Message(name=name, properties=properties, request=Message(**{name: Message(**fields)}))
        handle: Coroutine[Any, Any, Any] = getattr(runtime, name)(request)
        return asyncio.run_coroutine_threadsafe(handle, self._loop).result()

    def invoke(self, function: Any, parameter: str, incoming: Incoming, values: Mapping[str, str]) -> Response:
        """A failed invocation is a 500 with an empty body, as on the real host."""
        http = Message(
            method=incoming.method,
            url=incoming.url,
            headers=incoming.headers,
            query=incoming.query,
            params=values,
            body=Message(bytes=incoming.body),
        )
        done = self.ask(
            "invocation_request",
            invocation_id=str(uuid.uuid4()),
            function_id=function.function_id,
            input_data=[Binding(name=parameter, data=Message(http=http))],
            trigger_metadata={},
            trace_context=Message(
                trace_parent=trace_parent(incoming.headers),
                trace_state=incoming.headers.get("tracestate", ""),
                attributes={},
            ),
            retry_context=Message(),
        )
        if done.result.status == StatusResult.Success:
            return _answer(done.return_value)
        log.error("Executed 'Functions.%s' (Failed)\n%s", function.name, done.result.exception.stack_trace)
        return Response(500)


class Binding(Message):
    """FunctionRpc.proto: ParameterBinding, whose oneof is `rpc_data`."""

    def WhichOneof(self, _: str) -> str | None:
        return "data"


def load(file: Path, settings: HostSettings) -> list[Function]:
    """Let the runtime index the app of `file`. Raises `AppError` with the runtime's reason."""
    sys.path.insert(0, str(file.parent.resolve()))
    os.environ["PYTHON_SCRIPT_FILE_NAME"] = file.name
    worker = Worker()
    done = worker.ask("worker_init_request", capabilities={}, function_app_directory=str(file.parent))
    if done.result.status != StatusResult.Success:
        log.error("%s", done.result.exception.stack_trace)
        raise AppError(done.result.exception.message)
    indexed = worker.ask("functions_metadata_request").function_metadata_results
    return [_function(worker, each, settings) for each in indexed]


def _function(worker: Worker, indexed: Any, settings: HostSettings) -> Function:
    bindings = [json.loads(text) for text in indexed.raw_bindings]
    trigger = next((binding for binding in bindings if binding["type"] == "httpTrigger"), None)
    if trigger is None:
        raise AppError(f"{indexed.name}: this host serves HTTP triggers only")
    route = settings.route(indexed.name, trigger.get("route"), trigger.get("methods", ()))
    return Function(indexed.name, route, trigger["authLevel"].lower(), partial(worker.invoke, indexed, trigger["name"]))


def _answer(value: Any) -> Response:
    if value.WhichOneof("data") != "http":
        return Response.text(value.string)
    cookies = tuple(_cookie(cookie) for cookie in value.http.cookies or ())
    return Response(int(value.http.status_code), value.http.headers, value.http.body.bytes, cookies)


def _cookie(cookie: Any) -> str:
    """In the message each attribute is a message with a `value`, or None; seconds are floating-point numbers."""
    fields = {"domain": "domain", "path": "path", "secure": "secure", "httponly": "http_only"}
    given = {name: getattr(getattr(cookie, field), "value", None) for name, field in fields.items()}
    given["max-age"] = cookie.max_age and int(cookie.max_age.value)
    given["expires"] = cookie.expires and formatdate(cookie.expires.value.seconds, usegmt=True)
    return set_cookie(cookie.name, cookie.value, {**given, "samesite": cookie.same_site})
