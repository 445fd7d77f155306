"""The order of a request: what is looked up first and remembered, and how a refused credential is renewed."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from bridge.app import App
from bridge.base.http_client import HttpResponse
from bridge.catalog import load as load_catalog
from bridge.errors import Forbidden, Misconfigured
from bridge.outbound import Lookups
from bridge.remembered import LOOKUP_SECONDS
from bridge.settings import load
from bridge.trace import Trace
from tests.credentials.support import caller, entra_error, new_trace, oauth_token, workday_token
from tests.support.client import Asked, Rule, ScriptedClient, json_answer
from tests.support.clock import Clock
from tests.support.env import SYSTEM, env
from tests.support.keys import pair_pem
from tests.support.raised import raised

CATALOG = load_catalog(None)
HOSTS = {"workday": "wd2-impl-services1.workday.example", "wd_eu": "wd3-services1.workday.example"}
EDUCATION = (
    b'<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>'
    b'<Get_Workers_Response xmlns="urn:com.workday/bsvc"/></Body></Envelope>'
)
SAML_ONLY = entra_error(399274)


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
            "login.microsoftonline.com": self.token,
            "/oauth2/": workday_token,
            "/ccx/api/": self.profile,
            "/ccx/service/": lambda _: HttpResponse(200, {}, EDUCATION),
        }
        self.client = ScriptedClient(rules)
        self.app = App(load(env(**second), CATALOG), CATALOG, self.client)

    def profile(self, asked: Asked) -> HttpResponse:
        if asked.headers["Authorization"] in self.refused_tokens or "oauth-for" in asked.headers["Authorization"]:
            return json_answer({}, 401)
        [system] = [name for name, host in HOSTS.items() if host in asked.url]
        return json_answer({"id": self.workers[system], "descriptor": "Adele"})

    def run(self, operation: str, system: str = "workday", name: str = "adele") -> dict[str, object]:
        return self.app.run(CATALOG.operations[operation], system, caller(name), {}, new_trace())

    def probe(self) -> tuple[str | None, Trace]:
        """The first read that succeeded, and what was done for it."""
        trace = new_trace()
        tried = self.app.try_services(self.app.settings.systems["workday"], caller(), trace)
        return next((operation.id for operation, error in tried if error is None), None), trace

    def soap_requests(self, system: str = "workday") -> list[bytes]:
        """The bodies that the system's SOAP service received."""
        return [asked.body for asked in self.client.to(f"{HOSTS[system]}/ccx/service/")]


def test_one_systems_worker_id_is_never_used_at_another() -> None:
    world = World()
    world.run("GetMyEducation")
    world.run("GetMyEducation", "wd_eu")
    [us], [eu] = world.soap_requests("workday"), world.soap_requests("wd_eu")
    assert (b"W-US" in us, b"W-EU" in us) == (True, False)
    assert (b"W-US" in eu, b"W-EU" in eu) == (False, True)


def test_one_persons_worker_id_is_never_used_for_another() -> None:
    world = World()
    world.run("GetMyEducation")
    world.workers["workday"] = "W-OTHER"
    world.run("GetMyEducation", name="megan")
    assert [b"W-US" in body for body in world.soap_requests()] == [True, False]


def test_a_worker_id_is_asked_for_once_and_again_when_an_hour_has_passed() -> None:
    world, clock = World(), Clock()
    world.app._lookups = Lookups(clock)
    for _ in range(3):
        world.run("GetMyEducation")
    assert len(world.client.to("/ccx/api/")) == 1
    world.workers["workday"] = "W-REHIRED"
    clock.now += LOOKUP_SECONDS + 1
    world.run("GetMyEducation")
    assert b"W-REHIRED" in world.soap_requests()[-1]


@pytest.mark.parametrize("operation", ["GetMyPaySlips", "ApproveRequest", "GetMyGovernmentIds"])
def test_an_operation_that_is_not_opened_is_refused_before_any_call(operation: str) -> None:
    world = World()
    assert raised(Forbidden, world.run, operation).code == "operation_not_open"
    assert world.client.asked == []


def test_an_account_without_a_worker_is_unknown_and_the_operator_reads_which_lookup_failed() -> None:
    world = World()
    world.workers["workday"] = ""
    error = raised(Forbidden, world.run, "GetMyEducation")
    assert error.code == "user_unknown_to_system"
    assert "GetMyProfile gave no workerId" in (error.operator or "")
    assert world.soap_requests() == []


def test_a_probe_takes_the_path_of_a_call_when_the_system_refuses_entras_token() -> None:
    world = World(token=oauth_token)
    read, trace = world.probe()
    assert (read, trace.path) == ("GetMyProfile", "bridge_saml")
    outcomes = [hop.outcome for hop in trace.hops if hop.name == "system"]
    assert outcomes[:2] == ["credential_rejected_by_system", "ok"]


def test_a_probe_ends_as_a_call_does_when_every_credential_is_refused() -> None:
    world = World(refused_tokens={"Bearer workday-for-adele.vance@contoso.example"})
    for error in (raised(Misconfigured, world.probe), raised(Misconfigured, world.run, "GetMyProfile")):
        assert (error.code, error.members["reason"]) == ("bridge_misconfigured", "credential_rejected_by_system")


def test_a_probe_keeps_no_credential() -> None:
    world = World()
    world.probe()
    before = len(world.client.to("/oauth2/"))
    world.run("GetMyProfile")
    assert len(world.client.to("/oauth2/")) > before
