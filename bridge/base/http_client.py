"""The HTTP client of all outgoing calls: one deadline, bounded responses, no redirects, no cookies.

A write without a response must not be reported as "try again". So there are two kinds of failure. `RequestNotSent`:
the request could not be built, or no connection for it was ready (name, address, proxy, TLS), so not one byte of it was
sent. `ResponseLost`: anything that fails from the first byte on. The place in this file decides which it is, not the
class of an exception: the classes of libraries say what happened, not when.

`requests` builds the request and reads the environment (proxies, trusted certificates); urllib3's connections send it.
Their sessions and pools are not used: they follow redirects, keep cookies, and their retries hide what was sent.
"""

from __future__ import annotations

import math
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeAlias

from bridge.base.deadline import Deadline

if TYPE_CHECKING:
    from requests import PreparedRequest
    from urllib3.response import HTTPResponse

    from bridge.base.connections import Connection, Opener

__all__ = ["Body", "Client", "Deadline", "HttpResponse", "RequestNotSent", "ResponseLost"]

MAX_ANSWER_BYTES = 4 * 1024 * 1024
"""The limit of a decompressed body. Parsed, the worst JSON or XML takes 30 times as much memory."""
MAX_HEAD_BYTES = 256 * 1024
MAX_WIRE_BYTES = 2 * MAX_ANSWER_BYTES
"""The limit of a body on the wire, with chunk lengths, trailers and gzip members that are empty."""
CONNECT_SECONDS = 5.0
"""The limit for name look-up, all addresses, proxy and TLS together."""
IDLE_SECONDS = 100.0
"""How long an idle connection may be used again: Azure's network drops idle ones after four minutes."""
MAX_IDLE = 32
"""Idle connections to one host: as many as a worker has threads."""

Body: TypeAlias = bytes | Callable[[], bytes] | None
Origin: TypeAlias = tuple[str, str, int]
"""Scheme, host and port."""


class RequestNotSent(Exception):
    """Nothing was sent: the name did not resolve, the connection or TLS failed, or no time was left."""


class ResponseLost(Exception):
    """The request may have arrived, but there is no complete response: too late, too large, or a broken connection."""

    def __init__(self, message: str, *, timed_out: bool, too_large: bool = False) -> None:
        super().__init__(message)
        self.timed_out = timed_out
        self.too_large = too_large


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A complete response. Header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def media_type(self) -> str:
        """The Content-Type without parameters, lower case; empty if absent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def retry_after(self) -> int | None:
        """Retry-After in whole seconds, at most an hour. A date counts from the response's own Date, if it has one."""
        value = self.headers.get("retry-after", "").strip()
        if re.fullmatch("[0-9]{1,9}", value):
            return min(int(value), 3600)
        end, now = _instant(value), _instant(self.headers.get("date", "")) or time.time()
        return min(math.ceil(end - now), 3600) if end and end > now else None


