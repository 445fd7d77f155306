"""Every verdict has a token that causes it, and each token gets one verdict: always the same."""

from __future__ import annotations

import time
from base64 import urlsafe_b64decode
from dataclasses import replace

import pytest

from bridge.tokens import VERDICTS, Expected, Rejection, parse_authorization, parse_token, validate_claims
from bridge.tokens.claim_types import read
from bridge.tokens.validate import REMAINING_RULES, RULES, is_routine
from tests.support.tokens import BRIDGE, CONNECTOR, TENANT, claims, good, segment, token
from tests.tokens.cases import CASES, HEADER_CASES, OTHER_APP, Case, HeaderCase, Ids

IDS = Ids(tenant=TENANT, bridge=BRIDGE, connector=CONNECTOR)
EXPECTED = Expected(
    tenant_id=TENANT,
    client_id=BRIDGE,
    audiences=frozenset({BRIDGE, f"api://{BRIDGE}"}),
    audiences_v2=frozenset({BRIDGE}),
    issuers={
        "1.0": f"https://sts.windows.net/{TENANT}/",
        "2.0": f"https://login.microsoftonline.com/{TENANT}/v2.0",
    },
    allowed_clients=frozenset({CONNECTOR}),
    required_scope="access_as_user",
    allow_guests=False,
)
ONLY_THE_KEY_SHOWS = {"unknown_key", "bad_signature", "key_issuer_mismatch"}


def raw_token(case: Case) -> str:
    raw = token(claims(case.version, **case.overrides(IDS, time.time())), header=case.header)
    return raw.rpartition(".")[0] + "." if case.sign == "none" else raw


def verdict(authorization: str | None, expected: Expected = EXPECTED) -> str | None:
    try:
        finding = validate_claims(parse_token(parse_authorization(authorization)), expected, now=time.time())
    except Rejection as error:
        finding = error.finding
    return finding.verdict.code if finding else None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_token_gets_its_verdict(case: Case) -> None:
    assert verdict(f"Bearer {raw_token(case)}") == case.code


@pytest.mark.parametrize("case", HEADER_CASES, ids=lambda case: case.id)
def test_an_authorization_header_gets_its_verdict(case: HeaderCase) -> None:
    assert verdict(case.value) == case.code


def test_every_verdict_has_a_token() -> None:
    covered = {case.code for case in CASES} | {case.code for case in HEADER_CASES}
    assert covered | ONLY_THE_KEY_SHOWS == set(VERDICTS)
    assert not covered & ONLY_THE_KEY_SHOWS


@pytest.mark.parametrize(
    ("version", "audience"), [(1, BRIDGE), (1, f"api://{BRIDGE}"), (2, BRIDGE)], ids=["v1 id", "v1 uri", "v2 id"]
)
def test_a_good_token_gets_none(version: int, audience: str) -> None:
    assert verdict(f"Bearer {good(version, aud=audience)}") is None


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", " Bearer ", "Bearer  "])
def test_the_scheme_is_read_without_case(scheme: str) -> None:
    assert verdict(f"{scheme} {good()}") is None


@pytest.mark.parametrize(
    "overrides",
    [
        {"acct": 0},
        {"acct": "0"},
        {"idtyp": "user"},
        {"idp": f"https://sts.windows.net/{TENANT}/"},
        {"scp": "openid access_as_user Orders.Read"},
        {"roles": ["Reader"]},
        {"idtyp": "user", "xms_act_fct": "3 11 9", "xms_par_app_azp": OTHER_APP, "xms_idrel": "1"},
        {"xms_sub_fct": "113 131", "xms_tnt_fct": "13"},
        {"xms_idrel": "27 1", "idp": "live.com", "upn": "eve_other.example#EXT#@contoso.example"},
        {"nonce": "of a client"},
        {"groups": ["00000000-0000-4000-8000-000000000000"] * 50},
        {"exp": time.time() + 90_000.5},
    ],
    ids=lambda overrides: ",".join(overrides),
)
def test_what_a_member_may_carry_as_well_does_no_harm(overrides: dict[str, object]) -> None:
    assert verdict(f"Bearer {token({**claims(), **overrides})}") is None


