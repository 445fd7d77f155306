"""The order of a request: what is looked up first and remembered, and how a refused credential is renewed."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import pytest

from bridge.app import App
from bridge.base.http_client import Deadline, HttpResponse
from bridge.catalog import load as load_catalog
from bridge.errors import BridgeError, Forbidden, Misconfigured
from bridge.remembered import LOOKUP_SECONDS
from bridge.settings import load
from bridge.trace import Trace
from tests.credentials.support import caller, entra_error, oauth_token, workday_token
from tests.support.client import Asked, Rule, ScriptedClient, json_answer
from tests.support.env import env
from tests.support.keys import pair_pem

CATALOG = load_catalog(None)
HOSTS = {"workday": "wd2-impl-services1.workday.example", "wd_eu": "wd3-services1.workday.example"}
EDUCATION = (
    b'<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>'
    b'<Get_Workers_Response xmlns="urn:com.workday/bsvc"/></Body></Envelope>'
)
SAML_ONLY = entra_error(399274)
SYSTEM = "BRIDGE_SYSTEMS__WORKDAY__"


@dataclass
class World:
    """Two Workdays, where the same person has another worker id in each."""

    token: Rule = SAML_ONLY
    refused_tokens: set[str] = field(default_factory=set)
    workers: dict[str, str] = field(default_factory=lambda: {"workday": "W-US", "wd_eu": "W-EU"})

    def __post_init__(self) -> None:
        second = {name.replace("WORKDAY", "WD_EU"): value for name, value in env().items() if name.startswith(SYSTEM)}
        second |= {
            "BRIDGE_SYSTEMS__WD_EU__KIND": "workday",
            "BRIDGE_SYSTEMS__WD_EU__HOST": HOSTS["wd_eu"],
            "BRIDGE_SYSTEMS__WD_EU__SAML__CERTIFICATE": pair_pem("wd_eu"),
        }
        rules: dict[str, Rule] = {
            "login.microsoftonline.com": lambda asked: self.token(asked),
            "/oauth2/": workday_token,
        }
        rules |= {f"{host}/ccx/api/": self.profile for host in HOSTS.values()}
        rules |= {f"{host}/ccx/service/": lambda _: HttpResponse(200, {}, EDUCATION) for host in HOSTS.values()}
        self.client = ScriptedClient(rules)
        self.app = App(load(env(**second), CATALOG), CATALOG, self.client)

    def profile(self, asked: Asked) -> HttpResponse:
        if asked.headers["Authorization"] in self.refused_tokens or "oauth-for" in asked.headers["Authorization"]:
            return json_answer({}, 401)
        [system] = [name for name, host in HOSTS.items() if host in asked.url]
        return json_answer({"id": self.workers[system], "descriptor": "Adele"})

    def run(self, operation: str, system: str = "workday", name: str = "adele") -> dict[str, object]:
        trace = Trace("11111111-2222-3333-4444-555555555555", Deadline(30))
        return self.app.run(CATALOG.operations[operation], system, caller(name), {}, trace)

    def asked_about(self, system: str) -> list[bytes]:
        """What the system's SOAP service was asked."""
        return [asked.body for asked in self.client.to(f"{HOSTS[system]}/ccx/service/")]


def test_one_systems_worker_id_is_never_used_at_another() -> None:
    world = World()
    world.run("GetMyEducation")
    world.run("GetMyEducation", "wd_eu")
    [us], [eu] = world.asked_about("workday"), world.asked_about("wd_eu")
    assert (b"W-US" in us, b"W-EU" in us) == (True, False)
    assert (b"W-US" in eu, b"W-EU" in eu) == (False, True)


def test_one_persons_worker_id_is_never_used_for_another() -> None:
    world = World()
    world.run("GetMyEducation")
    world.workers["workday"] = "W-OTHER"
    world.run("GetMyEducation", name="megan")
    assert [b"W-US" in body for body in world.asked_about("workday")] == [True, False]


def test_a_worker_id_is_asked_once_and_again_when_an_hour_has_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    world, now = World(), time.time()
    for _ in range(3):
        world.run("GetMyEducation")
    assert len(world.client.to("/ccx/api/")) == 1
    world.workers["workday"] = "W-REHIRED"
    monkeypatch.setattr(world.app._lookups._values, "_clock", lambda: now + LOOKUP_SECONDS + 1)
    world.run("GetMyEducation")
    assert b"W-REHIRED" in world.asked_about("workday")[-1]


@pytest.mark.parametrize("operation", ["GetMyPaySlips", "ApproveRequest", "GetMyGovernmentIds"])
def test_an_operation_that_nobody_has_opened_is_refused_before_any_call(operation: str) -> None:
    world = World()
    with pytest.raises(Forbidden) as caught:
        world.run(operation)
    assert caught.value.code == "operation_not_open"
    assert world.client.to("") == []


def test_an_account_without_a_worker_is_reported_so_with_a_text_for_the_operator() -> None:
    world = World()
    world.workers["workday"] = ""
    with pytest.raises(Forbidden) as caught:
        world.run("GetMyEducation")
    assert caught.value.code == "user_unknown_to_system"
    assert "GetMyProfile gave no workerId" in (caught.value.operator or "")
    assert world.asked_about("workday") == []


def walk(world: World) -> tuple[str | None, Trace]:
    trace = Trace("11111111-2222-3333-4444-555555555555", Deadline(30))
    tried = world.app.try_services(world.app.settings.systems["workday"], caller(), trace)
    return next((operation.id for operation, error in tried if error is None), None), trace


def test_a_probe_goes_the_way_of_a_call_when_the_system_refuses_entras_token() -> None:
    world = World(token=oauth_token)
    read, trace = walk(world)
    assert (read, trace.path) == ("GetMyProfile", "bridge_saml")
    outcomes = [hop.outcome for hop in trace.hops if hop.name == "system"]
    assert outcomes[:2] == ["credential_rejected_by_system", "ok"]


def test_a_probe_ends_as_a_call_does_when_every_credential_is_refused() -> None:
    world = World(refused_tokens={"Bearer workday-for-adele.vance@contoso.example"})
    reported = []
    for go in (lambda: walk(world), lambda: world.run("GetMyProfile")):
        with pytest.raises(BridgeError) as caught:
            go()
        assert isinstance(caught.value, Misconfigured)
        reported.append((caught.value.code, caught.value.members["reason"]))
    assert reported == [("bridge_misconfigured", "credential_rejected_by_system")] * 2


def test_a_probe_keeps_nothing() -> None:
    world = World()
    walk(world)
    before = len(world.client.to("/oauth2/"))
    world.run("GetMyProfile")
    assert len(world.client.to("/oauth2/")) > before
