"""One Workday tenant for the tests of this folder, with its first people and no faults at the start of each test."""

from collections.abc import Iterator

import pytest
import requests

from sandbox import workday as sandbox_workday
from sandbox.ca import KeyPair, Tls, self_signed
from sandbox.server import Server
from sandbox.world import World
from tests.sandbox.workday.kit import Caller, Issuer, Workday


@pytest.fixture(scope="session")
def entra_pair() -> KeyPair:
    return self_signed("Entra for Workday")


@pytest.fixture(scope="session")
def bridge_pair() -> KeyPair:
    return self_signed("bridge for Workday")


@pytest.fixture(scope="session")
def unknown_pair() -> KeyPair:
    """A key that is registered nowhere."""
    return self_signed("bridge for Workday")


@pytest.fixture(scope="session")
def _server(world: World, tls: Tls, entra_pair: KeyPair, bridge_pair: KeyPair) -> Iterator[Server]:
    created = sandbox_workday.create(world, tls, entra_pair.certificate_pem, bridge_pair.certificate_pem)
    with created as server:
        yield server


@pytest.fixture(scope="session")
def _tokens() -> dict[str, str]:
    return {}


@pytest.fixture
def workday(
    _server: Server,
    world: World,
    trusting: requests.Session,
    entra_pair: KeyPair,
    bridge_pair: KeyPair,
    _tokens: dict[str, str],
) -> Workday:
    audience = world.workday.identifiers[0]
    entra_issuer = f"https://sts.windows.net/{world.tenant_id}/"
    token_url = f"{_server.url}/ccx/oauth2/{world.workday_tenant}/token"
    running = Workday(
        url=_server.url,
        world=world,
        session=trusting,
        bridge=Issuer(issuer=world.bridge_issuer, audience=audience, recipient=token_url, pair=bridge_pair),
        tokens=_tokens,
        entra=Issuer(issuer=entra_issuer, audience=audience, recipient=world.workday.reply_urls[0], pair=entra_pair),
    )
    running.control("POST", "reset")
    running.control("DELETE", "faults")
    running.control("DELETE", "stats")
    return running


@pytest.fixture
def adele(workday: Workday, world: World) -> Caller:
    return _caller(workday, world, "adele")


@pytest.fixture
def miriam(workday: Workday, world: World) -> Caller:
    """The manager of Adele, Alex and Diego."""
    return _caller(workday, world, "miriam")


def _caller(workday: Workday, world: World, key: str) -> Caller:
    person = world.person(key)
    assert person
    if person.upn not in workday.tokens:
        workday.tokens[person.upn] = workday.sign_in(person).token
    return Caller(workday, person, workday.tokens[person.upn])
