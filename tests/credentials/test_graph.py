"""A user name that no token carries: read from Microsoft Graph for the caller, under the rules of every NameID."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from bridge.base.http_client import HttpResponse, RequestNotSent, ResponseLost
from bridge.errors import BridgeError
from bridge.settings import load
from tests.credentials.support import Bench, caller, entra_error, oauth_token
from tests.support.cases import for_each
from tests.support.catalog import CATALOG
from tests.support.client import Asked, Rule, json_answer
from tests.support.env import env
from tests.support.raised import raised
from tests.support.tokens import USER


def me(status: int = 200, /, **members: object) -> Rule:
    return lambda _: json_answer({"id": USER} | members, status)


class Named(Bench):
    """The bench, whose users are named by a property in Graph."""

    def __init__(self, graph: Rule, source: str = "graph:employeeId", /, **overrides: str | None) -> None:
        named = {"SAML__NAME_ID_CLAIM": None, "SAML__NAME_ID_SOURCE": source, "SAML__NAME_ID_PATTERN": "[0-9]{5}"}
        super().__init__(oauth_token, PATH="saml", **named, **overrides)
        self.client.rules["graph.microsoft.com"] = graph

    @property
    def graph_calls(self) -> list[Asked]:
        return self.client.to("graph.microsoft.com")


@pytest.mark.parametrize(
    ("source", "member"),
    [
        ("employeeId", {"employeeId": "21001"}),
        ("onPremisesSamAccountName", {"onPremisesSamAccountName": "21001"}),
        (
            "onPremisesExtensionAttributes/extensionAttribute7",
            {"onPremisesExtensionAttributes": {"extensionAttribute1": "99999", "extensionAttribute7": "21001"}},
        ),
    ],
)
def test_the_property_is_the_name(source: str, member: dict[str, object]) -> None:
    bench = Named(me(**member), f"graph:{source}")
    assert bench.get().access_token == "workday-for-21001"
    [asked] = bench.graph_calls
    assert parse_qs(urlsplit(asked.url).query) == {"$select": [f"id,{source.partition('/')[0]}"]}
    assert asked.url.startswith("https://graph.microsoft.com/v1.0/me?")
    assert asked.headers["Authorization"] == f"Bearer oauth-for-{caller().token}"
    assert bench.obo_calls[0].form["scope"].split()[0] == "https://graph.microsoft.com/User.Read"


def test_a_name_is_remembered_for_an_hour_for_its_user_alone() -> None:
    def answer(asked: Asked) -> HttpResponse:
        name = asked.headers["Authorization"].rpartition("-of-")[2]
        return json_answer({"id": caller(name).object_id, "employeeId": {"adele": "21001", "alex": "21002"}[name]})

    bench = Named(answer)
    for seconds, calls in ((0, 1), (3500, 1), (200, 2)):
        bench.now += seconds
        for _ in range(2):
            bench.broker.discard(bench.subject(), bench.get())
        assert len(bench.graph_calls) == calls
    assert bench.get("alex").access_token == "workday-for-21002"
    assert bench.get().access_token == "workday-for-21001"
    bench.get_anew()
    assert len(bench.graph_calls) == 4


def failing(error: Exception) -> Rule:
    def fail(_: Asked) -> HttpResponse:
        raise error

    return fail


UNUSABLE = (502, "upstream_invalid_response")
GRAPH_SAYS: dict[str, tuple[Rule, tuple[int, str]]] = {
    "another person's object": (me(id="x", employeeId="21001"), UNUSABLE),
    "no object": (lambda _: json_answer([]), UNUSABLE),
    "a page of a proxy": (lambda _: HttpResponse(200, {"content-type": "text/html"}, b"<p>hi"), UNUSABLE),
    "no value": (me(employeeId=None), (403, "name_id_refused")),
    "an empty value": (me(employeeId=""), (403, "name_id_refused")),
    "a number": (me(employeeId=21001), (403, "name_id_refused")),
    "another form": (me(employeeId="wd-admin"), (403, "name_id_refused")),
    "only its beginning fits": (me(employeeId="21001 "), (403, "name_id_refused")),
    "no permission": (me(403, error={"code": "Authorization_RequestDenied"}), (424, "bridge_misconfigured")),
    "a refused token": (me(401, error={"code": "InvalidAuthenticationToken"}), (424, "bridge_misconfigured")),
    "busy": (me(429), (503, "entra_unavailable")),
    "away": (me(503), (503, "entra_unavailable")),
    "out of reach": (failing(RequestNotSent("ConnectionError")), (503, "entra_unavailable")),
    "lost": (failing(ResponseLost("ReadTimeout", timed_out=True)), (503, "entra_unavailable")),
}  # fmt: skip


def refusal(bench: Bench) -> BridgeError:
    return raised(BridgeError, bench.get)


@for_each(GRAPH_SAYS)
def test_whatever_graph_says_else_no_assertion_is_issued(graph: Rule, expected: tuple[int, str]) -> None:
    bench = Named(graph)
    error = refusal(bench)
    assert (error.status, error.code) == expected
    assert bench.workday_calls == []
    assert "21001" not in f"{error.detail}{error.operator}"


def test_a_denied_name_is_refused() -> None:
    assert refusal(Named(me(employeeId="21001"), SAML__DENIED_NAME_IDS="21001")).code == "name_id_refused"


def test_an_absent_value_is_asked_for_again() -> None:
    answers: list[object] = [None, "21001"]
    bench = Named(lambda _: json_answer({"id": USER, "employeeId": answers.pop(0)}))
    assert refusal(bench).code == "name_id_refused"
    assert bench.get().access_token == "workday-for-21001"


def test_a_missing_consent_names_the_permission_and_is_not_asked_for_again_at_once() -> None:
    bench = Named(me(employeeId="21001"))
    bench.token = entra_error(65001, suberror="consent_required")
    error = refusal(bench)
    assert (error.status, error.code) == (403, "consent_required")
    assert "User.Read" in str(error.operator)
    bench.token = entra_error(500011)
    assert "User.Read" in str(refusal(bench).operator)
    assert "User.Read" in str(refusal(bench).operator)
    assert len(bench.obo_calls) == 2
    assert bench.graph_calls == []


def test_for_a_service_account_graph_is_not_asked() -> None:
    bench = Named(me(), SAML__SERVICE_ACCOUNT="isu")
    assert bench.get("adele", True).access_token == "workday-for-isu"
    assert bench.graph_calls == []


@pytest.mark.parametrize(
    ("cloud", "host"), [("usgov", "graph.microsoft.us"), ("china", "microsoftgraph.chinacloudapi.cn")]
)
def test_the_cloud_determines_graphs_host(cloud: str, host: str) -> None:
    assert load(env(BRIDGE_ENTRA__CLOUD=cloud), CATALOG).entra.graph == f"https://{host}"


def test_the_explanation_of_the_path_names_the_property() -> None:
    bench = Named(me())
    path, why = bench.broker.explain_path(bench.settings.systems["workday"])
    assert path == "bridge_saml"
    assert why.endswith("the user is named by the property 'employeeId' in Microsoft Graph")
    assert bench.client.asked == []
