"""A small run of `dev.py chaos`: the invariants hold over two processes and one table, and break without the table."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.chaos import mix, writes
from tests.chaos.stage import Stage, stage
from tests.support import azurite

SEED = 14
pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def scene() -> Iterator[Stage]:
    if azurite.installed() is None:
        assert not os.environ.get("CI"), ".ci/run installs Azurite: it is never missing in CI"
        pytest.skip("Azurite is not installed: npm install --prefix ~/.cache/obo-saml-bridge/azurite azurite@3.35.0")
    with stage(SEED) as scene:
        yield scene


def violated(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("VIOLATED")]


def test_writes_are_made_once_and_nothing_of_one_user_reaches_another(scene: Stage) -> None:
    assert not violated(list(writes.run(scene, seed=SEED, writes=40, callers=10, kill_every=15)))
    scene.control("POST", "workday", "/sandbox/reset")
    assert not violated(list(mix.run(scene, seed=SEED, total=300)))


def test_without_a_shared_ledger_the_same_plan_fails(scene: Stage) -> None:
    scene.restart(BRIDGE_LEDGER="memory")
    plans = (list(writes.run(scene, seed=SEED + n, writes=20, callers=10, kill_every=100)) for n in range(5))
    assert any("exists 2 times" in line for lines in plans for line in violated(lines)), "no repeat met two instances"
