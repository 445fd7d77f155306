"""The last line: what a caller and the log are told when the bridge itself is wrong."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest

from bridge.api.api import Api
from bridge.api.log import MAX_CLAIM, MAX_OPERATOR
from bridge.api.message import Request, Response
from bridge.api.route import Route
from bridge.errors import BridgeError, Forbidden, InvalidUpstreamResponse, Misconfigured, OutcomeUnknown, TryLater
from bridge.inbound import Caller
from bridge.runtime import Runtime
from bridge.trace import Trace
from tests.support.env import env
from tests.support.tokens import CONNECTOR, TENANT, claims, good, token

REQUEST = Request("GET", {"x-ms-client-request-id": "0a1b2c3d"})
SECRET = "Adele Vance, 12 Rose Lane"
ADELE = Caller("tenant", "adele", "aud", "iss", "2.0", "client", (), 0.0, {}, "")


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    """With good settings, and everybody let in."""
    api = Api(Runtime(env()))
    monkeypatch.setattr(api.runtime.app(), "authenticate", lambda *_: ADELE)
    return api


Answer = Callable[..., Response]


@pytest.fixture
def answer(api: Api) -> Answer:
    """`answer(work)` is the response of a route whose work this is."""

    def of(work: Callable[[Trace], object], *, writes: bool = False, request: Request = REQUEST) -> Response:
        route = Route("Test", "GET", "api/test", as_user=lambda *rest: work(rest[-1]), system="workday", writes=writes)
        return api.handle(request, route)

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
    ("error", "writes", "level"),
    [
        (Misconfigured("x"), False, logging.ERROR),
        (InvalidUpstreamResponse("x"), False, logging.ERROR),
        (BridgeError("x"), False, logging.ERROR),
        (OutcomeUnknown("x"), True, logging.WARNING),
        (OutcomeUnknown("x", code="conflict"), True, logging.WARNING),
        (Forbidden("x", code="user_unknown_to_system"), False, logging.WARNING),
        (Forbidden("x"), False, logging.INFO),
        (TryLater("x"), False, logging.INFO),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_what_an_operator_has_to_act_on_or_to_look_up_stands_out(
    answer: Answer, caplog: pytest.LogCaptureFixture, error: BridgeError, writes: bool, level: int
) -> None:
    with caplog.at_level(logging.INFO):
        answer(fails(error), writes=writes)
    assert [record.levelno for record in caplog.records if record.name == "bridge"] == [level]


def test_a_write_without_an_outcome_can_be_looked_up(answer: Answer, caplog: pytest.LogCaptureFixture) -> None:
    """The correlation id went to the system as its request id."""
    with caplog.at_level(logging.INFO):
        answer(fails(OutcomeUnknown("x"), "system"), writes=True)
    [line] = logged(caplog, "request")
    assert {"correlationId", "operation", "system", "tenantId", "objectId", "startedAt"} <= set(line)
    assert abs(datetime.fromisoformat(line["startedAt"]).timestamp() - time.time()) < 60


@pytest.mark.parametrize(
    "sent", ["x" * 9, "0a1b2c3d\n", "adele@contoso.com", "0a1b2c3", "a" * 65, "0a1b2c3d {", "0a1b2c3d-ü"]
)
def test_a_client_request_id_is_logged_only_if_it_looks_like_one(
    answer: Answer, caplog: pytest.LogCaptureFixture, sent: str
) -> None:
    with caplog.at_level(logging.INFO):
        answer(lambda _: {}, request=REQUEST)
        answer(lambda _: {}, request=Request("GET", {"x-ms-client-request-id": sent}))
    good, bad = logged(caplog, "request")
    assert (good["clientRequestId"], bad.get("clientRequestId")) == ("0a1b2c3d", None)


def test_what_the_operator_reads_is_on_one_line_and_bounded(answer: Answer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        answer(fails(Misconfigured("x", operator="fault \u202e\n" + "y" * 5000)))
    [line] = logged(caplog, "request")
    assert line["operator"].startswith("fault \\u202e\\n")
    assert len(line["operator"]) == MAX_OPERATOR


def refused_token(caplog: pytest.LogCaptureFixture, authorization: str) -> Mapping[str, Any]:
    api = Api(Runtime(env()))
    with caplog.at_level(logging.INFO):
        api.handle(
            Request("GET", {"authorization": authorization}), next(r for r in api.routes() if r.name == "WhoAmI")
        )
    return logged(caplog, "request")[0]


def test_a_refused_tokens_audience_issuer_and_client_are_logged_as_unverified(caplog: pytest.LogCaptureFixture) -> None:
    line = refused_token(caplog, f"Bearer {good(aud='https://apihub.azure.com')}")
    assert line["code"] == "audience_apihub"
    assert line["unverified"] == {
        "audience": "https://apihub.azure.com",
        "issuer": f"https://login.microsoftonline.com/{TENANT}/v2.0",
        "client": CONNECTOR,
    }


def test_what_a_forger_writes_there_is_bounded_and_escaped(caplog: pytest.LogCaptureFixture) -> None:
    forged = token(claims(aud="\u202e\n" + "x" * 9000, iss=7, azp=["a", "b"]))
    line = refused_token(caplog, f"Bearer {forged}")
    assert line["unverified"]["audience"].startswith("\\u202e\\nxxx")
    assert len(line["unverified"]["audience"]) == MAX_CLAIM
    assert "issuer" not in line["unverified"]
    assert line["unverified"]["client"] == "['a', 'b']"


@pytest.mark.parametrize("authorization", ["", "Basic abc", "Bearer x", "Bearer " + "a.b.c" * 9000])
def test_what_is_no_token_leaves_nothing_of_it(caplog: pytest.LogCaptureFixture, authorization: str) -> None:
    assert "unverified" not in refused_token(caplog, authorization)


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
