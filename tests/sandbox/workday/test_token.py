"""The token endpoint of the sandbox's Workday: client authentication, errors, and the lifetime of a token."""

from datetime import timedelta

import pytest

from sandbox import workday as sandbox_workday
from sandbox.world import World
from tests.sandbox.workday.kit import GRANT, Caller, Workday

ADELE = "adele@contoso.com"
SECRET = sandbox_workday.API_CLIENT_SECRET


@pytest.mark.parametrize(
    "form",
    [{"client_id": "unknown"}, {"client_id": ""}, {"client_secret": "wrong"}, {"client_secret": ""}],
    ids=["unknown client", "no client", "wrong secret", "empty secret"],
)
def test_unknown_clients_and_wrong_secrets(workday: Workday, form: dict[str, str]) -> None:
    answer = workday.exchange_assertion(workday.bridge.issue(ADELE), form)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_secret_may_be_sent_in_the_form_or_by_basic(workday: Workday) -> None:
    by_form = workday.exchange_assertion(workday.bridge.issue(ADELE), {"client_secret": SECRET})
    by_basic = workday.exchange_assertion(workday.bridge.issue(ADELE), auth=(workday.world.workday_client_id, SECRET))
    assert (by_form.status_code, by_basic.status_code) == (200, 200)


def test_wrong_basic_credentials(workday: Workday) -> None:
    for auth in ((workday.world.workday_client_id, "wrong"), ("unknown", SECRET)):
        answer = workday.exchange_assertion(workday.bridge.issue(ADELE), auth=auth)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "unsupported_grant_type"),
        ({"assertion": ""}, "invalid_request"),
    ],
    ids=["another grant", "no grant", "no assertion"],
)
def test_invalid_requests(workday: Workday, form: dict[str, str], error: str) -> None:
    answer = workday.session.post(
        workday.token_url,
        data={"grant_type": GRANT, "client_id": workday.world.workday_client_id} | form,
        timeout=10,
    )
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_a_repeated_parameter_is_refused(workday: Workday) -> None:
    body = f"grant_type={GRANT}&client_id={workday.world.workday_client_id}&assertion=a&assertion=b"
    answer = workday.session.post(workday.token_url, data=body, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("tenant", ["other", "CONTOSO_DPT1"])
def test_a_wrong_tenant_gets_a_page_for_people(workday: Workday, tenant: str) -> None:
    url = f"{workday.url}/ccx/oauth2/{tenant}/token"
    answer = workday.session.post(url, data={"grant_type": GRANT}, timeout=10)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


# --- tokens


def test_a_token_belongs_to_its_user(adele: Caller, miriam: Caller) -> None:
    assert adele.get("workers/me").json()["descriptor"] == "Adele Vance"
    assert miriam.get("workers/me").json()["descriptor"] == "Miriam Graham"


def test_an_expired_token_is_refused(workday: Workday, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.workday.tenant.TOKEN_LIFETIME", timedelta(0))
    person = world.person("adele")
    assert person
    assert workday.sign_in(person).get("workers/me").status_code == 401


def test_revoked_tokens_are_refused_and_new_ones_work(workday: Workday, adele: Caller) -> None:
    workday.control("POST", "revoke")
    assert adele.get("workers/me").status_code == 401
    assert workday.sign_in(adele.person).get("workers/me").status_code == 200
