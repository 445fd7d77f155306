"""`examples/minimal`, the recipe of docs/recipe.md, in the functions host against the sandbox: four operations as the
signed-in user, with an assertion that Entra signs and with one that the example signs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.people.kit import FILE, sandbox, serving, settings, signing

ME = "/api/workday/me"
NAME = {"firstName": "Adele & Zoë", "lastName": "</wd:Last_Name>", "country": "USA"}
ADDRESS = {
    "addressLine1": "12 <Rose> Lane",
    "city": "Łódź",
    "region": "USA-IL",
    "postalCode": "60540",
    "country": "USA",
}
LETTER = {"type": "EMPLOYMENT_VERIFICATION"}


@pytest.fixture(scope="module")
def entra(facts: dict[str, Any]) -> Iterator[str]:
    """The example, for which Entra signs."""
    with serving(FILE, **settings(facts)) as url:
        yield url


@pytest.fixture(scope="module")
def signs(facts: dict[str, Any]) -> Iterator[str]:
    """The example, which signs for itself."""
    with serving(FILE, **settings(facts), **signing(facts)) as url:
        yield url


@pytest.fixture(params=["entra", "signs"])
def example(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


def call(facts: dict[str, Any], url: str, path: str = "", body: object = None, **wish: Any) -> requests.Response:
    """GET without a body, POST with one, with the token that the sandbox issues for `wish`."""
    token = sandbox(facts, "POST", "entra", "/sandbox/token", wish)["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    return requests.request("POST" if body else "GET", url + ME + path, json=body, headers=headers, timeout=30)


def record(facts: dict[str, Any], user: str) -> Any:
    """The record of a worker in the sandbox's Workday."""
    return sandbox(facts, "GET", "workday", f"/sandbox/workers/{user}@contoso.com")


def test_each_user_reads_their_own_profile(facts: dict[str, Any], example: str) -> None:
    for user, version in (("adele", 1), ("adele", 2), ("alex", 1)):
        response = call(facts, example, user=user, version=version)
        assert response.status_code == 200, response.text
        assert response.json()["primaryWorkEmail"] == f"{user}@contoso.com"


def test_the_caller_changes_name_and_address_and_requests_a_letter(facts: dict[str, Any], example: str) -> None:
    sandbox(facts, "POST", "workday", "/sandbox/reset")
    others = record(facts, "alex")
    for path, body in (("/legal-name", NAME), ("/home-address", ADDRESS), ("/documents", LETTER)):
        response = call(facts, example, path, body | {"worker": "21003", "process": ""}, user="adele")
        assert response.status_code == 200, response.text
        assert len(response.json()["eventId"]) == 32
    adele = record(facts, "adele")
    name = adele["legal_name"]
    assert (name["first"], name["last"]) == (NAME["firstName"], NAME["lastName"])
    home = next(one for one in adele["home_addresses"] if one["primary"])
    assert home["lines"] == [["ADDRESS_LINE_1", ADDRESS["addressLine1"]]]
    assert "EMPLOYMENT_VERIFICATION" in json.dumps(adele)
    assert record(facts, "alex") == others


def test_what_is_wrong_with_a_change_is_said(facts: dict[str, Any], entra: str) -> None:
    cases: list[tuple[str, object, int, str]] = [
        ("/legal-name", {"firstName": "A", "country": "USA"}, 400, "lastName"),
        ("/legal-name", ["A"], 400, "JSON"),
        ("/salary", NAME, 400, "salary"),
        ("/home-address", ADDRESS | {"country": "ZZZ"}, 403, "Validation error"),
    ]
    got = [(response.status_code, response.text) for response in (call(facts, entra, *case[:2]) for case in cases)]
    wrong = [(case, was) for case, was in zip(cases, got, strict=True) if was[0] != case[2] or case[3] not in was[1]]
    assert wrong == []


def test_a_change_whose_response_is_lost_ends_as_500_though_it_was_made(facts: dict[str, Any], entra: str) -> None:
    """docs/recipe.md says that the example lacks this: Power Automate would send the change again."""
    fault = {"endpoint": "soap", "drop": "after", "times": 1}
    sandbox(facts, "POST", "workday", "/sandbox/faults", fault)
    assert call(facts, entra, "/legal-name", NAME | {"lastName": "Lost"}, user="adele").status_code == 500
    assert record(facts, "adele")["legal_name"]["last"] == "Lost"


def test_entra_first_answers_aadsts399274(facts: dict[str, Any], example: str) -> None:
    sandbox(facts, "DELETE", "entra", "/sandbox/stats")
    sandbox(facts, "DELETE", "workday", "/sandbox/stats")
    assert call(facts, example).status_code == 200
    counts = json.dumps([sandbox(facts, "GET", place, "/sandbox/stats") for place in ("entra", "workday")])
    assert '"obo": 1' in counts
    assert '"saml2_bearer": 1' in counts


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "another audience": ({"audience": "https://apihub.azure.com"}, 401, "Audience"),
    "another client": ({"client": "00000000-0000-0000-0000-000000000001"}, 401, "client"),
    "another scope": ({"scope": "User.Read"}, 401, "scope"),
    "expired": ({"expires_in": -60}, 401, "expired"),
    "signed by another key": ({"sign": "other-key"}, 401, "verification failed"),
    "not signed": ({"sign": "none"}, 401, "alg value"),
    "another tenant": ({"claims": {"iss": "https://sts.windows.net/evil/"}}, 401, "issuer"),
    "no worker": ({"user": "newcomer"}, 403, "invalid_grant"),
}


def test_refusals(facts: dict[str, Any], example: str) -> None:
    wrong = {}
    for case, (wish, status, text) in REFUSED.items():
        response = call(facts, example, **wish)
        if response.status_code != status or text not in response.text:
            wrong[case] = (response.status_code, response.text)
    without = requests.get(example + ME, timeout=30)
    assert (without.status_code, without.headers["WWW-Authenticate"], wrong) == (401, "Bearer", {})


@pytest.mark.parametrize(("user", "code"), [("nestor", "AADSTS50105"), ("carla", "AADSTS50076")])
def test_only_entra_enforces_assignment_and_conditional_access_of_the_workday_application(
    facts: dict[str, Any], entra: str, signs: str, user: str, code: str
) -> None:
    refused, served = call(facts, entra, user=user), call(facts, signs, user=user)
    assert (refused.status_code, code in refused.text, served.status_code) == (403, True, 200)