def _instant(date: str) -> float | None:
    """Unix time of an HTTP-date (RFC 9110, section 5.6.7)."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return None


class Client:
    """An HTTP client that reuses connections. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opener: Opener | None = None
        self._idle: dict[Origin, list[tuple[Connection, float]]] = {}

    def send(
        self,
        method: str,
        url: str,
        *,
        deadline: Deadline,
        headers: Mapping[str, str] | None = None,
        body: Body = None,
        fresh: bool = False,
    ) -> HttpResponse:
        """Send and read the whole response, whatever its status. Raises `RequestNotSent` or `ResponseLost`.

        Without `fresh`, an idle connection may be used. If it turns out to be dead before one byte of a response, a
        request is sent once more on a new connection, unless its body is bytes. A callable body is called again, so
        that what is accepted only once, such as an assertion, is new. Writes need `fresh`, a new connection: on an idle
        one that the server has just closed, it would be unknown whether they arrived.
        """
        if deadline.remaining() <= 0:
            raise RequestNotSent("no time was left for this call")
        prepared, origin = _prepare(method, url, headers, body)
        kept = None if fresh else self._take(origin)
        if kept:
            try:
                return self._exchange(kept, origin, prepared, deadline)
            except ResponseLost as lost:
                if kept.watch.received or lost.timed_out or isinstance(body, bytes):
                    raise
            prepared, origin = _prepare(method, url, headers, body)
        return self._exchange(self._open(url, origin, deadline), origin, prepared, deadline)

    def close(self) -> None:
        """Close the kept connections."""
        with self._lock:
            kept = [connection for line in self._idle.values() for connection, _ in line]
            self._idle.clear()
        for connection in kept:
            connection.close()

    def _open(self, url: str, origin: Origin, deadline: Deadline) -> Connection:
        with _not_sent():
            with self._lock:
                if self._opener is None:
                    from bridge.base.connections import Opener

                    self._opener = Opener()
            return self._opener.open(url, *origin, deadline.within(CONNECT_SECONDS))

    def _exchange(
        self, connection: Connection, origin: Origin, prepared: PreparedRequest, deadline: Deadline
    ) -> HttpResponse:
        """One request and its response. Then the connection is kept, if it can be used again."""
        transport = connection.sock
        try:
            response = _exchange(connection, prepared, deadline)
        except ResponseLost:
            _drop(connection, transport)
            raise
        except Exception as error:  # whatever a library raises: the request may have arrived
            _drop(connection, transport)
            timed_out = isinstance(error, TimeoutError) or deadline.remaining() <= 0
            too_large = connection.watch.received > connection.watch.allowed
            raise ResponseLost(type(error).__name__, timed_out=timed_out, too_large=too_large) from None
        self._keep(connection, origin)
        return response

    def _take(self, origin: Origin) -> Connection | None:
        """An idle connection that looks alive. Unread bytes on it would be its end, or belong to no request."""
        while True:
            with self._lock:
                line = self._idle.get(origin)
                if not line:
                    return None
                connection, since = line.pop()
            if time.monotonic() - since < IDLE_SECONDS and _is_quiet(connection):
                return connection
            connection.close()

    def _keep(self, connection: Connection, origin: Origin) -> None:
        with self._lock:
            line = self._idle.setdefault(origin, [])
            if connection.sock is not None and len(line) < MAX_IDLE:
                line.append((connection, time.monotonic()))
                return
        connection.close()


@contextmanager
def _not_sent() -> Iterator[None]:
    """For all that happens before the first byte. The exception's text is dropped: it may have the URL's query."""
    try:
        yield
    except Exception as error:
        raise RequestNotSent(type(error).__name__) from None


def _prepare(method: str, url: str, headers: Mapping[str, str] | None, body: Body) -> tuple[PreparedRequest, Origin]:
    """The request, encoded and with valid headers, and where it goes. Raises `RequestNotSent`."""
    content = body() if callable(body) else body
    with _not_sent():
        from requests import Request

        sent = {"User-Agent": "obo-saml-bridge", "Accept-Encoding": "gzip", **(headers or {})}
        prepared = Request(method, url, headers=sent, data=content).prepare()
        return prepared, _origin(str(prepared.url))


def _origin(url: str) -> Origin:
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("neither http nor https")
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def _is_quiet(connection: Connection) -> bool:
    pending = getattr(connection.sock, "pending", None)
    return connection.is_connected and not (pending and pending())


def _drop(connection: Connection, transport: object) -> None:
    """Close for good: a half-read response would keep the transport open."""
    connection.close()
    if isinstance(transport, socket.socket):
        with suppress(OSError):
            socket.close(transport.detach())


def _exchange(connection: Connection, prepared: PreparedRequest, deadline: Deadline) -> HttpResponse:
    """The request sent and its response read. Raises `ResponseLost`, and whatever the libraries raise."""
    connection.watch.begin(deadline, MAX_HEAD_BYTES)
    method, target = str(prepared.method), prepared.path_url
    with suppress(BrokenPipeError, ConnectionResetError):  # a server may refuse before it has read everything
        connection.request(method, target, prepared.body, prepared.headers, preload_content=False)
    response = connection.getresponse()
    try:
        if response.status < 200:
            raise ResponseLost("an interim response in place of the final one", timed_out=False)
        headers = {name.lower(): value for name, value in response.headers.items()}
        connection.watch.begin_body(MAX_WIRE_BYTES)
        return HttpResponse(response.status, headers, _read(response, deadline))
    finally:
        response.close()


def _read(response: HTTPResponse, deadline: Deadline) -> bytes:
    """The decompressed body, bounded in size and time."""
    parts: list[bytes] = []
    size = 0
    for part in response.stream(65536, decode_content=True):
        size += len(part)
        if size > MAX_ANSWER_BYTES:
            raise ResponseLost(f"the response is larger than {MAX_ANSWER_BYTES} bytes", timed_out=False, too_large=True)
        if deadline.remaining() <= 0:
            raise ResponseLost("the response did not end in time", timed_out=True)
        parts.append(part)
    return b"".join(parts)
