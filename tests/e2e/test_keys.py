"""Entra's signing keys over their whole life: none yet, an outage, a rollover."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.stack import start_sandbox
from tests.e2e.kit import Bridge, Sandbox, run_app

App = Callable[..., Bridge]
WHO = "/api/workday/documents/types"
"""Needs a token and nothing else."""


@pytest.fixture
def key_fetches(sandbox: Sandbox) -> Callable[[], int]:
    def count() -> int:
        return int(sandbox.control("GET", "entra", "/sandbox/stats")["endpoints"]["keys"])

    return count


TROUBLE: dict[str, dict[str, object]] = {
    "503": {"status": 503},
    "HTML": {"status": 200, "body": "<html>"},
    "a secret key": {"body": {"keys": [{"kty": "oct", "kid": "k", "k": "AAAA"}]}},
    "a redirect": {"status": 302, "headers": {"Location": "https://evil.example/"}},
}


@pytest.mark.parametrize("fault", TROUBLE.values(), ids=TROUBLE)
def test_a_cold_start_without_keys_is_503(app: App, sandbox: Sandbox, fault: dict[str, object]) -> None:
    bridge = app()
    sandbox.fault("entra", "keys", **fault)
    reply = bridge.get(WHO, sandbox.token())
    assert reply.outcome == (503, "entra_keys_unavailable")
    assert 1 <= int(reply.headers["retry-after"]) <= 30
    assert "www-authenticate" not in reply.headers
    assert bridge.get("/api/ready").json["entraKeys"] is False


def test_after_the_outage_the_same_token_is_taken(app: App, sandbox: Sandbox) -> None:
    bridge = app()
    sandbox.fault("entra", "keys", drop="before")
    token = sandbox.token()
    wait = int(bridge.get(WHO, token).headers["retry-after"])
    time.sleep(wait + 0.1)
    assert bridge.get(WHO, token).status == 200


def test_during_an_outage_the_keys_at_hand_go_on_serving(
    app: App, sandbox: Sandbox, key_fetches: Callable[[], int]
) -> None:
    bridge = app()
    assert bridge.get(WHO, sandbox.token()).status == 200
    sandbox.fault("entra", "keys", status=503, times=0)
    before = key_fetches()
    assert [bridge.get(WHO, sandbox.token(user=user)).status for user in ("adele", "alex", "diego")] == [200] * 3
    assert key_fetches() == before


def test_a_flood_of_unknown_keys_costs_a_few_fetches(
    app: App, sandbox: Sandbox, key_fetches: Callable[[], int]
) -> None:
    bridge = app()
    assert bridge.get(WHO, sandbox.token()).status == 200
    before = key_fetches()
    reported = {bridge.get(WHO, sandbox.token(header={"kid": f"unknown-{n}"})).outcome for n in range(30)}
    assert reported == {(401, "unknown_key")}
    assert key_fetches() == before + 3


def test_many_cold_callers_cost_one_fetch(app: App, sandbox: Sandbox, key_fetches: Callable[[], int]) -> None:
    bridge = app()
    tokens = [sandbox.token() for _ in range(20)]
    before = key_fetches()
    with ThreadPoolExecutor(20) as callers:
        assert set(callers.map(lambda token: bridge.get(WHO, token).status, tokens)) == {200}
    assert key_fetches() == before + 1


def test_versions_have_key_documents_of_their_own(app: App, sandbox: Sandbox, key_fetches: Callable[[], int]) -> None:
    bridge = app()
    before = key_fetches()
    assert [bridge.get(WHO, sandbox.token(version=version)).status for version in (1, 2, 1, 2)] == [200] * 4
    assert key_fetches() == before + 2


# A rollover breaks every app that has keys already, so these have a tenant of their own.


@pytest.fixture(scope="module")
def own() -> Iterator[Sandbox]:
    with start_sandbox() as (_, facts):
        yield Sandbox(facts)


def rotate(sandbox: Sandbox) -> None:
    sandbox.control("POST", "entra", "/sandbox/rotate-keys")


def test_after_a_rollover_the_new_token_is_taken_and_the_old_one_refused(own: Sandbox) -> None:
    old = own.token()
    rotate(own)
    with run_app(own) as bridge:
        assert bridge.get(WHO, own.token()).status == 200
        assert bridge.get(WHO, old).outcome == (401, "unknown_key")


def test_a_rollover_is_seen_with_the_first_token_of_the_new_key(own: Sandbox) -> None:
    old = own.token()
    with run_app(own) as bridge:
        assert bridge.get(WHO, old).status == 200
        rotate(own)
        assert bridge.get(WHO, own.token()).status == 200
        assert bridge.get(WHO, old).outcome == (401, "unknown_key")
