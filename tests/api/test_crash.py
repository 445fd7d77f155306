"""The last line: what a caller and the log are told when the bridge itself is wrong."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bridge.api.handler import Face
from bridge.api.message import Request, Response
from bridge.errors import BridgeError, InvalidUpstreamResponse, Misconfigured, TryLater
from bridge.runtime import Runtime
from bridge.trace import Trace
from tests.support.catalog import CATALOG
from tests.support.env import env

REQUEST = Request("GET", {"x-ms-client-request-id": "0a1b2c3d"})
SECRET = "Adele Vance, 12 Rose Lane"


@pytest.fixture
def face(monkeypatch: pytest.MonkeyPatch) -> Face:
    """With good settings, and everybody let in."""
    face = Face(Runtime(env(), CATALOG))
    monkeypatch.setattr(face.runtime.app(), "authenticate", lambda *_: None)
    return face


Answer = Callable[..., Response]


@pytest.fixture
def answer(face: Face) -> Answer:
    """`answer(work)` is what a route whose work this is answers."""

    def of(work: Callable[[Trace], object], *, writes: bool = False) -> Response:
        return face.bearer(REQUEST, "Test", "workday", lambda *rest: work(rest[-1]), writes=writes)

    return of


def fails(error: Exception, *hops: str) -> Callable[[Trace], object]:
    """Work that goes through these hops and then raises."""

    def work(trace: Trace) -> object:
        for name in hops:
            with trace.hop(name):
                pass
        raise error

    return work


def document(response: Response) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(response.body)
    return found


def logged(caplog: pytest.LogCaptureFixture, event: str) -> list[Mapping[str, Any]]:
    lines = [json.loads(record.message) for record in caplog.records if record.name == "bridge"]
    return [line for line in lines if line["event"] == event]


@pytest.mark.parametrize("error", [KeyError(SECRET), RecursionError(SECRET), UnicodeEncodeError("a", SECRET, 0, 1, "")])
def test_an_unforeseen_error_is_500_without_its_text(
    answer: Answer, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    with caplog.at_level(logging.INFO):
        response = answer(fails(error))
    assert (response.status, document(response)["code"]) == (500, "internal_error")
    assert SECRET not in response.body.decode() + caplog.text
    crash, line = logged(caplog, "crash")[0], logged(caplog, "request")[0]
    assert crash["error"] == type(error).__name__
    assert any("test_crash.py" in place for place in crash["at"])
    assert crash["correlationId"] == line["correlationId"] == response.headers["x-correlation-id"]


@pytest.mark.parametrize(
    ("writes", "hops", "status"),
    [
        (False, ("credential", "system"), 500),
        (True, (), 500),
        (True, ("credential",), 500),
        (True, ("credential", "system"), 409),
        (True, ("credential", "system", "credential"), 409),
    ],
)
def test_a_write_that_may_have_been_sent_is_never_500(
    answer: Answer, writes: bool, hops: tuple[str, ...], status: int
) -> None:
    """Power Automate would send it again."""
    assert answer(fails(KeyError(), *hops), writes=writes).status == status


def test_a_crash_inside_the_system_hop_counts_as_sent(answer: Answer) -> None:
    def work(trace: Trace) -> object:
        with trace.hop("system"):
            raise KeyError

    assert answer(work, writes=True).status == 409


def test_a_result_that_is_no_json_is_500_for_a_read(answer: Answer) -> None:
    assert answer(lambda _: {"a": object()}).status == 500


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (Misconfigured("x"), logging.ERROR),
        (InvalidUpstreamResponse("x"), logging.ERROR),
        (BridgeError("x"), logging.ERROR),
        (TryLater("x"), logging.INFO),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_what_an_operator_has_to_fix_is_logged_as_an_error(
    answer: Answer, caplog: pytest.LogCaptureFixture, error: BridgeError, level: int
) -> None:
    with caplog.at_level(logging.INFO):
        answer(fails(error))
    assert [record.levelno for record in caplog.records if record.name == "bridge"] == [level]


def test_the_lone_surrogate_of_an_answer_does_not_break_it(answer: Answer) -> None:
    response = answer(lambda _: {"name": "a\ud800b"})
    assert (response.status, document(response)) == (200, {"name": "a?b"})


def test_neither_a_request_nor_an_answer_shows_what_it_holds() -> None:
    request = Request("POST", {"authorization": SECRET}, {"q": SECRET}, {"id": SECRET}, SECRET.encode())
    assert SECRET not in f"{request!r}{Response(200, SECRET.encode(), headers={'x': SECRET})!r}"


def test_times_of_the_same_hop_are_added(answer: Answer, caplog: pytest.LogCaptureFixture) -> None:
    def work(trace: Trace) -> object:
        for _ in range(2):
            with trace.hop("system"):
                pass
        return {}

    with caplog.at_level(logging.INFO):
        answer(work)
    assert set(logged(caplog, "request")[0]["ms"]) == {"total", "system"}
