"""Access tokens of Entra: signature, keys, and who the caller is. The rules on claims are specified in tests/tokens."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, cast

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from bridge.errors import BridgeError, Forbidden, TokenRejected, TryLater
from bridge.inbound import Authenticator, KeyCache
from bridge.inbound.authenticator import MAX_KNOWN_TOKENS
from bridge.inbound.jwks import Key, KeySet
from tests.support.cases import for_each
from tests.support.clock import Clock
from tests.support.keys import certificate_pem, rsa_key
from tests.support.memory import texts_in
from tests.support.raised import raised
from tests.support.tokens import BRIDGE, CONNECTOR, EXPECTED, KID, NOW, TENANT, USER, claims, good, segment, token

ISSUERS = {
    "1.0": "https://sts.windows.net/{tenantid}/",
    "2.0": "https://login.microsoftonline.com/{tenantid}/v2.0",
}


class CountingKey:
    """A public key that counts the signatures it verifies."""

    def __init__(self) -> None:
        self.key, self.verified = rsa_key("entra").public_key(), 0

    def verify(self, *arguments: Any) -> None:
        self.verified += 1
        self.key.verify(*arguments)


def key_set(key: object, issuer: str | None = None) -> KeySet:
    return KeySet(MappingProxyType({KID: Key(cast(RSAPublicKey, key), issuer)}))


def made(key: CountingKey | None = None, issuers: Mapping[str, str] = ISSUERS, **options: Any) -> Authenticator:
    """An authenticator whose endpoints for keys have one key."""

    def cache(issuer: str) -> KeyCache:
        return KeyCache(lambda: key_set(key or rsa_key("entra").public_key(), issuer))

    return Authenticator(EXPECTED, {version: cache(issuer) for version, issuer in issuers.items()}, **options)


def refusal(value: str | None, authenticator: Authenticator | None = None) -> BridgeError:
    return raised(BridgeError, (authenticator or made()).authenticate, value)


@for_each([(1, f"api://{BRIDGE}"), (2, BRIDGE)])
def test_a_caller_is_who_the_token_says(version: int, audience: str) -> None:
    raw = good(version)
    caller = made().authenticate(f"Bearer {raw}")
    assert (caller.tenant_id, caller.object_id) == (TENANT, USER)
    assert (caller.audience, caller.version, caller.client_id) == (audience, f"{version}.0", CONNECTOR)
    assert (caller.scopes, caller.token) == (("access_as_user",), raw)


@for_each([({"exp": NOW - 400}, TokenRejected, "expired"), ({"acct": 1}, Forbidden, "guest_not_allowed")])
def test_a_verdict_of_401_is_a_challenge_and_one_of_403_is_not(
    overrides: dict[str, object], kind: type[BridgeError], code: str
) -> None:
    error = refusal(f"Bearer {good(**overrides)}")
    assert (type(error), error.code) == (kind, code)
    assert (error.challenge is None) == (kind is Forbidden)


def hs256_with_the_public_key() -> str:
    head, body = segment({"typ": "JWT", "alg": "HS256", "kid": KID}), segment(claims())
    mac = hmac.new(certificate_pem("entra").encode(), f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{segment(mac)}"


def tampered() -> str:
    head, _, signature = good().split(".")
    return f"{head}.{segment(claims(oid=TENANT))}.{signature}"


def by_a_forger(**header: object) -> str:
    return token(claims(), key=rsa_key("forger"), header=header)


ATTACKS: dict[str, tuple[str, str]] = {
    "two headers joined": (f"{good()},Bearer {good()}", "not_a_jwt"),
    "four segments": (f"{good()}.x", "not_a_jwt"),
    "HS256 with the public key": (hs256_with_the_public_key(), "algorithm_not_accepted"),
    "b64 false": (token(claims(), header={"b64": False, "crit": ["b64"]}), "critical_header"),
    "kid unknown": (token(claims(), header={"kid": "made-up"}), "unknown_key"),
    "jku and own key": (by_a_forger(jku="https://evil.example/keys"), "bad_signature"),
    "jwk in the header": (by_a_forger(jwk={"kty": "RSA"}), "bad_signature"),
    "other key, known kid": (by_a_forger(), "bad_signature"),
    "tampered payload": (tampered(), "bad_signature"),
    "line break in the payload": ("{}.{}\n.{}".format(*good().split(".")), "not_a_jwt"),
    "payload no UTF-8": (token(b'{"a": "\xff"}'), "malformed_token"),
    "payload NaN": (token(json.dumps({**claims(), "exp": float("nan")}).encode()), "malformed_token"),
    "deep nesting": (token(b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}"), "malformed_token"),
    "too long": (good(extra="x" * 20_000), "token_too_long"),
    "a megabyte": ("A" * 1_000_000, "token_too_long"),
    "not ASCII": (f"{good()}é", "not_a_jwt"),
    "lone surrogate": (f"{good()}\ud800", "not_a_jwt"),
    "control characters": ("\x00\x1b[31m", "not_a_jwt"),
}


@for_each(ATTACKS)
def test_each_attack_ends_in_401_with_a_verdict(value: str, code: str) -> None:
    error = refusal(f"Bearer {value}")
    assert (error.status, error.code) == (401, code)
    assert error.challenge is not None
    assert error.challenge.isascii()
    assert "\n" not in error.challenge
    assert value[:53] not in f"{error.detail}{error.hint}{error.members}"


def test_without_a_token_the_challenge_names_no_error_as_rfc_6750_requires() -> None:
    assert refusal(None).challenge == f'Bearer realm="{TENANT}"'


def test_the_challenge_for_a_missing_scope_names_the_scope() -> None:
    challenge = refusal(f"Bearer {good(scp='User.ReadBasic.All x')}").challenge
    assert challenge is not None
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="access_as_user"' in challenge


@for_each([ISSUERS["2.0"] + "x", ISSUERS["1.0"]])
def test_a_key_of_another_issuer_signs_nothing(issuer: str) -> None:
    error = refusal(f"Bearer {good()}", made(issuers={"1.0": issuer, "2.0": issuer}))
    assert error.code == "key_issuer_mismatch"


@for_each([{"scp": "other"}, {"acct": 1}, {"azp": TENANT}, {"azp": None}])
def test_what_a_caller_may_do_is_not_reported_to_a_forger(overrides: dict[str, object]) -> None:
    assert refusal(f"Bearer {token(claims(**overrides), key=rsa_key('forger'))}").code == "bad_signature"


def test_without_any_keys_the_error_is_try_later_and_no_rejection() -> None:
    def down() -> KeySet:
        raise OSError("down")

    error = refusal(f"Bearer {good()}", Authenticator(EXPECTED, {"1.0": KeyCache(down), "2.0": KeyCache(down)}))
    assert isinstance(error, TryLater)
    assert (error.status, error.retry_after) == (503, 1)


def test_a_token_that_is_refused_for_its_claims_never_makes_the_bridge_fetch_keys() -> None:
    cache = KeyCache(lambda: pytest.fail("keys were fetched"))
    for overrides in ({"aud": "x"}, {"iss": "https://evil.example"}, {"tid": BRIDGE}, {"exp": 1}):
        error = refusal(f"Bearer {good(**overrides)}", Authenticator(EXPECTED, {"1.0": cache, "2.0": cache}))
        assert error.status == 401


# --- tokens that were validated before


def test_a_known_token_is_not_verified_again_until_it_expires() -> None:
    clock, key, raw = Clock(NOW), CountingKey(), f"Bearer {good()}"
    authenticator = made(key, clock=clock)
    assert authenticator.authenticate(raw) == authenticator.authenticate(raw)
    assert key.verified == 1
    clock.now += 3601
    authenticator.authenticate(raw)
    assert key.verified == 2, "within the clock skew it is accepted, but validated again"
    clock.now += 300
    assert refusal(raw, authenticator).code == "expired"


def test_a_known_token_is_validated_again_when_the_keys_have_changed() -> None:
    clock, names = Clock(), ["entra"]
    cache = KeyCache(lambda: key_set(rsa_key(names[-1]).public_key()), clock=clock)
    authenticator = Authenticator(EXPECTED, {"1.0": cache, "2.0": cache})
    raw = f"Bearer {good()}"
    authenticator.authenticate(raw)
    names.append("rolled")
    clock.now += 300
    cache.find("made-up")
    assert refusal(raw, authenticator).code == "bad_signature"


def test_the_number_of_known_tokens_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.inbound.authenticator.MAX_KNOWN_TOKENS", 3)
    assert MAX_KNOWN_TOKENS > 3
    key = CountingKey()
    authenticator = made(key)
    for number, verified in ((0, 1), (1, 2), (2, 3), (3, 4), (3, 4), (2, 4), (0, 5)):
        authenticator.authenticate(f"Bearer {good(uti=str(number))}")
        assert key.verified == verified


def test_a_known_token_costs_no_memory_for_its_text_and_for_claims_that_are_not_used() -> None:
    authenticator = made(used_claims=frozenset({"employeeid"}))
    raw = good(groups=["a-group"] * 200, employeeid="21001", xms_cc=["cp1"])
    upn = "adele.vance@contoso.example"
    for _ in range(2):  # new, then known
        kept = authenticator.authenticate(f"Bearer {raw}").claims
        assert kept == {"upn": upn, "preferred_username": upn, "employeeid": "21001", "xms_cc": ["cp1"]}
    held = texts_in(authenticator)
    assert "21001" in held
    assert not {raw, f"Bearer {raw}", "a-group"} & set(held)


def test_an_agent_on_behalf_of_a_person_is_that_person_and_the_agent_is_named() -> None:
    authenticator = made()
    raw = good(idtyp="user", xms_act_fct="9 11", xms_par_app_azp=TENANT)
    for _ in range(2):  # new, then known
        caller = authenticator.authenticate(f"Bearer {raw}")
        assert (caller.object_id, caller.actor, caller.actor_parent) == (USER, CONNECTOR, TENANT)
    plain = authenticator.authenticate(f"Bearer {good(xms_par_app_azp=TENANT)}")
    assert (plain.actor, plain.actor_parent) == (None, None)
    strange = authenticator.authenticate(f"Bearer {good(xms_act_fct='11', xms_par_app_azp='x')}")
    assert (strange.actor, strange.actor_parent) == (CONNECTOR, None)


def test_two_tokens_of_two_users_are_two_callers() -> None:
    authenticator = made()
    one, other = (authenticator.authenticate(f"Bearer {good(oid=oid)}") for oid in (USER, TENANT))
    assert (one.object_id, other.object_id) == (USER, TENANT)
    assert one.token_hash != other.token_hash


def test_a_caller_shows_neither_token_nor_claims() -> None:
    raw = good()
    shown = repr(made().authenticate(f"Bearer {raw}"))
    assert raw not in shown
    assert "adele" not in shown
