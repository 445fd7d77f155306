"""Errors of the bridge itself, and every error's line in the log."""

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
Work = Callable[[Trace], object]
Answer = Callable[..., Response]
SECRET = "Adele Vance, 12 Rose Lane"
ADELE = Caller("tenant", "adele", "aud", "iss", "2.0", "client", (), 0.0, {}, "")


@pytest.fixture(autouse=True)
def _all_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Answer:
    """`answer(work)` is the response of a route that does this work for an authenticated caller."""
    api = Api(Runtime(env()))
    monkeypatch.setattr(api.runtime.app(), "authenticate", lambda *_: ADELE)

    def of(work: Work, *, writes: bool = False, request: Request = REQUEST) -> Response:
        route = Route("Test", "GET", "api/test", as_user=lambda *rest: work(rest[-1]), system="workday", writes=writes)
        return api.handle(request, route)

    return of


def fails(error: Exception, *hops: str) -> Work:
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
    response = answer(fails(error))
    assert (response.status, document(response)["code"]) == (500, "internal_error")
    assert SECRET not in response.body.decode() + caplog.text
    crash, line = logged(caplog, "crash")[0], logged(caplog, "request")[0]
    assert crash["error"] == type(error).__name__
    assert any("test_crash.py" in place for place in crash["at"])
    assert crash["correlationId"] == line["correlationId"] == response.headers["x-correlation-id"]


def crashes_in_the_system_hop(trace: Trace) -> object:
    with trace.hop("system"):
        raise KeyError


@pytest.mark.parametrize(
    ("writes", "work", "status"),
    [
        (False, fails(KeyError(), "credential", "system"), 500),
        (True, fails(KeyError()), 500),
        (True, fails(KeyError(), "credential"), 500),
        (True, fails(KeyError(), "credential", "system"), 409),
        (True, fails(KeyError(), "credential", "system", "credential"), 409),
        (True, crashes_in_the_system_hop, 409),
    ],
)
def test_a_write_that_may_have_been_sent_is_never_500(answer: Answer, writes: bool, work: Work, status: int) -> None:
    """Power Automate would send it again."""
    assert answer(work, writes=writes).status == status


def test_a_result_that_cannot_be_written_as_json_is_500_for_a_read(answer: Answer) -> None:
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
def test_the_log_level_shows_what_an_operator_has_to_fix_or_to_look_up(
    answer: Answer, caplog: pytest.LogCaptureFixture, error: BridgeError, writes: bool, level: int
) -> None:
    answer(fails(error), writes=writes)
    assert [record.levelno for record in caplog.records if record.name == "bridge"] == [level]


def test_the_log_line_of_a_write_without_an_outcome_has_what_a_search_needs(
    answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    """The correlation id went to the system as its request id."""
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
    answer(lambda _: {}, request=REQUEST)
    answer(lambda _: {}, request=Request("GET", {"x-ms-client-request-id": sent}))
    good, bad = logged(caplog, "request")
    assert (good["clientRequestId"], bad.get("clientRequestId")) == ("0a1b2c3d", None)


def test_what_the_operator_reads_is_on_one_line_and_bounded(answer: Answer, caplog: pytest.LogCaptureFixture) -> None:
    answer(fails(Misconfigured("x", operator="fault \u202e\n" + "y" * 5000)))
    [line] = logged(caplog, "request")
    assert line["operator"].startswith("fault \\u202e\\n")
    assert len(line["operator"]) == MAX_OPERATOR


def refused_token(caplog: pytest.LogCaptureFixture, authorization: str) -> Mapping[str, Any]:
    api = Api(Runtime(env()))
    who_am_i = next(route for route in api.routes() if route.name == "WhoAmI")
    api.handle(Request("GET", {"authorization": authorization}), who_am_i)
    return logged(caplog, "request")[0]


def test_a_refused_tokens_audience_issuer_and_client_are_logged_as_unverified(caplog: pytest.LogCaptureFixture) -> None:
    line = refused_token(caplog, f"Bearer {good(aud='https://apihub.azure.com')}")
    assert line["code"] == "audience_apihub"
    assert line["unverified"] == {
        "audience": "https://apihub.azure.com",
        "issuer": f"https://login.microsoftonline.com/{TENANT}/v2.0",
        "client": CONNECTOR,
    }


def test_unverified_claims_are_logged_bounded_and_escaped(caplog: pytest.LogCaptureFixture) -> None:
    forged = token(claims(aud="\u202e\n" + "x" * 9000, iss=7, azp=["a", "b"]))
    line = refused_token(caplog, f"Bearer {forged}")
    assert line["unverified"]["audience"].startswith("\\u202e\\nxxx")
    assert len(line["unverified"]["audience"]) == MAX_CLAIM
    assert "issuer" not in line["unverified"]
    assert line["unverified"]["client"] == "['a', 'b']"


@pytest.mark.parametrize("authorization", ["", "Basic abc", "Bearer x", "Bearer " + "a.b.c" * 9000])
def test_nothing_of_a_header_without_a_token_is_logged(caplog: pytest.LogCaptureFixture, authorization: str) -> None:
    assert "unverified" not in refused_token(caplog, authorization)


def test_a_lone_surrogate_in_a_result_is_replaced(answer: Answer) -> None:
    response = answer(lambda _: {"name": "a\ud800b"})
    assert (response.status, document(response)) == (200, {"name": "a?b"})


def test_the_repr_of_a_request_or_a_response_shows_nothing_of_what_it_holds() -> None:
    request = Request("POST", {"authorization": SECRET}, {"q": SECRET}, {"id": SECRET}, SECRET.encode())
    assert SECRET not in f"{request!r}{Response(200, SECRET.encode(), headers={'x': SECRET})!r}"


def test_times_of_the_same_hop_are_added(answer: Answer, caplog: pytest.LogCaptureFixture) -> None:
    def work(trace: Trace) -> object:
        for _ in range(2):
            with trace.hop("system"):
                pass
        return {}

    answer(work)
    assert set(logged(caplog, "request")[0]["ms"]) == {"total", "system"}
