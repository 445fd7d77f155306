"""A Key Vault and an identity endpoint on loopback, and a clock for the libraries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from bridge.base.http_client import Client
from tests.signing.stand_ins import IDENTITY_HEADER, Clock, IdentityEndpoint, Vault
from tests.support.keys import rsa_key


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch) -> Iterator[IdentityEndpoint]:
    """The identity endpoint, in the environment as App Service announces it."""
    with closing(IdentityEndpoint()) as endpoint:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{endpoint.url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_HEADER)
        yield endpoint


@pytest.fixture
def client() -> Iterator[Client]:
    """The bridge's own."""
    with closing(Client()) as own:
        yield own


@pytest.fixture
def vault() -> Iterator[Vault]:
    """Has the key called "vault"."""
    with closing(Vault(rsa_key("vault"))) as running:
        yield running


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)
