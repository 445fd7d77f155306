"""Every outgoing call: one deadline, bounded responses, no redirects, no cookies, and whether the bytes have left.

A write without a response must not be reported as "try again". So failures come in two kinds. `RequestNotSent`: the
request could not be written down, or no connection was ready for it (name, address, proxy, TLS), so not one byte of it
has left. `ResponseLost`: whatever went wrong from the first byte on. The place in this file decides, not the class of
an exception: classes of libraries say what happened, not when.

`requests` writes the request down and knows the environment (proxies, trusted certificates), urllib3's connections
carry it. Their sessions and pools are not used: they read redirects and cookies, and their retries hide what was sent.
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
"""Of a body, after it was unpacked: parsed, the worst JSON or XML takes 30 times as much memory."""
MAX_HEAD_BYTES = 256 * 1024
MAX_WIRE_BYTES = 2 * MAX_ANSWER_BYTES
"""Of a body as it comes: with the lengths of chunks, trailers, and whatever unpacks to nothing."""
CONNECT_SECONDS = 5.0
"""For the name, all its addresses, the proxy and TLS together."""
IDLE_SECONDS = 100.0
"""How long a kept connection is used again: Azure's network forgets silent ones after four minutes."""
MAX_IDLE = 32
"""Kept connections to one host: as many as a worker has threads."""

Body: TypeAlias = bytes | Callable[[], bytes] | None
Origin: TypeAlias = tuple[str, str, int]
"""Scheme, host and port."""


class RequestNotSent(Exception):
    """Nothing has left: the name did not resolve, the connection or TLS failed, or no time was left."""


class ResponseLost(Exception):
    """The request may have arrived, but no complete response came: too late, too large, or the connection broke."""

    def __init__(self, message: str, *, timed_out: bool, too_large: bool = False) -> None:
        super().__init__(message)
        self.timed_out = timed_out
        self.too_large = too_large


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A complete answer. Header names are lower case."""

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
    """A client that keeps connections. Safe for threads."""

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

        Without `fresh` a kept connection may be used. If it turns out dead without one byte of a response, a request
        that has no body, or a callable that makes it, is sent once more on a new connection: the callable is asked
        again, so that what is accepted only once, such as an assertion, is made anew. Writes ask for `fresh`, a new
        connection: on a kept one that the other side has just closed nobody could tell whether they arrived.
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
        """One request and its response; then the connection is kept, if it can be used again."""
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
        """A kept connection that looks alive: bytes that wait on it are its end, or belong to nobody."""
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
    """For what comes before the first byte. The exception's text is dropped: it may repeat the URL's query."""
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
    """The body, unpacked, bounded in size and time."""
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
