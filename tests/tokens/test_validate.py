"""Every verdict has a token that causes it, and each token gets one verdict: always the same."""

from __future__ import annotations

import time
from base64 import urlsafe_b64decode
from dataclasses import replace

from bridge.tokens import VERDICTS, Expected, Rejection, parse_authorization, parse_token, validate_claims
from bridge.tokens.claim_types import read
from bridge.tokens.validate import REMAINING_RULES, RULES, is_routine
from tests.support.cases import for_each
from tests.support.raised import raised
from tests.support.tokens import BRIDGE, CONNECTOR, EXPECTED, OWN_DOMAIN, TENANT, claims, good, segment, token
from tests.tokens.cases import CASES, HEADER_CASES, OTHER_APP, Case, HeaderCase, Ids

IDS = Ids(tenant=TENANT, bridge=BRIDGE, connector=CONNECTOR)
SKEW = EXPECTED.clock_skew_seconds
ONLY_THE_KEY_SHOWS = {"unknown_key", "bad_signature", "key_issuer_mismatch"}


def raw_token(case: Case) -> str:
    raw = token(claims(case.version, **case.overrides(IDS, time.time())), header=case.header)
    return raw.rpartition(".")[0] + "." if case.sign == "none" else raw


def verdict(authorization: str | None, expected: Expected = EXPECTED, now: float | None = None) -> str | None:
    """The code of the verdict; None accepts the token."""
    try:
        finding = validate_claims(parse_token(parse_authorization(authorization)), expected, now=now or time.time())
    except Rejection as error:
        finding = error.finding
    return finding.verdict.code if finding else None


@for_each(CASES, name=lambda case: case.id)
def test_a_token_gets_its_verdict(case: Case) -> None:
    assert verdict(f"Bearer {raw_token(case)}") == case.code


@for_each(HEADER_CASES, name=lambda case: case.id)
def test_an_authorization_header_gets_its_verdict(case: HeaderCase) -> None:
    assert verdict(case.value) == case.code


def test_every_verdict_has_a_token() -> None:
    covered = {case.code for case in CASES} | {case.code for case in HEADER_CASES}
    assert covered | ONLY_THE_KEY_SHOWS == set(VERDICTS)
    assert not covered & ONLY_THE_KEY_SHOWS


@for_each([(1, BRIDGE), (1, f"api://{BRIDGE}"), (1, OWN_DOMAIN), (2, BRIDGE)])
def test_a_token_is_accepted_with_each_audience_of_its_version(version: int, audience: str) -> None:
    assert verdict(f"Bearer {good(version, aud=audience)}") is None


def test_an_audience_of_v1_tokens_is_none_of_v2_tokens() -> None:
    assert verdict(f"Bearer {good(2, aud=OWN_DOMAIN)}") == "audience_form"


@for_each(["Bearer", "bearer", "BEARER", " Bearer ", "Bearer  "])
def test_the_scheme_is_read_without_case(scheme: str) -> None:
    assert verdict(f"{scheme} {good()}") is None


@for_each(
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
    ]
)
def test_a_member_of_the_tenant_may_have_other_claims_as_well(overrides: dict[str, object]) -> None:
    assert verdict(f"Bearer {token({**claims(), **overrides})}") is None


@for_each(
    [
        ("exp", 1 - SKEW, None),
        ("exp", -SKEW, "expired"),
        ("nbf", SKEW, None),
        ("nbf", SKEW + 1, "not_yet_valid"),
        ("iat", SKEW, None),
        ("iat", SKEW + 1, "clock_skew"),
    ]
)
def test_the_clock_skew_is_allowed_once_and_to_the_second(claim: str, seconds: int, code: str | None) -> None:
    now = int(time.time())
    times = {"iat": now, "nbf": now, "exp": now + 3600, claim: now + seconds}
    assert verdict(f"Bearer {good(**times)}", now=now) == code


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


@for_each(CASES, name=lambda case: case.id)
def test_the_rules_that_are_skipped_for_a_routine_token_would_find_nothing(case: Case) -> None:
    reading = read(claims(case.version, **case.overrides(IDS, time.time())), EXPECTED, time.time())
    spared = [rule for rule in RULES if rule not in REMAINING_RULES]
    assert len(spared) > 15
    if is_routine(reading):
        assert [rule.code for rule in spared if rule.test(reading)] == []


def test_a_good_token_is_routine() -> None:
    assert is_routine(read(claims(2), EXPECTED, time.time()))
    assert is_routine(read(claims(1), EXPECTED, time.time()))


def test_401_has_precedence_over_403() -> None:
    """A caller who is not recognised does not learn what is missing."""
    statuses = [VERDICTS[rule.code].status for rule in RULES]
    assert statuses == sorted(statuses)


def test_the_list_of_allowed_clients_is_never_reported() -> None:
    parsed = parse_token(good(azp=OTHER_APP))
    finding = validate_claims(parsed, EXPECTED, now=time.time())
    assert finding is not None
    assert CONNECTOR not in f"{finding.detail} {finding.expected} {finding.steps}"


def test_what_was_sent_is_never_repeated_when_it_may_be_a_secret() -> None:
    for secret in ("Basic c2VjcmV0", "c2VjcmV0", "Bearer Bearer c2VjcmV0"):
        assert "c2VjcmV0" not in raised(Rejection, parse_authorization, secret).finding.detail


def test_what_was_signed_and_the_signature_are_kept_apart() -> None:
    raw = token(b'{"exp": 1}')
    parsed = parse_token(raw)
    assert raw == f"{parsed.signed.decode()}.{segment(parsed.signature)}"


@for_each([100, 5_000])
def test_deep_nesting_is_refused_or_read_but_never_fails(depth: int) -> None:
    payload = b'{"acct":' + b"[" * depth + b"]" * depth + b"}"
    raw = f"{segment({'alg': 'RS256', 'kid': 'k'})}.{segment(payload)}.AAAA"
    assert verdict(f"Bearer {raw}") in {"malformed_token", "issuer_missing"}
