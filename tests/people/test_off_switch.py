"""The off switch of docs/approval.md: what disabling the app in Entra stops, and what it does not."""

from __future__ import annotations

from typing import Any

import requests

from sandbox.stack import start_app
from tests.people.kit import sandbox

DISABLED = 7000112


def test_disabling_the_app_stops_new_callers_and_not_a_credential_at_hand(facts: dict[str, Any]) -> None:
    def read(token: str) -> tuple[int, str]:
        response = requests.get(f"{url}/api/workday/me", headers={"Authorization": f"Bearer {token}"}, timeout=30)
        return response.status_code, response.json().get("code", "")

    def token(user: str) -> str:
        return str(sandbox(facts, "POST", "entra", "/sandbox/token", {"user": user})["access_token"])

    signer = {"BRIDGE_SYSTEMS__WORKDAY__SAML__SIGNER": "entra"}
    with start_app({**facts["env"], **signer}) as (_, url):
        before = token("adele")
        assert read(before) == (200, "")
        sandbox(facts, "POST", "entra", "/sandbox/mode", {"answers": {"adele": DISABLED, "alex": DISABLED}})
        assert read(before) == (200, "")
        assert read(token("alex"))[0] == 424
