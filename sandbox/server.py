"""A small HTTPS server for loopback: routes as data, one buffered write for each response, keep-alive.

def hello(request: Request) -> Response:
    return Response.json({"hello": request.params["name"]})

with Server([Route("GET", "/hello/{name}", hello)], tls) as server:
    requests.get(server.url + "/hello/adele", verify=str(tls.ca_file), timeout=5)
"""

import base64
import contextlib
import json
import os
import re
import socket
import socketserver
import ssl
import struct
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, unquote, unquote_plus, urlsplit

from sandbox.ca import Tls

MAX_BODY_BYTES = 10 * 1024 * 1024
Wire = Literal["drip", "truncate", "reset", "endless"]
"""Ways to break a response on its way: see `Fault.wire`."""
LONGEST_SECONDS = 20.0


class BadRequestError(Exception):
    """The request cannot be read; the response is 400 with this text."""


class DropConnection(Exception):
    """Raised by a handler: close the TCP connection without a response."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as a handler sees it: `headers` by lower-case name, `params` from the route's `{names}`, decoded."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    base_url: str
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def form(self) -> dict[str, str]:
        """The form-encoded body. A repeated name is refused, as OAuth does (RFC 6749 section 3.2)."""
        try:
            text = self.body.decode("ascii")
            pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict")
        except ValueError as error:
            raise BadRequestError("The body is not form-encoded.") from error
        form = dict(pairs)
        if len(form) != len(pairs):
            raise BadRequestError("A parameter is repeated.")
        return form

    def json(self) -> Any:
        """The body as JSON; an empty body is an empty object."""
        try:
            return json.loads(self.body or b"{}")
        except ValueError as error:
            raise BadRequestError("The body is not JSON.") from error

    @property
    def basic(self) -> tuple[str, str] | None:
        """User and password of HTTP Basic, or None. Raises `BadRequestError`."""
        scheme, _, encoded = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except ValueError as error:
            raise BadRequestError("The Authorization header is not Basic.") from error
        return user, password

    @property
    def basic_form_decoded(self) -> tuple[str, str] | None:
        """`basic` as OAuth has it: both parts are form-encoded inside (RFC 6749 section 2.3.1)."""
        pair = self.basic
        return pair and (unquote_plus(pair[0]), unquote_plus(pair[1]))

    @property
    def bearer(self) -> str | None:
        """The token of `Authorization: Bearer`, or None."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() or None if scheme.lower() == "bearer" else None


