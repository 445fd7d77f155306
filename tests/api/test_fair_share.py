"""One caller has at most half of the threads at once."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from bridge.errors import TryLater
from bridge.fair_share import FairShare
from tests.support.memory import texts_in


def test_one_caller_gets_at_most_half_of_the_threads() -> None:
    shares = FairShare(8)
    with ExitStack() as running:
        for _ in range(4):
            running.enter_context(shares.turn("t", "adele"))
        with pytest.raises(TryLater) as caught, shares.turn("t", "adele"):
            pass
        assert (caught.value.code, caught.value.retry_after) == ("too_many_at_once", 2)
        with shares.turn("t", "megan"), shares.turn("other", "adele"):
            pass
    with shares.turn("t", "adele"):
        assert "adele" in texts_in(shares)
    assert not {"adele", "megan"} & set(texts_in(shares)), "no memory of callers who have finished"


def test_without_a_known_number_of_threads_there_is_no_limit() -> None:
    with ExitStack() as running:
        for _ in range(100):
            running.enter_context(FairShare(None).turn("t", "adele"))
