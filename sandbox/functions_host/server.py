"""HTTP/1.1 on the loopback interface, one write for each response, with the limits of Kestrel and of the host."""

from __future__ import annotations

import contextlib
import hmac
import http.client
import http.server
import io
import logging
import os
import re
import socket
import socketserver
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import urlsplit

from sandbox.functions_host.functions import App, Function
from sandbox.functions_host.invocation import Incoming, Response, join, parse_query
from sandbox.functions_host.routing import decode_path

log = logging.getLogger("functions_host")
MAX_REQUEST_LINE = 8 * 1024  # Kestrel, MaxRequestLineSize
MAX_HEADERS_TOTAL = 32 * 1024  # Kestrel, MaxRequestHeadersTotalSize
MAX_HEADERS = 100  # Kestrel, MaxRequestHeaderCount
END_OF_HEADERS = (b"\r\n", b"\n", b"")
MAX_BODY = 104_857_600  # host, ScriptConstants.DefaultMaxRequestBodySize
DEFAULT_THREADS = 1000  # host, DefaultWorkerProcessFactory.ApplyWorkerConcurrencyLimits
IDLE_SECONDS = 130  # Kestrel, KeepAliveTimeout
OWN_HEADERS = frozenset({"connection", "content-length", "date", "server", "transfer-encoding"})
WITHOUT_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
REQUEST_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ [^ \0]+ HTTP/([0-9.]+)\r?\n")  # Kestrel, HttpParser
# Kestrel, HttpParser.TakeSingleHeader: no folding, no space before the colon, no NUL or CR in the value.
HEADER_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\0\r\n]*\r?\n")
# Kestrel, HttpHeaders.ValidateHeaderValueCharacters: by default a response's header values are ASCII.
HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")
HOME_PAGE = Response(
    200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><title>Functions</title>The app is running.\n"
)