@dataclass(frozen=True, slots=True)
class Response:
    """One response. `headers` are all headers but Content-Length; `wire` breaks the response on its way."""

    status: int = 200
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    wire: Wire | None = None

    @classmethod
    def text(cls, body: str, content_type: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Self:
        return cls(status, body.encode(), {"Content-Type": f"{content_type}; charset=utf-8", **(headers or {})})

    @classmethod
    def json(cls, body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Self:
        return cls.text(json.dumps(body), "application/json", status=status, headers=headers)

    @classmethod
    def xml(cls, body: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Self:
        return cls.text(body, "text/xml", status=status, headers=headers)

    @classmethod
    def html(cls, body: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Self:
        return cls.text(body, "text/html", status=status, headers=headers)


Handler = Callable[[Request], Response]


class Route:
    """A method and a path pattern; `{name}` matches one segment, which is then in `Request.params`."""

    def __init__(self, method: str, pattern: str, handler: Handler) -> None:
        self.method = method
        self.handler = handler
        parts = re.split(r"\{(\w+)\}", pattern)
        names_and_texts = (f"(?P<{part}>[^/]+)" if odd % 2 else re.escape(part) for odd, part in enumerate(parts))
        self._regex = re.compile("".join(names_and_texts))

    def match(self, path: str) -> dict[str, str] | None:
        found = self._regex.fullmatch(path)
        return {name: unquote(value) for name, value in found.groupdict().items()} if found else None


class Server:
    """Serves `routes` over TLS on loopback, IPv4 and (where it exists) IPv6. Bound at once, serving after `start`.

    `port` 0 takes a free one. `url` is `https://localhost:PORT`, known before `start`.
    """

    def __init__(self, routes: Sequence[Route], tls: Tls, *, port: int = 0) -> None:
        self._routes = tuple(routes)
        first = _Listener(("127.0.0.1", port), self.answer, tls.context)
        self.port: int = first.server_port
        self.url = f"https://localhost:{self.port}"
        self._listeners = [first]
        # A client that tries ::1 first waits two seconds for the refusal on Windows.
        with contextlib.suppress(OSError):
            self._listeners.append(_Listener6(("::1", self.port), self.answer, tls.context))

    def start(self) -> Self:
        for listener in self._listeners:
            threading.Thread(target=partial(listener.serve_forever, 0.02), daemon=True).start()
        return self

    def stop(self) -> None:
        """Stop listening and close all connections. Only after `start`."""
        for listener in self._listeners:
            listener.shutdown()
            listener.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Route one request: 404 and 405 as HTTP says; 500, with the traceback on stderr, if a handler fails."""
        url = urlsplit(target)
        found = [(route, params) for route in self._routes if (params := route.match(url.path)) is not None]
        route, params = next(((route, params) for route, params in found if route.method == method), (None, {}))
        if route is None:
            allow = {"Allow": ", ".join(sorted({route.method for route, _ in found}))} if found else {}
            return Response.json({"error": "no such route"}, status=405 if found else 404, headers=allow)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        try:
            return route.handler(Request(method, url.path, query, headers, body, self.url, params))
        except BadRequestError as error:
            return Response.json({"error": "invalid_request", "error_description": str(error)}, status=400)
        except DropConnection:
            raise
        except Exception:
            traceback.print_exc()
            return Response.json({"error": "the sandbox failed"}, status=500)


_Answer = Callable[[str, str, Mapping[str, str], bytes], Response]


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = os.name == "posix"  # on Windows it would let two servers share a port

    def __init__(self, address: tuple[str, int], answer: _Answer, context: ssl.SSLContext) -> None:
        self.answer = answer
        self._context = context
        self._open: set[socket.socket] = set()
        super().__init__(address, _Connection)

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # HTTPServer's own asks DNS for a name that nothing needs
        self.server_port = self.server_address[1]

    def get_request(self) -> tuple[ssl.SSLSocket, Any]:
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # The handshake is made in the connection's own thread, so that a silent client blocks no other.
        wrapped = self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        self._open.add(wrapped)
        return wrapped, address

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        for connection in tuple(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # a client that goes away is not an error
            super().handle_error(request, client_address)


class _Listener6(_Listener):
    address_family = socket.AF_INET6


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    sys_version = ""
    wbufsize = 1 << 16  # headers and body in one write: two cost a delayed ACK, 40 ms
    server: _Listener

    def _serve(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not re.fullmatch(r"[0-9]{1,9}", length):
            return self._refuse(411)
        if int(length) > MAX_BODY_BYTES:
            return self._refuse(413)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(length))
        try:
            return self._send(self.server.answer(self.command, self.path, headers, body))
        except DropConnection:
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def _refuse(self, status: int) -> None:
        self.close_connection = True
        self._send(Response(status, headers={"Connection": "close"}))

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        length = 1 << 40 if response.wire in ("drip", "endless") else max(2, len(response.body))
        self.send_header("Content-Length", str(length if response.wire else len(response.body)))
        self.end_headers()
        if response.wire:
            return self._break(response.wire, response.body)
        self.wfile.write(response.body)
        return None

    def _break(self, wire: Wire, body: bytes) -> None:
        """Write a broken response, until the caller goes away or time is up."""
        self.close_connection = True
        body = body or b"{}"
        self.wfile.write(body[: len(body) // 2])
        self.wfile.flush()
        end = time.monotonic() + (0 if wire in ("truncate", "reset") else LONGEST_SECONDS)
        while time.monotonic() < end:
            self.wfile.write(b" " if wire == "drip" else b" " * 65536)
            self.wfile.flush()
            time.sleep(0.1 if wire == "drip" else 0)
        if wire == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: requests carry tokens."""
