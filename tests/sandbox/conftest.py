"""One sandbox Entra and one `orders` for all tests of this folder, in their first state at the start of each test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.ca import Tls, create_tls
from sandbox.entra import Entra
from sandbox.entra.clients import SECRET
from sandbox.orders import Orders
from sandbox.server import Server
from sandbox.world import World, contoso

Obo = Callable[..., requests.Response]


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
def obo(trusting: requests.Session, entra: str, tenant: Entra, world: World) -> Obo:
    """`obo(scope=…)`: the bridge's on-behalf-of request, for adele and `orders`; parameters override, None removes.

    `token` are the parameters of the incoming token, as for `Entra.token`.
    """

    def send(
        *,
        token: dict[str, Any] | None = None,
        tenant_id: str = world.tenant_id,
        headers: dict[str, str] | None = None,
        **overrides: str | None,
    ) -> requests.Response:
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "client_id": world.bridge.client_id,
            "client_secret": SECRET,
            "assertion": tenant.token(**(token or {})),
            "scope": f"{world.orders.identifiers[0]}/.default",
            "requested_token_use": "on_behalf_of",
        }
        return trusting.post(
            f"{entra}/{tenant_id}/oauth2/v2.0/token", data={**form, **overrides}, headers=headers, timeout=5
        )

    return send


@pytest.fixture
def orders(world: World, tenant: Entra, tls: Tls) -> Iterator[str]:
    """The address of a fresh `orders`."""
    with Orders(world, tenant.keys.find).server(tls) as server:
        yield server.url
