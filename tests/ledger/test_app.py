"""What callers of writes get: through the app, with the real order of a request and a scripted network."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from bridge.app import App
from bridge.base.http_client import HttpResponse, RequestNotSent, ResponseLost
from bridge.catalog import load as load_catalog
from bridge.errors import BridgeError, OutcomeUnknown
from bridge.ledger.memory_table import MemoryTable
from bridge.outbound.patience import MAX_ATTEMPTS
from bridge.settings import load
from tests.credentials.support import caller, entra_error, new_trace, workday_token
from tests.ledger.support import Failing
from tests.support.client import Asked, ScriptedClient
from tests.support.env import env
from tests.support.raised import raised

CATALOG = load_catalog(None)
NAME = {"firstName": "Del", "lastName": "Vance", "country": "USA"}
EVENT = (
    '<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>'
    '<Change_Preferred_Name_Response xmlns="urn:com.workday/bsvc"><Event_Reference>'
    '<ID type="WID">E-{}</ID></Event_Reference></Change_Preferred_Name_Response></Body></Envelope>'
)


@dataclass
class World:
    """A Workday that counts its requests. `answers` are its first responses, in their order."""

    settings: dict[str, str] = field(default_factory=dict)
    answers: list[HttpResponse | Exception] = field(default_factory=list)
    sent: list[Asked] = field(default_factory=list)

    def __post_init__(self) -> None:
        rules = {
            "login.microsoftonline.com": entra_error(399274),
            "/oauth2/": workday_token,
            "/ccx/service/": self.workday,
        }
        self.client = ScriptedClient({**rules, "/ccx/api/": _profile})
        self.app = App(load(env(**self.settings), CATALOG), CATALOG, self.client)

    def workday(self, asked: Asked) -> HttpResponse:
        self.sent.append(asked)
        answer = self.answers.pop(0) if self.answers else HttpResponse(200, {}, EVENT.format(len(self.sent)).encode())
        if isinstance(answer, Exception):
            raise answer
        return answer

    def write(self, name: str = "adele", key: str | None = None, **inputs: str) -> dict[str, object]:
        operation, raw = CATALOG.operations["ChangeMyPreferredName"], {**NAME, **inputs}
        return self.app.run(operation, "workday", caller(name), raw, new_trace(), idempotency_key=key)

    def reported(self, name: str = "adele", key: str | None = None, **inputs: str) -> tuple[int, str]:
        """Status and code of a write."""
        try:
            return 200, "repeated" if self.write(name, key, **inputs).get("repeated") else "done"
        except BridgeError as error:
            return error.status, error.code
        except ZeroDivisionError:
            return 0, "crash"


def _profile(_: Asked) -> HttpResponse:
    me = {"id": "W-1", "person": {"id": "P-1"}, "data": [{"first": "Adele", "primary": "Vance"}]}
    return HttpResponse(200, {"content-type": "application/json"}, json.dumps(me).encode())


def test_a_repeat_gets_the_result_of_the_first_and_is_marked_as_a_repeat() -> None:
    world = World()
    first, second = world.write(), world.write()
    assert second.items() >= first.items()
    assert (second["repeated"], "repeated" in first) == (True, False)
    assert second["firstAt"]
    assert len(world.sent) == 1


def test_the_same_values_written_in_another_order_are_the_same_request() -> None:
    world = World()
    world.write()
    assert world.reported(**dict(reversed(NAME.items()))) == (200, "repeated")


def test_two_people_with_the_same_values_make_two_writes() -> None:
    world = World()
    assert [world.reported(name) for name in ("adele", "megan")] == [(200, "done")] * 2
    assert len(world.sent) == 2


def test_an_idempotency_key_names_the_request() -> None:
    world = World()
    calls = [("K1", "A"), ("K2", "A"), ("K1", "A"), ("K1", "B")]
    reported = [world.reported(key=key, firstName=name) for key, name in calls]
    assert reported == [(200, "done"), (200, "done"), (200, "repeated"), (409, "idempotency_conflict")]
    assert len(world.sent) == 2


LOST = ResponseLost("the connection broke", timed_out=False)
FAULT = HttpResponse(
    500,
    {},
    b'<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><S:Fault><faultcode>S:Client.'
    b"validationError</faultcode><faultstring>Validation error occurred.</faultstring></S:Fault></S:Body></S:Envelope>",
)
# Workday's response to the first → status and code of the first, those of the repeat, how often it was sent
FIRSTS: dict[str, tuple[HttpResponse | Exception, tuple[int, str], tuple[int, str], int]] = {
    "no response": (LOST, (409, "outcome_unknown"), (409, "outcome_unknown"), 1),
    "a gateway's 502": (HttpResponse(502, {}, b""), (409, "outcome_unknown"), (409, "outcome_unknown"), 1),
    "not reached": (RequestNotSent("refused"), (503, "try_later"), (200, "done"), MAX_ATTEMPTS + 1),
    "busy": (HttpResponse(429, {"retry-after": "40"}, b""), (503, "try_later"), (200, "done"), 2),
    "refused": (FAULT, (422, "refused_by_system"), (200, "done"), 2),
    "a mistake of the bridge": (ZeroDivisionError(), (0, "crash"), (409, "outcome_unknown"), 1),
}


@pytest.mark.parametrize(("answer", "first", "second", "sent"), FIRSTS.values(), ids=FIRSTS)
def test_the_systems_response_decides_what_a_write_and_its_repeat_get(
    answer: HttpResponse | Exception, first: tuple[int, str], second: tuple[int, str], sent: int
) -> None:
    world = World(answers=[answer] * (MAX_ATTEMPTS if isinstance(answer, RequestNotSent) else 1))
    assert (world.reported(), world.reported()) == (first, second)
    assert len(world.sent) == sent


@pytest.mark.parametrize("answer", [LOST, HttpResponse(502, {}, b"")], ids=["no response", "a gateway's 502"])
def test_an_unknown_outcome_names_the_read_that_shows_it(answer: HttpResponse | Exception) -> None:
    world = World(answers=[answer])
    for _ in range(2):
        error = raised(OutcomeUnknown, world.write)
        assert error.members["confirmWith"] == "GetMyNames"
        assert error.hint.count("GetMyNames shows whether it was") == 1


@pytest.mark.parametrize(
    ("settings", "reported"),
    [
        ({}, (200, "done")),
        ({"WEBSITE_INSTANCE_ID": "i-1"}, (424, "bridge_misconfigured")),
        ({"WEBSITE_INSTANCE_ID": "i-1", "BRIDGE_LEDGER": "memory"}, (200, "done")),
    ],
    ids=["on a laptop", "in Azure", "in Azure, accepted"],
)
def test_in_azure_writes_are_refused_unless_a_table_or_memory_is_set(
    settings: dict[str, str], reported: tuple[int, str]
) -> None:
    world = World(settings)
    assert world.reported() == reported
    assert len(world.sent) == (reported[0] == 200)


def test_a_read_costs_no_call_of_the_table_and_a_write_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses are read once in ten seconds."""
    world, counting = World(), Failing(MemoryTable(), iter([]))
    monkeypatch.setattr("bridge.ledger.writes.open_table", lambda *_: counting)
    world.app.run(CATALOG.operations["GetMyProfile"], "workday", caller(), {}, new_trace())
    assert counting.calls == []
    for name in ("A", "B", "C"):
        world.write(firstName=name)
    assert counting.calls == ["partition", *["insert", "replace"] * 3]
