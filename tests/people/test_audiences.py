"""`bridge audiences`: its table names the audiences of the tokens and assertions that the sandbox issues."""

from __future__ import annotations

import base64
import contextlib
import io
import json
from typing import Any

import pytest
import requests
from lxml import etree

from tests.people.kit import sandbox, settings
from tools.cli import main as cli

ENTRA_SIGNS = {"BRIDGE_SYSTEMS__WORKDAY__SAML__SIGNER": "entra"}
SAML2 = "urn:ietf:params:oauth:token-type:saml2"
FEDERATED = "00000000-0000-4000-8000-000000000009"


def table(monkeypatch: pytest.MonkeyPatch, env: dict[str, str], *words: str) -> tuple[int, str]:
    """Exit status and standard output of the command under these settings."""
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        return cli.main(["audiences", *words]), out.getvalue()


def rows(monkeypatch: pytest.MonkeyPatch, env: dict[str, str]) -> dict[tuple[str, str], dict[str, Any]]:
    status, out = table(monkeypatch, env, "--json")
    assert status == 0
    return {(row["client"], row["arrives_at"]): row for row in json.loads(out)}


def on_behalf_of(facts: dict[str, Any], token: str, scope: str, **more: str) -> str:
    """What Entra returns to the bridge for this scope."""
    env = settings(facts)
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "requested_token_use": "on_behalf_of", **more}
    form |= {"client_id": env["CLIENT_ID"], "client_secret": env["CLIENT_SECRET"], "assertion": token, "scope": scope}
    url = f"{facts['entra']}/{facts['tenantId']}/oauth2/v2.0/token"
    response = requests.post(url, data=form, verify=facts["ca"], timeout=20)
    assert response.ok, response.text
    return str(response.json()["access_token"])


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "===")


def test_the_table_names_the_audiences_that_arrive(facts: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    found = rows(monkeypatch, facts["env"] | ENTRA_SIGNS)
    connector = found[f"the connector app {facts['connectorClientId']}", "the bridge"]
    tokens = [
        sandbox(facts, "POST", "entra", "/sandbox/token", {"version": version})["access_token"] for version in (2, 1)
    ]
    assert [json.loads(decoded(token.split(".")[1]))["aud"] for token in tokens] == connector["audience"]
    orders = found["the bridge, path oauth", "orders"]
    access_token = on_behalf_of(facts, tokens[0], orders["requests"])
    assert json.loads(decoded(access_token.split(".")[1]))["aud"] == orders["audience"][0], "orders has v2 tokens"
    workday = found["the bridge, path entra_saml", "the token endpoint of workday"]
    assertion = on_behalf_of(facts, tokens[0], workday["requests"], requested_token_type=SAML2)
    assert [etree.fromstring(decoded(assertion)).findtext(".//{*}Audience")] == workday["audience"]


def test_each_client_that_the_settings_allow_has_a_row(facts: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BRIDGE_ENTRA__CLIENT_SECRET", raising=False)
    env = {name: value for name, value in facts["env"].items() if name != "BRIDGE_ENTRA__CLIENT_SECRET"}
    env |= {"BRIDGE_MCP": "true", "BRIDGE_ENTRA__MANAGED_IDENTITY_CLIENT_ID": FEDERATED}
    env["BRIDGE_ENTRA__ALLOWED_CLIENTS"] += f" {FEDERATED}"
    found = rows(monkeypatch, env)
    assert {client for client, _ in found} == {
        "Copilot Studio, Power Apps, Power Automate in the browser",
        f"the connector app {facts['connectorClientId']}",
        f"the client {FEDERATED}",
        "an MCP client",
        "the bridge's managed identity",
        "the bridge, path oauth",
        "the bridge, path bridge_saml",
    }


def test_the_table_is_markdown_and_bad_settings_have_none(
    facts: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    status, out = table(monkeypatch, facts["env"])
    cells = [line.count("|") for line in out.partition("\n\n")[0].splitlines()]
    assert (status, set(cells), len(cells) > 5) == (0, {5}, True)
    assert facts["env"]["BRIDGE_ENTRA__CLIENT_SECRET"] not in out
    assert table(monkeypatch, {"BRIDGE_ENTRA__TENANT_ID": "x"}) == (2, "")
