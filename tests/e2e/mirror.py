"""A system that records each request with its headers: what the bridge really sends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.ca import Tls
from sandbox.server import Request, Response, Route, Server

ORDERS: dict[str, list[object]] = {"orders": []}


@dataclass(slots=True)
class Mirror:
    """Responds as `orders` does, to any caller."""

    url: str
    ca_file: Path
    seen: list[Request] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200

    @classmethod
    @contextmanager
    def listening(cls, tls: Tls) -> Iterator[Mirror]:
        """On a free port, until the end of the block. `headers` and `status` are those of its responses."""

        def answer(request: Request) -> Response:
            mirror.seen.append(request)
            return Response.json(ORDERS, status=mirror.status, headers=mirror.headers)

        routes = [Route(method, path, answer) for method in ("GET", "POST") for path in ("/orders", "/orders/{id}")]
        with Server(routes, tls) as server:
            mirror = cls(server.url, tls.ca_file)
            yield mirror
