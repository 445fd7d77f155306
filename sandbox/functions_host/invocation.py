"""One call of a function: the request as the worker builds it, the handler, the answer as the worker encodes it."""

from __future__ import annotations

import logging
import re
import secrets
import threading
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qsl

from azure.functions.http import HttpRequest, HttpResponseConverter

from sandbox.functions_host.functions import Function

log = logging.getLogger("functions_host")
TRACE_PARENT = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request off the wire; `path` is decoded, header names are in lower case.

    `url` carries the Host header as sent, as on the real host: an app must not trust it.
    """

    method: str
    url: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back on the wire."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)


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


def join(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Repeated names joined by a comma, empty values left out of the join (StringValues.ToString of .NET).

    Names are compared without case; the first spelling stays.
    """
    names: dict[str, str] = {}
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(names.setdefault(name.lower(), name), []).append(value)
    return {name: ",".join(filter(None, several)) for name, several in values.items()}


def parse_query(text: str) -> dict[str, str]:
    """A query string as the worker gets it: joined, and without its empty values."""
    joined = join(parse_qsl(text, keep_blank_values=True))
    return {name: value for name, value in joined.items() if value}


def invoke(function: Function, incoming: Incoming, *, values: Mapping[str, str], folder: Path) -> Answer:
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
    arguments: dict[str, object] = {function.request_name: request}
    if function.wants_context:
        arguments["context"] = _context(function, incoming, folder=folder)
    try:
        return _encode(function.handler(**arguments))
    except Exception:
        log.exception("Executed 'Functions.%s' (Failed)", function.name)
        return Answer(500)


def _context(function: Function, incoming: Incoming, *, folder: Path) -> Context:
    found = TRACE_PARENT.fullmatch(incoming.headers.get("traceparent", ""))
    trace_id = found[1] if found else secrets.token_hex(16)
    trace = TraceContext(f"00-{trace_id}-{secrets.token_hex(8)}-00", incoming.headers.get("tracestate", ""))
    return Context(str(uuid.uuid4()), function.name, str(folder), trace)


def _encode(result: object) -> Answer:
    """Through the worker's own converter; a string is a plain-text 200, nothing at all is a 204."""
    if result is None:
        return Answer(204)
    datum = HttpResponseConverter.encode(result, expected_type=None)
    if isinstance(datum.value, str):
        return Answer(200, {"content-type": "text/plain; charset=utf-8"}, datum.value.encode())
    http = SimpleNamespace(**datum.value)
    headers = {name: str(header.value) for name, header in http.headers.items()}
    for name, value in headers.items():
        # Kestrel refuses these as well; sent through, they would let an app split its own answer.
        if not HEADER_VALUE.fullmatch(value):
            raise ValueError(f"the answer's header {name!r} holds a control or non-ASCII character")
    return Answer(int(http.status_code.value), headers, http.body.value)
