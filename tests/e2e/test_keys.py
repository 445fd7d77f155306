"""Entra's signing keys in the running app: a cold start during an outage, both versions, a rollover."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

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


def test_a_cold_start_without_keys_is_503_and_after_the_outage_the_same_token_is_accepted(
    app: App, sandbox: Sandbox
) -> None:
    bridge = app()
    sandbox.fault("entra", "keys", status=200, body={"keys": [{"kty": "oct", "kid": "k", "k": "AAAA"}]})
    token = sandbox.token()
    reply = bridge.get(WHO, token)
    assert reply.outcome == (503, "entra_keys_unavailable")
    assert "www-authenticate" not in reply.headers
    assert bridge.get("/api/ready").json["entraKeys"] is False
    time.sleep(int(reply.headers["retry-after"]) + 0.1)
    assert bridge.get(WHO, token).status == 200


def test_versions_have_key_documents_of_their_own(app: App, sandbox: Sandbox, key_fetches: Callable[[], int]) -> None:
    bridge = app()
    before = key_fetches()
    assert [bridge.get(WHO, sandbox.token(version=version)).status for version in (1, 2, 1, 2)] == [200] * 4
    assert key_fetches() == before + 2


# A rollover breaks every app that has keys already, so these tests have a tenant of their own.


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
