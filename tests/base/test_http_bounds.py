"""Every wait and every size has an end: whatever the sender does, on each way to it."""

from __future__ import annotations

import contextlib
import gc
import gzip
import socket
import ssl
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from bridge.base import http_client
from bridge.base.http_client import MAX_ANSWER_BYTES, Client, Deadline, RequestNotSent, ResponseLost
from sandbox.ca import Tls
from tests.base.conftest import PeerOf, get
from tests.support.raised import raised
from tests.support.raw_server import CHUNKED, HEAD, OK, PACKED, Script, read_request, says


def floods(start: bytes, again: bytes) -> Script:
    """Sends `start`, and then `again` without an end."""

    def script(connection: socket.socket, _: bytes) -> None:
        connection.sendall(start)
        block = again * (65536 // len(again) + 1)
        while True:
            connection.sendall(block)

    return script


@contextlib.contextmanager
def memory_below(bound: int) -> Iterator[None]:
    """Fails if the block needs more memory at any time."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < bound
    finally:
        tracemalloc.stop()


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fails if the block takes longer."""
    start = time.monotonic()
    yield
    assert time.monotonic() - start < seconds


FLOODS = {
    "100 Continue": floods(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a status line": floods(b"HTTP/1.1 200 ", b"x"),
    "a header": floods(HEAD + b"X-A: ", b"x"),
    "headers": floods(HEAD, b"X-A: 1\r\n"),
    "a body": floods(HEAD + b"Connection: close\r\n\r\n", b"x"),
    "chunks": floods(CHUNKED, b"1\r\nx\r\n"),
    "the length of a chunk": floods(CHUNKED, b"0"),
    "an extension of a chunk": floods(CHUNKED + b"1;", b"x"),
    "trailers": floods(CHUNKED + b"1\r\nx\r\n0\r\n", b"X-A: 1\r\n"),
    "a trailer": floods(CHUNKED + b"1\r\nx\r\n0\r\nX-A: ", b"x"),
    "empty gzip members": floods(PACKED + b"Connection: close\r\n\r\n", gzip.compress(b"")),
    "the body of a redirect": floods(b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:1/\r\n\r\n", b"x"),
}


@pytest.mark.parametrize("script", FLOODS.values(), ids=FLOODS)
def test_an_endless_response_is_cut_off_in_time_and_size(client: Client, peer: PeerOf, script: Script) -> None:
    listening = peer(script)
    with within(3), memory_below(5 * MAX_ANSWER_BYTES):
        raised(ResponseLost, get, client, listening.url, seconds=2)


@pytest.mark.parametrize("flood", ["100 Continue", "chunks", "trailers", "empty gzip members"])
def test_bytes_that_add_nothing_to_the_body_are_counted_as_well(
    client: Client, peer: PeerOf, monkeypatch: pytest.MonkeyPatch, flood: str
) -> None:
    """The bound on the body does not see them, so without a count of their own they would last until the deadline."""
    monkeypatch.setattr(http_client, "MAX_WIRE_BYTES", 100_000)
    error = raised(ResponseLost, get, client, peer(FLOODS[flood]).url, seconds=60)
    assert (error.too_large, error.timed_out) == (True, False)


@pytest.mark.parametrize("status", [200, 302, 400, 503])
def test_a_compressed_answer_is_bounded_by_what_it_unpacks_to(client: Client, peer: PeerOf, status: int) -> None:
    bomb = gzip.compress(bytes(50 * 1024 * 1024), 1)
    head = b"HTTP/1.1 %d Any\r\nLocation: https://x.example/\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    listening = peer(says(head % (status, len(bomb)) + bomb))
    with memory_below(4 * MAX_ANSWER_BYTES), pytest.raises(ResponseLost, match="larger"):
        get(client, listening.url)


LOCATIONS = [b"http://[::1", b"http://[", b"\xff\xfe", b"//", b"https://127.0.0.1:99999/", b"\x00", b"javascript:1"]


@pytest.mark.parametrize("location", LOCATIONS, ids=repr)
def test_a_location_is_never_read(client: Client, peer: PeerOf, location: bytes) -> None:
    head = b"HTTP/1.1 302 Found\r\nContent-Length: 2\r\nLocation: " + location + b"\r\n\r\nok"
    response = get(client, peer(says(head)).url)
    assert (response.status, response.body) == (302, b"ok")


# Connecting.


def test_a_deadline_holds_in_a_handshake_that_drips(client: Client, peer: PeerOf) -> None:
    def drip(connection: socket.socket) -> None:
        for byte in b"\x16\x03\x03\x40\x00" + bytes(100):
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    with within(1.5):
        raised(RequestNotSent, get, client, peer(says(), before_tls=drip).url, seconds=0.4)


def _addresses(monkeypatch: pytest.MonkeyPatch, *hosts: str) -> None:
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda _, *rest: [found for host in hosts for found in real(host, *rest)]
    )


@contextlib.contextmanager
def _silent(host: str, port: int = 0) -> Iterator[int]:
    """An address that answers no connection, because its listen queue is full. Gives its port."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server((host, port), backlog=0))
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_all_addresses_of_a_name_share_the_time(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with _silent("127.0.0.1") as port, within(1.2):
        _addresses(monkeypatch, *["127.0.0.1"] * 4)
        raised(RequestNotSent, get, client, f"https://localhost:{port}/", seconds=0.8)


def test_the_next_address_is_tried(client: Client, peer: PeerOf, monkeypatch: pytest.MonkeyPatch) -> None:
    listening = peer(says(OK))
    _addresses(monkeypatch, "127.0.0.9", "127.0.0.1")
    assert get(client, listening.url.replace("127.0.0.1", "localhost")).status == 200


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8")
def test_a_silent_address_leaves_time_for_the_next(
    client: Client, peer: PeerOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening = peer(says(OK))
    port = int(listening.url.rstrip("/").rpartition(":")[2])
    _addresses(monkeypatch, "127.0.0.9", "127.0.0.1")
    with _silent("127.0.0.9", port):
        assert get(client, f"https://localhost:{port}/", seconds=2).status == 200


def test_a_name_server_that_hangs_is_asked_once_for_all_and_no_longer_than_the_deadline(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    release = threading.Event()

    def hang(*arguments: object) -> list[object]:
        asked.append(arguments)
        release.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    with within(1.5), ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(get, client, "https://slow.example/", seconds=0.4) for _ in range(4)]
        for future in waiting:
            with pytest.raises(RequestNotSent, match="Timeout"):
                future.result()
    release.set()
    assert len(asked) == 1


# Through a proxy.


class Proxy:
    """Accepts CONNECT and then passes bytes on, both ways; with `tls`, its own connection is encrypted as well."""

    def __init__(self, tls: Tls | None) -> None:
        self.tls = tls
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"{'https' if tls else 'http'}://user:secret@127.0.0.1:{self.listener.getsockname()[1]}"
        self.heard: list[bytes] = []
        self.says = b"HTTP/1.1 200 Connection established\r\n\r\n"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._tunnel, args=(near,), daemon=True).start()

    def _tunnel(self, near: socket.socket) -> None:
        with contextlib.suppress(OSError), self._secured(near) as near:
            self.heard.append(read_request(near))
            near.sendall(self.says)
            if b" 200 " not in self.says:
                return
            with socket.create_connection(("127.0.0.1", int(self.heard[-1].split()[1].rpartition(b":")[2]))) as far:
                back = threading.Thread(target=self._pass_on, args=(near, far), daemon=True)
                back.start()
                self._pass_on(far, near)
                back.join(5)

    def _secured(self, near: socket.socket) -> socket.socket:
        return self.tls.context.wrap_socket(near, server_side=True) if self.tls else near

    @staticmethod
    def _pass_on(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@pytest.fixture(params=["http", "https"])
def proxy(request: pytest.FixtureRequest, tls: Tls, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    proxy = Proxy(tls if request.param == "https" else None)
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    yield proxy
    proxy.listener.close()


def test_a_proxy_carries_the_call_and_sees_only_its_host(client: Client, peer: PeerOf, proxy: Proxy) -> None:
    listening = peer(says(OK))
    headers = {"Authorization": "Bearer of-the-user"}
    assert client.send("GET", listening.url + "secret", deadline=Deadline(5), headers=headers).status == 200
    assert proxy.heard[0].startswith(b"CONNECT 127.0.0.1:")
    assert b"Proxy-Authorization: Basic" in proxy.heard[0].replace(b"proxy-authorization", b"Proxy-Authorization")
    assert b"secret" not in proxy.heard[0]
    assert b"of-the-user" not in proxy.heard[0]
    assert b"proxy-authorization" not in listening.heard[0].lower()


@pytest.mark.parametrize(
    "script",
    [says(HEAD + b"Content-Length: 1000\r\n\r\n", *[b"x"] * 100, pause=0.05), FLOODS["100 Continue"], says(keep=True)],
    ids=["drips", "floods", "says nothing"],
)
def test_the_deadline_holds_through_a_proxy(client: Client, peer: PeerOf, proxy: Proxy, script: Script) -> None:
    with within(1.5):
        raised(ResponseLost, get, client, peer(script).url, seconds=0.5)
    assert proxy.heard


@pytest.mark.parametrize(
    "says_this",
    [b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", b"HTTP/1.1 502 Bad Gateway\r\n\r\n", b"no HTTP", b""],
    ids=["407", "502", "garbage", "nothing"],
)
def test_a_proxy_that_refuses_means_nothing_was_sent(
    client: Client, peer: PeerOf, proxy: Proxy, says_this: bytes
) -> None:
    proxy.says = says_this
    listening = peer(says(OK))
    raised(RequestNotSent, client.send, "POST", listening.url, deadline=Deadline(2), body=b"{}", fresh=True)
    assert not listening.heard


@pytest.mark.parametrize("address", ["socks5://127.0.0.1:1", "http://", "http://127.0.0.1:1"])
def test_a_proxy_that_cannot_be_used_is_not_passed_by(
    client: Client, peer: PeerOf, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("HTTPS_PROXY", address)
    listening = peer(says(OK))
    raised(RequestNotSent, get, client, listening.url)
    assert not listening.heard


# Kept connections.


def test_a_kept_connection_that_died_is_replaced_once_with_a_body_made_anew(client: Client, peer: PeerOf) -> None:
    listening = peer(says(OK, then=says()), says(OK))
    made: list[bytes] = []

    def body() -> bytes:
        made.append(b"assertion %d" % len(made))
        return made[-1]

    get(client, listening.url)
    assert client.send("POST", listening.url, deadline=Deadline(5), body=body).status == 200
    assert [request.partition(b"\r\n\r\n")[2] for request in listening.heard] == [b"", b"assertion 0", b"assertion 1"]


@pytest.mark.parametrize("fresh", [False, True])
def test_a_body_that_cannot_be_made_anew_is_never_sent_twice(client: Client, peer: PeerOf, fresh: bool) -> None:
    listening = peer(says() if fresh else says(OK, then=says()), says(OK))
    if not fresh:
        get(client, listening.url)
    raised(ResponseLost, client.send, "POST", listening.url, deadline=Deadline(5), body=b"once", fresh=fresh)
    time.sleep(0.05)
    assert sum(b"once" in request for request in listening.heard) == 1


def test_a_response_that_began_is_not_asked_for_again(client: Client, peer: PeerOf) -> None:
    listening = peer(says(OK, then=says(b"HTTP/1.1 200")), says(OK))
    get(client, listening.url)
    raised(ResponseLost, get, client, listening.url)
    assert len(listening.heard) == 2


@pytest.mark.parametrize(
    "first",
    [OK + OK, b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK, OK + HEAD + b"Content-Length: 3\r\n\r\nbad"],
)
def test_an_unrequested_response_never_reaches_another_caller(client: Client, peer: PeerOf, first: bytes) -> None:
    listening = peer(says(first, keep=True), says(HEAD + b"Content-Length: 4\r\n\r\nmine"))
    with contextlib.suppress(ResponseLost):
        get(client, listening.url)
    time.sleep(0.05)
    assert get(client, listening.url).body == b"mine"


def test_a_connection_that_was_silent_for_long_is_not_used_again(
    client: Client, peer: PeerOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_client, "IDLE_SECONDS", 0.0)
    listening = peer(says(OK, keep=True), says(OK))
    get(client, listening.url)
    get(client, listening.url)
    assert len(listening.heard) == 2


def test_tcp_keepalive_is_on_for_connections(client: Client, peer: PeerOf) -> None:
    listening = peer(says(OK, keep=True))
    get(client, listening.url)
    address = ("127.0.0.1", int(listening.url.rstrip("/").rpartition(":")[2]))
    sockets = [one for one in gc.get_objects() if isinstance(one, ssl.SSLSocket) and one.fileno() >= 0]
    [kept] = [one for one in sockets if one.getpeername() == address]
    assert kept.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
