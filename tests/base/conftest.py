"""Clients and raw servers, with the trust between them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from bridge.base.http_client import Client
from sandbox.ca import Tls, create_tls
from tests.support.raw_server import Peer

PeerOf = Callable[..., Peer]


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return create_tls(tmp_path_factory.mktemp("tls"))


@pytest.fixture(autouse=True)
def _trust(tls: Tls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls.ca_file))
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.fixture
def client() -> Iterator[Client]:
    client = Client()
    yield client
    client.close()


@pytest.fixture
def peer(tls: Tls) -> Iterator[PeerOf]:
    """`peer(script, …)` serves these scripts, a connection each."""
    with contextlib.ExitStack() as stack:
        yield lambda *scripts, before_tls=None: stack.enter_context(Peer(tls, scripts, before_tls))
