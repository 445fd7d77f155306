"""`examples/minimal`, the recipe of docs/recipe.md, in the functions host against the sandbox."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from sandbox.stack import Child
from tests.people.kit import FILE, sandbox, settings, signing

ME = "/api/workday/me"


@contextmanager
def serving(settings: dict[str, str]) -> Iterator[str]:
    """The example's address while it runs with these settings."""
    env = {**os.environ, **settings, "NO_PROXY": "localhost,127.0.0.1"}
    arguments = ["sandbox.functions_host", "--stop-with-stdin", "--app", str(FILE)]
    with Child("example", arguments, env=env) as child:
        yield "http://" + child.ready().partition("http://")[2].split()[0]


@pytest.fixture(scope="module", params=["entra", "signed here"])
def example(facts: dict[str, Any], request: pytest.FixtureRequest) -> Iterator[str]:
    with serving(settings(facts) | (signing(facts) if request.param == "signed here" else {})) as url:
        yield url


def call(facts: dict[str, Any], url: str, **wish: object) -> requests.Response:
    token = sandbox(facts, "POST", "entra", "/sandbox/token", wish)["access_token"]
    return requests.get(url + ME, headers={"Authorization": f"Bearer {token}"}, timeout=30)


@pytest.mark.parametrize("user", ["adele", "alex"])
@pytest.mark.parametrize("version", [1, 2])
def test_the_signed_in_user_reads_their_own_profile(
    facts: dict[str, Any], example: str, user: str, version: int
) -> None:
    response = call(facts, example, user=user, version=version)
    assert response.status_code == 200, response.text
    assert response.json()["primaryWorkEmail"] == f"{user}@contoso.com"


def test_it_meets_aadsts399274_first(facts: dict[str, Any], example: str) -> None:
    sandbox(facts, "DELETE", "entra", "/sandbox/stats")
    sandbox(facts, "DELETE", "workday", "/sandbox/stats")
    assert call(facts, example).status_code == 200
    counts = json.dumps([sandbox(facts, "GET", place, "/sandbox/stats") for place in ("entra", "workday")])
    assert '"obo": 1' in counts
    assert '"saml2_bearer": 1' in counts


REFUSED = {
    "another audience": ({"audience": "https://apihub.azure.com"}, 401, "Audience"),
    "another client": ({"client": "00000000-0000-0000-0000-000000000001"}, 401, "client"),
    "another scope": ({"scope": "User.Read"}, 401, "scope"),
    "expired": ({"expires_in": -60}, 401, "expired"),
    "signed by another key": ({"sign": "other-key"}, 401, "verification failed"),
    "not signed": ({"sign": "none"}, 401, "alg value"),
    "another tenant": ({"claims": {"iss": "https://sts.windows.net/evil/"}}, 401, "issuer"),
    "no worker": ({"user": "newcomer"}, 403, "invalid_grant"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(facts: dict[str, Any], example: str, case: str) -> None:
    wish, status, text = REFUSED[case]
    response = call(facts, example, **wish)  # type: ignore[arg-type]  # a row's wish
    assert (response.status_code, text in response.text) == (status, True), response.text


@pytest.mark.parametrize(("user", "code"), [("nestor", "AADSTS50105"), ("carla", "AADSTS50076")])
def test_only_entra_enforces_assignment_and_conditional_access_of_the_workday_application(
    facts: dict[str, Any], user: str, code: str
) -> None:
    with serving(settings(facts)) as asks_entra, serving(settings(facts) | signing(facts)) as signs:
        refused, served = call(facts, asks_entra, user=user), call(facts, signs, user=user)
    assert (refused.status_code, code in refused.text, served.status_code) == (403, True, 200)


def test_without_a_token_it_refuses(example: str) -> None:
    response = requests.get(example + ME, timeout=30)
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Bearer")
