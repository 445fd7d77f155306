"""The controls of the sandbox's Workday."""

from collections.abc import Callable

import pytest
import requests
from lxml import etree

from tests.sandbox.workday import envelopes
from tests.sandbox.workday.kit import Caller, Workday, faultstring


def test_the_last_assertion_is_shown_even_if_it_was_refused(workday: Workday) -> None:
    assertion = workday.bridge.sign(workday.bridge.unsigned("newcomer@contoso.com"))
    xml = etree.tostring(assertion)
    assert workday.exchange_assertion(xml).status_code == 400
    answer = workday.control("GET", "last-assertion")
    assert (answer.headers["Content-Type"], answer.content) == ("application/xml", xml)


def test_requests_are_kept_without_credentials(workday: Workday, adele: Caller) -> None:
    adele.get("workers/me")
    adele.soap(envelopes.legal_name("Adela", ""))
    token, rest, soap = workday.control("GET", "requests").json()[-3:]
    assert (token["kind"], token["operation"], token["worker"]) == ("token", "saml2_bearer", "adele@contoso.com")
    assert (rest["kind"], rest["operation"], rest["status"]) == ("rest", "GET /workers/me", 200)
    assert (soap["kind"], soap["operation"], soap["worker"]) == ("soap", "Change_Legal_Name", "adele@contoso.com")
    assert soap["status"] == 500
    assert "<wd:First_Name>Adela</wd:First_Name>" in soap["body"]
    assert "assertion=" not in token["body"]
    assert adele.token not in str([token, rest, soap])


def test_a_client_secret_is_not_kept(workday: Workday) -> None:
    workday.exchange_assertion("AAAA", {"client_secret": "very-secret"})
    assert "very-secret" not in workday.control("GET", "requests").text


def test_the_last_200_requests_are_kept(workday: Workday, adele: Caller) -> None:
    for number in range(201):
        adele.get("workers", search=str(number))
    assert len(workday.control("GET", "requests").json()) == 200


def test_calls_are_counted(workday: Workday, adele: Caller) -> None:
    workday.exchange_assertion("AAAA", {"grant_type": "other"})
    adele = workday.sign_in(adele.person)
    adele.get("workers/me")
    adele.soap("<wd:Nonsense/>")
    counts = workday.control("GET", "stats").json()
    assert counts["endpoints"] == {"token": 2, "rest": 1, "soap": 1}
    assert counts["grants"] == {"saml2_bearer": 1, "other": 1}
    assert counts["operations"] == {"GET /workers/me": 1, "unreadable": 1}


@pytest.mark.parametrize("endpoint", ["token", "rest", "soap"])
def test_faults_affect_their_endpoint_only(workday: Workday, adele: Caller, endpoint: str) -> None:
    workday.control("POST", "faults", json={"endpoint": endpoint, "status": 503, "body": "<h1>Down</h1>", "times": 1})
    calls: dict[str, Callable[[], requests.Response]] = {
        "token": lambda: workday.exchange_assertion(workday.bridge.issue(adele.person.upn)),
        "rest": lambda: adele.get("workers/me"),
        "soap": lambda: adele.soap(envelopes.get_workers()),
    }
    met = {name: call().status_code for name, call in calls.items()}
    assert met == dict.fromkeys(calls, 200) | {endpoint: 503}
    assert calls[endpoint]().status_code == 200


@pytest.mark.parametrize(("drop", "name"), [("before", "Adele Vance"), ("after", "Adela Kim")])
def test_a_dropped_write_may_have_been_done(workday: Workday, adele: Caller, drop: str, name: str) -> None:
    workday.control("POST", "faults", json={"endpoint": "soap", "drop": drop, "times": 1})
    with pytest.raises(requests.ConnectionError):
        adele.soap(envelopes.legal_name("Adela", "Kim"))
    assert adele.get("workers/me").json()["descriptor"] == name
    dropped = workday.control("GET", "requests").json()[-2]
    assert (dropped["operation"], dropped["status"]) == ("Change_Legal_Name", None)


def test_reset_restores_the_workers_and_keeps_tokens(workday: Workday, adele: Caller) -> None:
    adele.soap(envelopes.legal_name("Adela", "Kim"))
    workday.control("POST", "reset")
    assert adele.get("workers/me").json()["descriptor"] == "Adele Vance"


def test_revoked_tokens_are_refused_by_soap_and_rest(workday: Workday, adele: Caller) -> None:
    workday.control("POST", "revoke")
    assert faultstring(adele.soap(envelopes.get_workers())) == "invalid username or password"
    assert adele.get("workers/me").status_code == 401


def test_an_unknown_worker_has_no_record(workday: Workday) -> None:
    assert workday.control("GET", "workers/nobody").status_code == 404
