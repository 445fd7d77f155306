from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from bridge.base.http_client import Client
from tests.signing.stand_ins import IDENTITY_HEADER, Clock, IdentityEndpoint, Vault


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch) -> Iterator[IdentityEndpoint]:
    """The identity endpoint, in the environment as App Service announces it."""
    endpoint = IdentityEndpoint()
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{endpoint.url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_HEADER)
    yield endpoint
    endpoint.close()


@pytest.fixture
def client() -> Iterator[Client]:
    """The bridge's own."""
    with closing(Client()) as own:
        yield own


@pytest.fixture(scope="session")
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def vault(private_key: rsa.RSAPrivateKey) -> Iterator[Vault]:
    running = Vault(private_key)
    yield running
    running.close()


@pytest.fixture(scope="session")
def certify() -> Callable[[rsa.RSAPrivateKey], x509.Certificate]:
    """A self-signed certificate for a key."""

    def certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "signing")])
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=365))
        return builder.sign(key, hashes.SHA256())

    return certificate


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)
