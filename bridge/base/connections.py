"""Connections whose sockets obey a deadline and count received bytes, direct or through an HTTPS proxy.

Whatever a library does with a socket, each operation ends at the deadline and at the allowed size. This module is
imported with the first call, because `requests` and `urllib3` would slow down every cold start.
"""

from __future__ import annotations

import logging
import socket
import ssl
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from os import environ
from os.path import isdir
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from requests.utils import (
    DEFAULT_CA_BUNDLE_PATH,
    get_auth_from_url,
    get_environ_proxies,
    select_proxy,
)
from urllib3.connection import HTTPConnection, HTTPSConnection, ProxyConfig
from urllib3.util import make_headers, parse_url

from bridge.base.deadline import Deadline

if TYPE_CHECKING:
    _Base: TypeAlias = socket.socket
else:
    _Base = object

MAX_ADDRESSES: Final = 8
MAX_PROXY_BYTES: Final = 65536
"""The limit of a proxy's response, before the connection is ready."""
_KEEP_ALIVE: Final = (("TCP_KEEPIDLE", 30), ("TCP_KEEPALIVE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
"""Seconds and counts after which a silent connection counts as dead, by the names that the platform knows."""

logging.getLogger("urllib3").setLevel(logging.ERROR)  # its warnings repeat addresses with their queries

Address: TypeAlias = tuple[int, int, int, str, Any]


class TooLarge(OSError):
    """More bytes were received than are allowed."""


class Watch:
    """The limits of one connection's sockets: the deadline, and how many bytes may be received."""

    def __init__(self, deadline: Deadline, head: int) -> None:
        self.begin(deadline, head)

    def begin(self, deadline: Deadline, head: int) -> None:
        """A new request on this connection. The head of its response may have `head` bytes."""
        self.deadline = deadline
        self.allowed = head
        self.received = 0
        self._in_head = True

    def begin_body(self, size: int) -> None:
        """The head is complete; at most `size` bytes follow."""
        self.allowed += size
        self._in_head = False

    def left(self) -> float:
        """Seconds for the next operation. Raises TimeoutError if there are none."""
        left = self.deadline.ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        return left

    def count(self, size: int) -> None:
        """Account for received bytes, none being the end. Raises `TooLarge`, or ConnectionError for half a head.

        `http.client` takes the end of the stream for the end of the head, and so half a head for a whole response.
        """
        self.received += size
        if self.received > self.allowed:
            raise TooLarge("more bytes were received than are allowed")
        if not size and self._in_head:
            raise ConnectionError("the connection was closed before the head was complete")


class _Watched(_Base):
    """Each operation of the socket may take the time that is left of the call, and received bytes are counted."""

    watch: Watch

    def recv_into(self, *arguments: Any, **options: Any) -> int:
        self.settimeout(self.watch.left())
        size = super().recv_into(*arguments, **options)
        self.watch.count(size)
        return size

    def recv(self, *arguments: Any, **options: Any) -> bytes:
        if not hasattr(self, "watch"):  # SSLSocket reads once more if the peer has left before TLS; an error would leak
            return b""
        self.settimeout(self.watch.left())
        data = super().recv(*arguments, **options)
        self.watch.count(len(data))
        return data

    def send(self, *arguments: Any, **options: Any) -> int:
        self.settimeout(self.watch.left())
        return super().send(*arguments, **options)


class _PlainSocket(_Watched, socket.socket):
    """TCP, as it is until TLS begins."""

    def sendall(self, *arguments: Any, **options: Any) -> None:
        self.settimeout(self.watch.left())
        super().sendall(*arguments, **options)


class _TlsSocket(_Watched, ssl.SSLSocket):
    """TLS, whose `sendall` calls `send` for each record."""


class _Context(ssl.SSLContext):
    """Passes the watch of a socket on to its TLS socket. The handshake may take the time that is left."""

    sslsocket_class = _TlsSocket

    def wrap_socket(self, sock: socket.socket, *arguments: Any, **options: Any) -> ssl.SSLSocket:
        assert isinstance(sock, _Watched)  # noqa: S101 - for mypy: all sockets here are
        sock.settimeout(sock.watch.left())
        wrapped = super().wrap_socket(sock, *arguments, **options)
        assert isinstance(wrapped, _TlsSocket)  # noqa: S101 - see `sslsocket_class`
        wrapped.watch = sock.watch
        if wrapped.version() is None:
            wrapped.close()
            raise ConnectionResetError("the peer has left before TLS")
        return wrapped


class HttpConnection(HTTPConnection):
    """Without TLS, for endpoints of this machine alone; never through a proxy."""

    watch: Watch
    opener: Opener

    def _new_conn(self) -> socket.socket:
        return self.opener.socket_to(self.host, self.port, self.watch)


class HttpsConnection(HTTPSConnection):
    """With TLS, and through a proxy where the environment names one."""

    watch: Watch
    opener: Opener

    def _new_conn(self) -> socket.socket:
        return self.opener.socket_to(self.host, self.port, self.watch)


Connection: TypeAlias = HttpConnection | HttpsConnection


class Opener:
    """Opens connections: environment, trust, names. Safe for threads."""

    def __init__(self) -> None:
        self._context = tls_context()
        self._lock = threading.Lock()
        self._lookups: dict[tuple[str, int], Future[Sequence[Address]]] = {}

    def open(self, url: str, scheme: str, host: str, port: int, deadline: Deadline) -> Connection:
        """A connection that is ready for a request, of which nothing has been sent. Raises whatever goes wrong."""
        proxy = select_proxy(url, get_environ_proxies(url)) if scheme == "https" else None
        connection: Connection = (
            HttpConnection(host, port)
            if scheme == "http"
            else self._through(proxy, host, port)
            if proxy
            else HttpsConnection(host, port, ssl_context=self._context)
        )
        connection.opener = self
        connection.watch = Watch(deadline, MAX_PROXY_BYTES)
        try:
            connection.connect()
        except BaseException:
            connection.close()
            raise
        return connection

    def _through(self, address: str, host: str, port: int) -> HttpsConnection:
        address = address if "://" in address else f"http://{address}"
        proxy = parse_url(address)
        if proxy.scheme not in ("http", "https") or not proxy.host:
            raise ValueError("the address of the proxy is none that can be used")
        config = ProxyConfig(self._context, False, None, None)
        default = 443 if proxy.scheme == "https" else 80
        connection = HttpsConnection(
            proxy.host, proxy.port or default, proxy=proxy, proxy_config=config, ssl_context=self._context
        )
        user, password = get_auth_from_url(address)
        credential = make_headers(proxy_basic_auth=f"{user}:{password}") if user else None
        connection.set_tunnel(host, port, credential, proxy.scheme)
        return connection

    def socket_to(self, host: str, port: int, watch: Watch) -> socket.socket:
        """A socket connected to the first address that accepts. All addresses share the time. Raises OSError."""
        addresses = self._resolve(host.strip("[]"), port, watch.left())[:MAX_ADDRESSES]
        error: OSError = OSError("the name has no address")
        for waiting, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            try:
                return _connect(address, watch.left() / waiting, watch)
            except OSError as failed:
                error = failed
        raise error

    def _resolve(self, host: str, port: int, seconds: float) -> Sequence[Address]:
        """The addresses of a name. The system's look-up has no time limit: a thread of its own waits for it.

        Callers for the same name share one thread, so that a name server that hangs costs one for each name.
        """
        with self._lock:
            future = self._lookups.get((host, port))
            if future is None:
                future = self._lookups[host, port] = Future()
                threading.Thread(target=self._look_up, args=(host, port, future), daemon=True).start()
        return future.result(seconds)

    def _look_up(self, host: str, port: int, future: Future[Sequence[Address]]) -> None:
        try:
            found = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
        except BaseException as error:
            self._forget(host, port)
            future.set_exception(error)
        else:
            self._forget(host, port)
            future.set_result(found)

    def _forget(self, host: str, port: int) -> None:
        with self._lock:
            del self._lookups[host, port]


def _connect(address: Address, seconds: float, watch: Watch) -> socket.socket:
    family, kind, protocol, _, place = address
    connected = _PlainSocket(family, kind, protocol)
    connected.watch = watch
    try:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEP_ALIVE:
            if hasattr(socket, name):
                connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        connected.settimeout(seconds)
        connected.connect(place)
    except BaseException:
        connected.close()
        raise
    return connected


def tls_context() -> ssl.SSLContext:
    """TLS 1.2 or later, names and certificates verified, trusting what requests trusts (REQUESTS_CA_BUNDLE)."""
    context = _Context(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION
    if sys.version_info >= (3, 13):
        context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
    bundle = environ.get("REQUESTS_CA_BUNDLE") or environ.get("CURL_CA_BUNDLE") or DEFAULT_CA_BUNDLE_PATH
    context.load_verify_locations(**{"capath" if isdir(bundle) else "cafile": bundle})
    return context
