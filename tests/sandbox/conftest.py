"""One sandbox Entra and one `orders` for all tests here, in their first state at the start of each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from sandbox.ca import Tls, create_tls
from sandbox.entra import Entra
from sandbox.orders import Orders
from sandbox.server import Server
from sandbox.world import World, contoso


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return create_tls(Path(tmp_path_factory.mktemp("ca")))


@pytest.fixture(scope="session")
def world() -> World:
    return contoso()


@pytest.fixture(scope="session")
def trusting(tls: Tls) -> Iterator[requests.Session]:
    """Trusts the sandbox's authority, whatever the machine's environment says about proxies and bundles."""
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(tls.ca_file)
        yield session


@pytest.fixture(scope="session")
def tenant(world: World) -> Entra:
    return Entra(world)


@pytest.fixture(scope="session")
def _entra_server(tenant: Entra, tls: Tls) -> Iterator[Server]:
    with tenant.server(tls) as server:
        yield server


@pytest.fixture
def entra(_entra_server: Server, tenant: Entra, trusting: requests.Session) -> str:
    """The address of Entra."""
    url = _entra_server.url
    trusting.delete(f"{url}/sandbox/faults", timeout=5)
    trusting.delete(f"{url}/sandbox/stats", timeout=5)
    trusting.post(f"{url}/sandbox/mode", json={"workday_app": "saml", "answers": {}}, timeout=5)
    return url


@pytest.fixture
def orders(world: World, tenant: Entra, tls: Tls) -> Iterator[str]:
    """The address of a fresh `orders`."""
    with Orders(world, tenant.keys.find).server(tls) as server:
        yield server.url
