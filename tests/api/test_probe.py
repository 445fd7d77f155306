"""How often a caller may probe."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from bridge.api.probe import MAX_CALLERS, PROBES, WINDOW_SECONDS, Limiter
from bridge.errors import TryLater
from bridge.inbound.caller import Caller

ADELE = Caller("tenant", "adele", "aud", "iss", "2.0", "client", (), 0.0, {}, "")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_a_caller_may_probe_so_often_in_a_window_and_again_after_it(clock: list[float]) -> None:
    limiter = Limiter()
    for _ in range(PROBES):
        limiter.admit(ADELE)
    clock[0] += WINDOW_SECONDS / 2
    with pytest.raises(TryLater) as caught:
        limiter.admit(ADELE)
    assert caught.value.retry_after == WINDOW_SECONDS / 2
    clock[0] += WINDOW_SECONDS / 2
    limiter.admit(ADELE)


def test_one_callers_probes_are_not_anothers(clock: list[float]) -> None:
    limiter = Limiter()
    for _ in range(PROBES):
        limiter.admit(ADELE)
    limiter.admit(replace(ADELE, object_id="alex"))
    limiter.admit(replace(ADELE, tenant_id="another"))
    with pytest.raises(TryLater):
        limiter.admit(ADELE)


def test_many_callers_take_bounded_memory(clock: list[float]) -> None:
    limiter = Limiter()
    for number in range(MAX_CALLERS * 2):
        limiter.admit(replace(ADELE, object_id=str(number)))
    assert len(limiter._starts) <= MAX_CALLERS