def test_the_clocks_may_differ_by_five_minutes() -> None:
    now = int(time.time())
    assert verdict(f"Bearer {good(exp=now - 290)}") is None
    assert verdict(f"Bearer {good(nbf=now + 290, iat=now + 290)}") is None


def test_guests_are_served_where_they_are_allowed() -> None:
    welcoming = replace(EXPECTED, allow_guests=True)
    raw = good(acct=1, idp="live.com", upn="eve_other.example#EXT#@contoso.example")
    assert verdict(f"Bearer {raw}", welcoming) is None


def test_agent_users_are_served_only_where_they_are_allowed() -> None:
    permissive = replace(EXPECTED, allow_agent_users=True)
    agent_user = {"xms_sub_fct": "13", "xms_act_fct": "11", "xms_par_app_azp": OTHER_APP}
    assert verdict(f"Bearer {good(**agent_user)}") == "agent_user_not_allowed"
    assert verdict(f"Bearer {good(**agent_user)}", permissive) is None
    assert verdict(f"Bearer {good(**agent_user, azp=OTHER_APP)}", permissive) == "client_not_allowed"
    assert verdict(f"Bearer {good(xms_sub_fct='11')}", permissive) == "agent_app_only"


def test_an_agent_by_itself_is_reported_as_app_only_in_words_of_its_own() -> None:
    assert VERDICTS["agent_app_only"].public_code == "app_only"
    assert VERDICTS["agent_app_only"].sentence != VERDICTS["app_only"].sentence


def test_each_token_has_one_text() -> None:
    """Base64url leaves unused bits at the end of a segment: another character there would be another spelling."""
    raw = good()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    same = [last for last in alphabet if urlsafe_b64decode(f"{raw[-2]}{last}==") == urlsafe_b64decode(f"{raw[-2:]}==")]
    assert len(same) == 16, "the last character of a signature of 256 bytes has four unused bits"
    verdicts = {last: verdict(f"Bearer {raw[:-1]}{last}") for last in same}
    assert verdicts == {last: None if last == raw[-1] else "malformed_token" for last in same}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_rules_that_a_routine_token_is_spared_would_find_nothing(case: Case) -> None:
    reading = read(claims(case.version, **case.overrides(IDS, time.time())), EXPECTED, time.time())
    spared = [rule for rule in RULES if rule not in REMAINING_RULES]
    assert len(spared) > 15
    if is_routine(reading):
        assert [rule.code for rule in spared if rule.test(reading)] == []


def test_a_good_token_is_routine() -> None:
    assert is_routine(read(claims(2), EXPECTED, time.time()))
    assert is_routine(read(claims(1), EXPECTED, time.time()))


def test_401_comes_before_403() -> None:
    """Who has not been recognised is not told what he lacks."""
    statuses = [VERDICTS[rule.code].status for rule in RULES]
    assert statuses == sorted(statuses)


def test_the_list_of_allowed_clients_is_never_reported() -> None:
    parsed = parse_token(good(azp=OTHER_APP))
    finding = validate_claims(parsed, EXPECTED, now=time.time())
    assert finding is not None
    assert CONNECTOR not in f"{finding.detail} {finding.expected} {finding.steps}"


def test_what_was_sent_is_never_repeated_when_it_may_be_a_secret() -> None:
    for secret in ("Basic c2VjcmV0", "c2VjcmV0", "Bearer Bearer c2VjcmV0"):
        with pytest.raises(Rejection) as caught:
            parse_authorization(secret)
        assert "c2VjcmV0" not in caught.value.finding.detail


def test_what_was_signed_and_the_signature_are_kept_apart() -> None:
    raw = token(b'{"exp": 1}')
    parsed = parse_token(raw)
    assert raw == f"{parsed.signed.decode()}.{segment(parsed.signature)}"


@pytest.mark.parametrize("depth", [100, 5_000])
def test_deep_nesting_is_refused_or_read_but_never_fails(depth: int) -> None:
    payload = b'{"acct":' + b"[" * depth + b"]" * depth + b"}"
    raw = f"{segment({'alg': 'RS256', 'kid': 'k'})}.{segment(payload)}.AAAA"
    assert verdict(f"Bearer {raw}") in {"malformed_token", "issuer_missing"}
