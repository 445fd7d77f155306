"""The controls of the sandbox, and examples that run against it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from sandbox.stack import ROOT, Child

FILE = ROOT / "examples" / "minimal" / "function_app.py"


def settings(facts: dict[str, Any]) -> dict[str, str]:
    """The app settings of `examples/minimal` in this sandbox."""
    env = facts["env"]
    return {
        "REQUESTS_CA_BUNDLE": facts["ca"],
        "SSL_CERT_FILE": facts["ca"],
        "AUTHORITY_HOST": facts["entra"],
        "TENANT_ID": facts["tenantId"],
        "CLIENT_ID": facts["clientId"],
        "CLIENT_SECRET": env["BRIDGE_ENTRA__CLIENT_SECRET"],
        "CONNECTOR_CLIENT_ID": facts["connectorClientId"],
        "WORKDAY_HOST": urlsplit(facts["workday"]).netloc,
        "WORKDAY_TENANT": facts["workdayTenant"],
        "WORKDAY_CLIENT_ID": env["BRIDGE_SYSTEMS__WORKDAY__CLIENT_ID"],
    }


def signing(facts: dict[str, Any]) -> dict[str, str]:
    """The settings with which the example signs for itself."""
    key, begin, certificate = facts["env"]["BRIDGE_SYSTEMS__WORKDAY__SAML__CERTIFICATE"].partition("-----BEGIN CERT")
    issuer = facts["env"]["BRIDGE_SYSTEMS__WORKDAY__SAML__ISSUER"]
    return {"SIGNING_KEY": key, "SIGNING_CERTIFICATE": begin + certificate, "SIGNING_ISSUER": issuer}


@contextmanager
def serving(file: Path, **settings: str) -> Iterator[str]:
    """The address of a function app while it runs with these settings."""
    env = {**os.environ, **settings, "NO_PROXY": "localhost,127.0.0.1"}
    with Child("example", ["sandbox.functions_host", "--stop-with-stdin", "--app", str(file)], env=env) as child:
        yield "http://" + child.ready().partition("http://")[2].split()[0]


def sandbox(facts: dict[str, Any], method: str, place: str, path: str, body: object = None) -> Any:
    response = requests.request(method, facts[place] + path, json=body, verify=facts["ca"], timeout=30)
    assert response.ok, response.text
    return response.json() if response.content else None
