"""`bridge check --live TOKEN`: each path is walked from here, with the verdicts that need Entra's keys."""

from __future__ import annotations

import json

import pytest
from jwt.algorithms import RSAAlgorithm

from bridge.base.http_client import HttpResponse
from bridge.check import CheckResult
from bridge.errors import BridgeError
from bridge.inbound import Authenticator
from bridge.settings import load
from tests.support.catalog import CATALOG
from tests.support.client import Asked, ScriptedClient, json_answer
from tests.support.env import SECRET, env
from tests.support.keys import rsa_key
from tests.support.tokens import KID, TENANT, claims, good, token
from tools.cli.live import walk

ISSUERS = {"v2.0/keys": "https://login.microsoftonline.com/{tenantid}/v2.0", "/keys": "https://sts.windows.net/x/"}
SAML_ONLY = json_answer({"error": "invalid_grant", "error_codes": [399274]}, 400)


def world(workday: HttpResponse) -> ScriptedClient:
    """Entra with one key, which is not valid for v1 tokens, and a SAML-only target."""

    def keys(asked: Asked) -> HttpResponse:
        issuer = next(issuer for part, issuer in ISSUERS.items() if part in asked.url)
        jwk = RSAAlgorithm.to_jwk(rsa_key("entra").public_key(), as_dict=True)
        return json_answer({"keys": [{**jwk, "kid": KID, "use": "sig", "issuer": issuer}]})

    login = f"https://login.microsoftonline.com/{TENANT}/oauth2/v2.0"
    metadata = {"authorization_endpoint": f"{login}/authorize", "token_endpoint": f"{login}/token"}
    return ScriptedClient(
        {
            "openid-configuration": lambda _: json_answer(metadata),
            "/keys": keys,
            login: lambda _: SAML_ONLY,
            "workday.example": lambda _: workday,
        }
    )


def live(raw: str, workday: HttpResponse | None = None, *, attributes: str | None = None) -> list[CheckResult]:
    client = world(workday or json_answer({"access_token": "at", "token_type": "Bearer"}))
    (group,) = walk(raw, env(BRIDGE_SYSTEMS__WORKDAY__SAML__ATTRIBUTES=attributes), CATALOG, client)
    return list(group.lines)


def test_a_path_that_is_open_is_reported_hop_by_hop() -> None:
    token_line, claims_line, path, services = live(good(acct=0))
    assert {line.state for line in (token_line, claims_line, path, services)} == {"ok"}
    assert path.title.startswith("workday: bridge_saml, entra aadsts_399274")
    assert "system_token ok" in path.title


def test_a_hop_that_fails_is_named_with_its_fix() -> None:
    *_, path = live(good(), json_answer({"error": "invalid_grant"}, 400))
    assert path.state == "failed"
    assert "system_token bridge_misconfigured" in path.title
    assert "BRIDGE_SYSTEMS__WORKDAY__TOKEN__URL" in " ".join(path.fix)


@pytest.mark.parametrize(
    ("claim", "state"), [({"acct": 0}, "ok"), ({}, "warning"), ({"xms_cc": ["cp1"]}, "warning")], ids=str
)
def test_a_token_without_the_claim_that_decides_about_guests_is_named(claim: dict[str, object], state: str) -> None:
    line = next(line for line in live(good(**claim)) if line.code == "live_claims")
    assert line.state == state
    assert line.fix or state == "ok"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (token(claims(), header={"kid": "nobody's"}), "unknown_key"),
        (token(claims(), key=rsa_key("evil")), "bad_signature"),
        (good(1), "key_issuer_mismatch"),
        (good(aud="https://apihub.azure.com"), "audience_apihub"),
        ("", "no_token"),
    ],
    ids=lambda value: value if "." not in value else "",
)
def test_a_token_is_refused_with_the_code_that_a_caller_gets(raw: str, code: str) -> None:
    settings = load(env(), CATALOG)
    with pytest.raises(BridgeError) as refused:
        Authenticator.for_entra(settings.entra, world(SAML_ONLY)).authenticate(f"Bearer {raw}" if raw else None)
    (line,) = live(raw)
    assert refused.value.code == code
    assert f"[{code}]" in line.title


def test_neither_token_nor_secret_is_shown() -> None:
    raw = good()
    shown = json.dumps([str(line) for line in live(raw)])
    assert raw not in shown
    assert SECRET not in shown


def test_an_attribute_whose_claim_the_token_lacks_is_named() -> None:
    """For example a constant in the place of a claim's name."""
    wanted = '{"api_key": "MzAy", "Id": "oid_of_hr", "Upn": "upn"}'
    [line] = [line for line in live(good(oid_of_hr="7"), attributes=wanted) if line.code == "live_attributes"]
    assert (line.state, "lacks MzAy," in line.title) == ("warning", True)
    assert not [
        line for line in live(good(oid_of_hr="7", MzAy="x"), attributes=wanted) if line.code == "live_attributes"
    ]
