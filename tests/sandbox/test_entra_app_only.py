"""The grant by which an app finds out whether its own proof is accepted."""

import pytest
import requests

from sandbox.entra.clients import SECRET
from sandbox.world import World


def ask(entra: str, trusting: requests.Session, world: World, **form: str) -> requests.Response:
    good = {
        "grant_type": "client_credentials",
        "client_id": world.bridge.client_id,
        "client_secret": SECRET,
        "scope": "https://graph.microsoft.com/.default",
    }
    return trusting.post(f"{entra}/{world.tenant_id}/oauth2/v2.0/token", data={**good, **form}, timeout=10)


def test_a_good_proof_gets_a_token(entra: str, trusting: requests.Session, world: World) -> None:
    answer = ask(entra, trusting, world)
    assert (answer.status_code, answer.json()["token_type"]) == (200, "Bearer")


@pytest.mark.parametrize(
    ("form", "code"),
    [({"client_secret": "wrong"}, 7000215), ({"client_id": "nobody"}, 700016), ({"scope": "api://x/.default"}, 500011)],
    ids=["wrong secret", "unknown app", "unknown resource"],
)
def test_a_bad_one_is_refused_as_for_users(
    entra: str, trusting: requests.Session, world: World, form: dict[str, str], code: int
) -> None:
    assert ask(entra, trusting, world, **form).json()["error_codes"] == [code]
