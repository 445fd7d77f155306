"""`bridge audiences`: what its table says is what arrives, judged by tokens and assertions of the sandbox."""

from __future__ import annotations

import base64
import contextlib
import io
import json
from typing import Any

import pytest
import requests
from lxml import etree

from sandbox.stack import start_app
from tests.people.kit import sandbox
from tools.cli import main as cli

ENTRA_SIGNS = {"BRIDGE_SYSTEMS__WORKDAY__SAML__SIGNER": "entra"}
FEDERATED = "00000000-0000-4000-8000-000000000009"


def table(monkeypatch: pytest.MonkeyPatch, env: dict[str, str], *words: str) -> tuple[int, str]:
    """Exit status and standard output of the command under these settings."""
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        return cli.main(["audiences", *words]), out.getvalue()


def arriving(monkeypatch: pytest.MonkeyPatch, env: dict[str, str]) -> dict[tuple[str, str], list[str]]:
    status, out = table(monkeypatch, env, "--json")
    assert status == 0
    return {(row["client"], row["arrives_at"]): row["audience"] for row in json.loads(out)}


def test_the_table_names_the_audiences_that_arrive(facts: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    rows = arriving(monkeypatch, facts["env"] | ENTRA_SIGNS)
    connector = rows[f"the connector app {facts['connectorClientId']}", "the bridge"]
    tokens = [sandbox(facts, "POST", "entra", "/sandbox/token", {"version": version}) for version in (2, 1)]
    payloads = [token["access_token"].split(".")[1] for token in tokens]
    assert [json.loads(base64.urlsafe_b64decode(payload + "==="))["aud"] for payload in payloads] == connector
    with start_app(facts["env"] | ENTRA_SIGNS) as (_, url):
        bearer = {"Authorization": f"Bearer {tokens[0]['access_token']}"}
        assert requests.get(f"{url}/api/workday/me", headers=bearer, timeout=30).status_code == 200
    assertion = requests.get(facts["workday"] + "/sandbox/last-assertion", verify=facts["ca"], timeout=20).content
    assert [etree.fromstring(assertion).findtext(".//{*}Audience")] == rows[
        "the bridge, path entra_saml", "the token endpoint of workday"
    ]


def test_each_client_that_the_settings_allow_has_a_row(facts: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BRIDGE_ENTRA__CLIENT_SECRET", raising=False)
    env = {name: value for name, value in facts["env"].items() if name != "BRIDGE_ENTRA__CLIENT_SECRET"}
    env |= {"BRIDGE_MCP": "true", "BRIDGE_ENTRA__MANAGED_IDENTITY_CLIENT_ID": FEDERATED}
    env["BRIDGE_ENTRA__ALLOWED_CLIENTS"] += f" {FEDERATED}"
    rows = arriving(monkeypatch, env)
    assert {client for client, _ in rows} == {
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
    cells = [line.count("|") for line in out.splitlines()]
    assert (status, set(cells), len(cells) > 5) == (0, {5}, True)
    assert facts["env"]["BRIDGE_ENTRA__CLIENT_SECRET"] not in out
    assert table(monkeypatch, {"BRIDGE_ENTRA__TENANT_ID": "x"}) == (2, "")
