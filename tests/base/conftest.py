"""Clients and raw servers, with the trust between them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from bridge.base.http_client import Client, Deadline, HttpResponse
from sandbox.ca import Tls
from tests.support.raw_server import Peer, client, tls, trust

__all__ = ["client", "tls", "trust"]

PeerOf = Callable[..., Peer]


def get(client: Client, url: str, *, seconds: float = 5, fresh: bool = False) -> HttpResponse:
    return client.send("GET", url, deadline=Deadline(seconds), fresh=fresh)


@pytest.fixture
def peer(tls: Tls) -> Iterator[PeerOf]:
    """`peer(script, …)` serves these scripts, a connection each."""
    with contextlib.ExitStack() as stack:
        yield lambda *scripts, before_tls=None: stack.enter_context(Peer(tls, scripts, before_tls))
