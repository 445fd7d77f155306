"""Every verdict on a token, as the caller of the running app sees it."""

from __future__ import annotations

import time
from typing import Any

import pytest

from bridge.tokens import VERDICTS
from tests.e2e.kit import Bridge, Reply, Sandbox
from tests.tokens.cases import CASES, HEADER_CASES, Case, HeaderCase, Ids

LONGEST_CHALLENGE = 500


def issued(sandbox: Sandbox, case: Case) -> str:
    """The case's token, from the sandbox's Entra."""
    facts = sandbox.facts
    ids = Ids(tenant=facts["tenantId"], bridge=facts["clientId"], connector=facts["connectorClientId"])
    optional = {"given_name": None, "family_name": None, "acct": None}  # the tables' good token has none of these
    claims = optional | case.overrides(ids, time.time())
    return sandbox.token(version=case.version, claims=claims, header=dict(case.header), sign=case.sign)


def assert_is_a_verdict(reply: Reply, code: str, sandbox: Sandbox) -> None:
    problem = reply.json
    assert reply.outcome == (problem["status"], VERDICTS[code].public_code)
    assert problem["verdict"] == code
    assert reply.status in (401, 403)
    assert problem["detail"]
    assert problem["hint"]
    challenge = reply.headers.get("www-authenticate", "")
    assert (reply.status == 401) <= challenge.startswith("Bearer realm=")
    assert len(challenge) < LONGEST_CHALLENGE
    assert challenge.isascii()
    allowed_clients = sandbox.facts["connectorClientId"]
    assert code != "client_not_allowed" or allowed_clients not in reply.body.decode()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_token_gets_its_verdict(bridge: Bridge, sandbox: Sandbox, case: Case) -> None:
    token = issued(sandbox, case)
    reply = bridge.get("/api/whoami", token)
    assert_is_a_verdict(reply, case.code, sandbox)
    assert token not in reply.body.decode()
    assert bridge.line(reply)["code"] == VERDICTS[case.code].public_code


@pytest.mark.parametrize("case", HEADER_CASES, ids=lambda case: case.id)
def test_an_authorization_header_gets_its_verdict(bridge: Bridge, sandbox: Sandbox, case: HeaderCase) -> None:
    headers = {} if case.value is None else {"Authorization": case.value.encode().decode("latin-1")}
    assert_is_a_verdict(bridge.ask("GET", "/api/whoami", headers=headers), case.code, sandbox)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"sign": "other-key"}, "bad_signature"),
        ({"header": {"kid": "nobody's"}}, "unknown_key"),
        ({"header": {"alg": "RS512"}}, "algorithm_not_accepted"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_only_the_key_shows(bridge: Bridge, sandbox: Sandbox, wanted: dict[str, Any], code: str) -> None:
    assert_is_a_verdict(bridge.get("/api/whoami", sandbox.token(**wanted)), code, sandbox)


def test_a_token_whose_payload_was_changed_is_refused(bridge: Bridge, sandbox: Sandbox) -> None:
    mine, other = sandbox.token(user="adele").split("."), sandbox.token(user="alex").split(".")
    forged = f"{mine[0]}.{other[1]}.{mine[2]}"
    assert bridge.get("/api/whoami", forged).outcome == (401, "bad_signature")


def test_a_token_that_was_refused_once_is_refused_again(bridge: Bridge, sandbox: Sandbox) -> None:
    good = sandbox.token()
    head, _, signature = good.rpartition(".")
    bad = f"{head}.{signature[:-4]}AAAA"
    reported = [bridge.get("/api/whoami", token).status for token in (bad, good, bad, good)]
    assert reported == [401, 200, 401, 200]


def test_a_token_in_the_query_is_none(bridge: Bridge, sandbox: Sandbox) -> None:
    """RFC 6750 section 2.3: it would be in every log on the way."""
    assert bridge.get("/api/whoami", access_token=sandbox.token()).outcome == (401, "no_token")


def test_an_accepted_token_is_refused_when_it_expires(bridge: Bridge, sandbox: Sandbox) -> None:
    """Five minutes of skew are allowed, so this one has one second left."""
    early = int(time.time()) - 600
    token = sandbox.token(expires_in=-299, claims={"iat": early, "nbf": early})
    if bridge.get("/api/whoami", token).status == 200:
        time.sleep(1.1)
    assert bridge.get("/api/whoami", token).outcome == (401, "expired")


# Claims that would become the NameID of an assertion; tests/credentials/test_name_id.py has each rule.

HOSTILE_NAMES = {
    "markup": "<NameID>wd-admin@contoso.com</NameID>",
    "a comment": "adele@contoso.com<!---->.evil.example",
    "the end of CDATA": "adele]]>@contoso.com",
    "a null character": "adele\x00@contoso.com",
    "a lone surrogate": "adele\ud800@contoso.com",
    "two lines": "adele@contoso.com\nwd-admin@contoso.com",
    "a Cyrillic letter": "аdele@contoso.com",
    "another domain": "adele@contoso.com.evil.example",
    "an administrator in capitals": "WD-ADMIN@contoso.com",
    "long": "a" * 5_000 + "@contoso.com",
    "absent": None,
    "a list": ["adele@contoso.com"],
    "a record": {"upn": "adele@contoso.com"},
}


@pytest.mark.parametrize("name", HOSTILE_NAMES.values(), ids=HOSTILE_NAMES)
def test_a_forbidden_name_is_403_and_nothing_is_signed(bridge: Bridge, sandbox: Sandbox, name: object) -> None:
    with sandbox.counting() as spent:
        reply = bridge.get("/api/workday/me", sandbox.token(claims={"upn": name}))
    assert reply.outcome == (403, "name_id_refused")
    assert "saml2_bearer" not in spent
    assert "assertions" not in bridge.line(reply)


@pytest.mark.parametrize("size", [20_000, 100_000])
def test_a_token_of_any_size_ends_in_a_4xx(bridge: Bridge, sandbox: Sandbox, size: int) -> None:
    """The bridge stops at 16 KB, the Functions host at 32 KB of headers."""
    assert bridge.get("/api/workday/me", sandbox.token(claims={"upn": "a" * size})).status in (401, 431)
