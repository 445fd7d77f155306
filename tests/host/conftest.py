from __future__ import annotations

import http.client
import json
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.functions_host import FunctionsHost
from sandbox.functions_host.functions import App

collect_ignore = [] if sys.version_info >= (3, 13) else ["test_microsoft_worker.py"]  # its package needs 3.13
APP = Path(__file__).parent / "app" / "echo.py"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Call = Callable[..., Reply]
Send = Callable[[bytes], Reply]


@pytest.fixture(scope="session")
def host() -> Iterator[FunctionsHost]:
    with FunctionsHost() as running:
        running.serve(App.load(APP))
        yield running


@pytest.fixture
def call(host: FunctionsHost) -> Call:
    """`call("/path", method=…, headers=…, body=…)` over a connection of its own."""

    def over_http(path: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes = b"") -> Reply:
        connection = http.client.HTTPConnection(host.address, timeout=10)
        try:
            connection.request(method, path, body or None, headers or {})
            answer = connection.getresponse()
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    return over_http


@pytest.fixture
def send(host: FunctionsHost) -> Send:
    """`send(bytes)` puts exactly these bytes on the wire."""

    def raw(data: bytes) -> Reply:
        name, port = host.address.split(":")
        with socket.create_connection((name, int(port)), timeout=10) as connection:
            connection.sendall(data)
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())

    return raw
