"""One sandbox and one app with the systems other than Workday, over real sockets. Some are set up wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from sandbox.stack import start_sandbox
from sandbox.systems import s4hana
from sandbox.systems.servicenow import CLIENT_ID, CLIENT_SECRET
from sandbox.systems.successfactors import API_KEY, COMPANY
from sandbox.world import guid
from tests.e2e.kit import Bridge, Sandbox, run_app
from tests.support.keys import certificate_pem, pair_pem

PATTERN = r"[a-z0-9.-]+@contoso\.com"
CONSUMER_KEY = "3MVG9.consumer"
WORKFLOW = "0123456789abcdef0123456789abcdef"


def own(name: str, **values: str) -> dict[str, str]:
    return {f"BRIDGE_SYSTEMS__{name.upper()}__{key}": value for key, value in values.items()}


def signed(name: str) -> dict[str, str]:
    """The settings of a system for which the bridge signs, with a key of its own."""
    return {
        "SAML__SIGNER": "bridge",
        "SAML__CERTIFICATE": pair_pem(name),
        "SAML__NAME_ID_CLAIM": "upn",
        "SAML__NAME_ID_PATTERN": PATTERN,
    }


def abap(name: str) -> dict[str, str]:
    """The settings of a system whose users are ABAP users: no token has their names."""
    return {
        "SAML__SIGNER": "bridge",
        "SAML__CERTIFICATE": pair_pem(name),
        "SAML__AUDIENCE": s4hana.AUDIENCE,
        "SAML__NAME_ID_SOURCE": "graph:onPremisesSamAccountName",
        "SAML__NAME_ID_PATTERN": "[a-z]{2,12}",
        "SAML__NAME_ID_TRANSFORM": "upper",
        "SAML__DENIED_NAME_IDS": "ADMIN DDIC SAP*",
    }


def xsuaa(name: str, host: str, url: str, secret: str) -> dict[str, str]:
    return own(
        name,
        KIND="s4hana",
        HOST=host,
        TENANT=s4hana.CLIENT,
        CLIENT_ID=s4hana.XSUAA_ID,
        CLIENT_SECRET=secret,
        TOKEN__URL=f"{url}{s4hana.XSUAA_TOKEN}",
        TOKEN__ENCODING="base64url",
        **abap(name),
    )


def settings(facts: dict[str, Any]) -> dict[str, str]:
    urls = facts["systems"]
    host = {name: urlsplit(url).netloc for name, url in urls.items()}
    return {
        **own(
            "successfactors",
            HOST=host["successfactors"],
            TENANT=COMPANY,
            CLIENT_ID=API_KEY,
            SAML__METADATA="true",
            **signed("successfactors"),
        ),
        **own(
            "salesforce",
            HOST=host["salesforce"],
            CLIENT_ID=CONSUMER_KEY,
            TOKEN__URL=f"{urls['salesforce']}/services/oauth2/token",
            **signed("salesforce"),
        ),
        **own("servicenow", HOST=host["servicenow"], RESOURCE_SCOPE=f"api://{guid('app.servicenow')}/.default"),
        **own(
            "servicenow_jwt",
            KIND="servicenow",
            HOST=host["servicenow"],
            PATH="saml",
            CLIENT_ID=CLIENT_ID,
            CLIENT_SECRET=CLIENT_SECRET,
            TOKEN__KEY_ID="verifier-1",
            **signed("servicenow"),
        ),
        **own("powerautomate", HOST=host["powerautomate"], TENANT=WORKFLOW),
        **own(
            "s4hana",
            HOST=host["s4hana"],
            TENANT=s4hana.CLIENT,
            CLIENT_ID=s4hana.CLIENT_ID,
            CLIENT_SECRET=s4hana.CLIENT_SECRET,
            OPERATIONS="reads writes approvals",
            TOKEN__SCOPE=s4hana.SCOPE,
            **abap("s4hana"),
        ),
        **xsuaa("btp", host["s4hana"], urls["s4hana"], s4hana.CLIENT_SECRET),
        # Set up wrongly, each in one thing.
        **xsuaa("btp_wrong", host["s4hana"], urls["s4hana"], "another-secret"),
        **own(
            "flow_one_slash",
            KIND="powerautomate",
            HOST=host["powerautomate"],
            TENANT=WORKFLOW,
            RESOURCE_SCOPE=f"api://{guid('app.servicenow')}/.default",
        ),
        **own("broken", KIND="salesforce", HOST=host["salesforce"], CLIENT_ID="x", SAML__CERTIFICATE="none"),
    }


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with start_sandbox() as (_, facts):
        yield Sandbox({**facts, **facts["systems"]})


@pytest.fixture(scope="session")
def bridge(sandbox: Sandbox) -> Iterator[Bridge]:
    with run_app(sandbox, {**settings(dict(sandbox.facts)), "BRIDGE_PUBLIC_URL": "https://bridge.example"}) as bridge:
        yield bridge


@pytest.fixture(autouse=True)
def trusted(sandbox: Sandbox) -> None:
    """Each system trusts the certificate that its settings sign with."""
    issuers = {
        "successfactors": f"api://{sandbox.facts['clientId']}/successfactors",
        "salesforce": CONSUMER_KEY,
        "servicenow": CLIENT_ID,
        "s4hana": f"api://{sandbox.facts['clientId']}/s4hana",
    }
    for name, issuer in issuers.items():
        trust(sandbox, name, issuer, name)


def trust(sandbox: Sandbox, system: str, issuer: str, key: str) -> None:
    """The system trusts the certificate called `key` for `issuer`, and nothing else."""
    sandbox.control("POST", system, "/sandbox/trust", {"issuer": issuer, "certificate": certificate_pem(key)})
