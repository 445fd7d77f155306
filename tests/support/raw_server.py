"""A server of raw bytes over TLS on loopback, which sends what no HTTP library would; and clients that trust it."""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field

import pytest

from bridge.base.http_client import Client
from sandbox.ca import Tls, create_tls

Script = Callable[[socket.socket, bytes], "Script | None"]
"""What the server does with a connection and a request; it returns what to do with the connection's next request."""

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
PACKED = HEAD + b"Content-Encoding: gzip\r\n"
OK = HEAD + b"Content-Length: 2\r\n\r\nok"


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return create_tls(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def trust(tls: Tls, monkeypatch: pytest.MonkeyPatch) -> None:
    """New clients trust the server and use no proxy."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls.ca_file))
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.fixture
def client(trust: None) -> Iterator[Client]:
    with closing(Client()) as client:
        yield client


def says(*parts: bytes, pause: float = 0, keep: bool = False, then: Script | None = None) -> Script:
    """Sends `parts` with a pause after each. `keep` waits until the client closes; `then` plays the next request."""

    def script(connection: socket.socket, _: bytes) -> Script | None:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)
        if keep:
            connection.recv(1)
        return then

    return script


@dataclass
class Peer:
    """A TLS server that plays one script for each connection and keeps the requests that it received."""

    tls: Tls
    scripts: Iterable[Script]
    before_tls: Callable[[socket.socket], object] | None = None
    heard: list[bytes] = field(default_factory=list)

    def __enter__(self) -> Peer:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._listener.getsockname()[1]}/"
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _serve(self) -> None:
        for script in self.scripts:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection, script), daemon=True).start()

    def _talk(self, connection: socket.socket, script: Script) -> None:
        with connection, contextlib.suppress(OSError):
            if self.before_tls:
                self.before_tls(connection)
                return
            with self.tls.context.wrap_socket(connection, server_side=True) as secure:
                following: Script | None = script
                while following and (request := read_request(secure)):
                    self.heard.append(request)
                    following = following(secure, request)


def read_request(connection: socket.socket) -> bytes:
    """A whole request, with its body."""
    data = b""
    while not _is_whole(data):
        more = connection.recv(65536)
        if not more:
            break
        data += more
    return data


def _is_whole(data: bytes) -> bool:
    head, end, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *([0-9]+)", head)
    return bool(end) and len(body) >= int(length[1] if length else 0)


def reset(connection: socket.socket) -> None:
    """End the connection with a TCP reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
