"""A server of raw bytes over TLS on loopback: it says what no HTTP library would."""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sandbox.ca import Tls

Script = Callable[[socket.socket, bytes], None]
"""What the server does with a connection and the request that came on it."""

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def says(*parts: bytes, pause: float = 0, keep: bool = False) -> Script:
    """Sends `parts` with a pause after each; `keep` then waits for the client to go away."""

    def script(connection: socket.socket, _: bytes) -> None:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)
        if keep:
            connection.recv(1)

    return script


@dataclass
class Peer:
    """A TLS server that plays one script a connection and keeps what it was sent."""

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
                self.heard.append(read_request(secure))
                script(secure, self.heard[-1])


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