class FunctionsHost:
    """Serves one app on 127.0.0.1. The port is bound at once; responses begin with `serve`.

    `function_key`: the key for functions of level FUNCTION and ADMIN; None leaves them open, as `func start` does.
    """

    def __init__(self, *, port: int = 0, function_key: str | None = None) -> None:
        self._server = _Server(("127.0.0.1", port), _Connection)
        self._server.function_key = function_key
        self._serving = False
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"http://{self.address}"

    def serve(self, app: App) -> None:
        """Start to respond, in threads of its own."""
        threads = int(os.environ.get("PYTHON_THREADPOOL_THREAD_COUNT") or DEFAULT_THREADS)
        self._server.app = app
        self._server.workers = ThreadPoolExecutor(threads, thread_name_prefix="function")
        self._serving = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Stop and free the port, without waiting for running calls."""
        if self._serving:
            self._server.shutdown()
            self._server.workers.shutdown(wait=False, cancel_futures=True)
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = os.name == "posix"  # on Windows it would let two servers share a port
    daemon_threads = True
    request_queue_size = 256
    app: App
    workers: ThreadPoolExecutor
    function_key: str | None

    def __init__(self, *arguments: Any) -> None:
        self.connections: set[socket.socket] = set()
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Refused(Exception):
    """A request that the server refuses with this status."""

    def __init__(self, status: HTTPStatus) -> None:
        self.status = status


class _Connection(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    server: _Server

    def handle(self) -> None:
        """A client that goes away or is silent for too long is not an error."""
        with contextlib.suppress(ConnectionError, TimeoutError):
            super().handle()

    def handle_one_request(self) -> None:
        self.command = self.requestline = ""
        self.raw_requestline = self.rfile.readline(MAX_REQUEST_LINE + 1)
        if not self.raw_requestline:
            self.close_connection = True
        elif len(self.raw_requestline) > MAX_REQUEST_LINE:
            self.send_error(HTTPStatus.REQUEST_URI_TOO_LONG)
        else:
            self._respond()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse with an empty body, and close the connection."""
        self.close_connection = True
        self._write(Response(code))

    def _respond(self) -> None:
        try:
            if self._parse():
                self._write(self._dispatch(self._incoming()))
        except _Refused as refused:
            self.send_error(refused.status)
        except ValueError:
            self.send_error(HTTPStatus.BAD_REQUEST)

    def _parse(self) -> bool:
        """Let the library parse a request with well-formed lines. Raises `ValueError` and `_Refused`."""
        if not (line := REQUEST_LINE.fullmatch(self.raw_requestline)):
            raise ValueError("malformed request line")
        if line[1] not in (b"1.0", b"1.1"):
            raise _Refused(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)
        connection, self.rfile = self.rfile, io.BytesIO(self._header_lines())
        try:
            return self.parse_request()
        finally:
            self.rfile = connection

    def _header_lines(self) -> bytes:
        """The header lines as sent, with the empty line. Raises `ValueError` and `_Refused` as Kestrel refuses."""
        lines: list[bytes] = []
        while (line := self.rfile.readline(MAX_HEADERS_TOTAL)) not in END_OF_HEADERS:
            lines.append(line)
            if len(lines) > MAX_HEADERS or sum(map(len, lines)) > MAX_HEADERS_TOTAL:
                raise _Refused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            if not HEADER_LINE.fullmatch(line):
                raise ValueError("malformed header line")
        return b"".join([*lines, b"\r\n"])

    def _incoming(self) -> Incoming:
        """Raises `ValueError` where Kestrel responds with 400."""
        # Kestrel reads header bytes as UTF-8; http.client has read them as Latin-1.
        pairs = [(name.lower(), value.encode("latin-1").decode()) for name, value in self.headers.items()]
        host = self._host([value for name, value in pairs if name == "host"])
        headers, target = join(pairs), self._target(host)
        path, _, query = target.partition("?")
        return Incoming(
            method=self.command,
            url=f"http://{host}{target}",
            path=decode_path(path),
            query=parse_query(query),
            headers=headers,
            body=self._read_body(headers),
        )

    def _host(self, given: list[str]) -> str:
        """The one Host header that HTTP/1.1 requires. Raises `ValueError`."""
        if len(given) > 1 or (not given and self.request_version != "HTTP/1.0"):
            raise ValueError("not one Host header")
        return "".join(given)

    def _target(self, host: str) -> str:
        """The request's path and query as sent, also from an absolute address. Raises `ValueError`.

        Read from the request line, as the library changes `//` at the beginning to `/`.
        """
        target = self.requestline.split()[1]
        if target.startswith("/") or (target, self.command) == ("*", "OPTIONS"):
            return target
        parts = urlsplit(target)
        if parts.scheme not in ("http", "https") or parts.netloc != host:
            raise ValueError("not a request target, or not the Host header's")
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def _read_body(self, headers: Mapping[str, str]) -> bytes:
        """A chunked body is read and dropped: the host passes a body on only if it has a Content-Length."""
        if "transfer-encoding" in headers:
            if headers["transfer-encoding"].lower() != "chunked" or "content-length" in headers:
                raise ValueError("ambiguous length")
            self._drop_chunks()
            return b""
        return self.rfile.read(_size(headers.get("content-length", "0"), base=10))

    def _drop_chunks(self) -> None:
        while size := _size(self.rfile.readline(1024).split(b";")[0].strip().decode("ascii"), base=16):
            self.rfile.read(size + len("\r\n"))
        while self.rfile.readline(MAX_REQUEST_LINE).strip():
            pass  # a trailer

    def _dispatch(self, incoming: Incoming) -> Response:
        found = self.server.app.find(incoming.method, incoming.path)
        if found is None:  # HomepageMiddleware: for any method, if no function has the root as its route
            return HOME_PAGE if incoming.path == "/" else Response(HTTPStatus.NOT_FOUND)
        function, values = found
        if not self._may_call(function, incoming):
            return Response(HTTPStatus.UNAUTHORIZED)
        response = self.server.workers.submit(function.invoke, incoming, values).result()
        if not all(HEADER_VALUE.fullmatch(value) for value in (*response.headers.values(), *response.cookies)):
            log.error("'Functions.%s' gave a header value with a control or non-ASCII character", function.name)
            return Response(HTTPStatus.INTERNAL_SERVER_ERROR)
        return response

    def _may_call(self, function: Function, incoming: Incoming) -> bool:
        key = self.server.function_key
        if key is None or function.auth_level == "anonymous":
            return True
        given = incoming.headers.get("x-functions-key") or incoming.query.get("code", "")
        return hmac.compare_digest(given.encode(), key.encode())

    def _write(self, response: Response) -> None:
        """One write: two writes for head and body cost a delayed ACK (about 40 ms)."""
        headers = {name: value for name, value in response.headers.items() if name.lower() not in OWN_HEADERS}
        headers |= {"Date": self.date_time_string(), "Server": "Kestrel"} | dict(
            self.server.app.settings.custom_headers
        )
        if response.status not in WITHOUT_BODY:
            headers["Content-Length"] = str(len(response.body))
        if self.close_connection:
            headers["Connection"] = "close"
        lines = [f"HTTP/1.1 {int(response.status)} {http.client.responses.get(response.status, '')}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += [f"Set-Cookie: {cookie}" for cookie in response.cookies]
        body = b"" if self.command == "HEAD" or response.status in WITHOUT_BODY else response.body
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the app writes its own line for a request."""


def _size(text: str, *, base: int) -> int:
    """Raises `ValueError` for anything but a plain number, `_Refused` above the host's limit."""
    if not (text.isascii() and text.isalnum()):
        raise ValueError("not a length")
    size = int(text, base)
    if size > int(os.environ.get("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT") or MAX_BODY):
        raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return size
