"""How often a caller may probe."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.api.probe import MAX_CALLERS, PROBES, WINDOW_SECONDS, Limiter
from bridge.errors import TryLater
from bridge.inbound.caller import Caller
from tests.support.clock import Clock
from tests.support.memory import texts_in
from tests.support.raised import raised

ADELE = Caller("tenant", "adele", "aud", "iss", "2.0", "client", (), 0.0, {}, "")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("time.monotonic", clock)
    return clock


def test_a_caller_may_probe_so_often_in_a_window_and_again_after_it(clock: Clock) -> None:
    limiter = Limiter()
    for _ in range(PROBES):
        limiter.admit(ADELE)
    clock.now += WINDOW_SECONDS / 2
    assert raised(TryLater, limiter.admit, ADELE).retry_after == WINDOW_SECONDS / 2
    clock.now += WINDOW_SECONDS / 2
    limiter.admit(ADELE)


@pytest.mark.usefixtures("clock")
def test_each_caller_has_an_allowance_of_its_own() -> None:
    limiter = Limiter()
    for _ in range(PROBES):
        limiter.admit(ADELE)
    limiter.admit(replace(ADELE, object_id="alex"))
    limiter.admit(replace(ADELE, tenant_id="another"))
    assert raised(TryLater, limiter.admit, ADELE).code == "probe_limited"


@pytest.mark.usefixtures("clock")
def test_many_callers_cost_bounded_memory() -> None:
    limiter = Limiter()
    for number in range(MAX_CALLERS * 2):
        limiter.admit(replace(ADELE, object_id=str(number)))
    assert 0 < len([text for text in texts_in(limiter) if text.isdigit()]) <= MAX_CALLERS
