"""A small run of `dev.py chaos`: the invariants hold over two processes and one table, and break without the table."""

from __future__ import annotations

import os

import pytest

from tests.chaos import mix, writes
from tests.chaos.stage import TIMEOUT_SECONDS, stage
from tests.support import azurite

SEED = 14
SETTINGS = {"BRIDGE_SYSTEMS__WORKDAY__TIMEOUT_SECONDS": str(TIMEOUT_SECONDS)}


@pytest.fixture(autouse=True)
def _azurite() -> None:
    if azurite.installed() is None:
        assert not os.environ.get("CI"), ".ci/run installs Azurite: it is never missing in CI"
        pytest.skip("Azurite is not installed: npm install --prefix ~/.cache/obo-saml-bridge/azurite azurite@3.35.0")


def violated(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("VIOLATED")]


def test_writes_are_made_once_and_nothing_of_one_user_reaches_another() -> None:
    with stage(SEED, **SETTINGS) as scene:
        assert not violated(list(writes.run(scene, seed=SEED, writes=60, callers=10, kill_every=3)))
        assert not violated(list(mix.run(scene, seed=SEED, total=300)))


def test_without_a_shared_ledger_the_same_plan_fails() -> None:
    with stage(SEED, ledger="memory", **SETTINGS) as scene:
        lines = list(writes.run(scene, seed=SEED, writes=60, callers=10, kill_every=3))
    assert any("exists 2 times" in line for line in violated(lines))
