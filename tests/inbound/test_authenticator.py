"""Access tokens of Entra: each claim rule, each attack. The verdicts themselves are specified in tests/tokens."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from types import MappingProxyType

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import RSAAlgorithm

from bridge.errors import BridgeError, Forbidden, TokenRejected, TryLater
from bridge.inbound import Authenticator, Caller, KeyCache
from bridge.inbound.authenticator import MAX_KNOWN_TOKENS
from bridge.inbound.jwks import Key, KeySet
from bridge.tokens import Expected
from tests.support.keys import certificate_pem, rsa_key
from tests.support.tokens import BRIDGE, CONNECTOR, KID, NOW, TENANT, USER, claims, good, segment, token

V1 = f"https://sts.windows.net/{TENANT}/"
V2 = f"https://login.microsoftonline.com/{TENANT}/v2.0"
EXPECTED = Expected(
    tenant_id=TENANT,
    client_id=BRIDGE,
    audiences=frozenset({BRIDGE, f"api://{BRIDGE}", "https://bridge.contoso.example/"}),
    audiences_v2=frozenset({BRIDGE}),
    issuers={"1.0": V1, "2.0": V2},
    allowed_clients=frozenset({CONNECTOR}),
    required_scope="access_as_user",
    allow_guests=False,
)


def key_caches(name: str = "entra", kid: str = KID, issuers: Mapping[str, str] | None = None) -> dict[str, KeyCache]:
    templates = issuers or {
        "1.0": "https://sts.windows.net/{tenantid}/",
        "2.0": "https://login.microsoftonline.com/{tenantid}/v2.0",
    }

    def cache(issuer: str) -> KeyCache:
        keys = KeySet(MappingProxyType({kid: Key(rsa_key(name).public_key(), issuer)}))
        return KeyCache(lambda: keys)

    return {version: cache(issuer) for version, issuer in templates.items()}


@pytest.fixture
def authenticator() -> Authenticator:
    return Authenticator(EXPECTED, key_caches())


def refusal(authenticator: Authenticator, value: str | None) -> BridgeError:
    with pytest.raises(BridgeError) as caught:
        authenticator.authenticate(value)
    return caught.value


@pytest.mark.parametrize(
    ("version", "audience"),
    [(1, BRIDGE), (1, f"api://{BRIDGE}"), (1, "https://bridge.contoso.example/"), (2, BRIDGE)],
)
def test_each_version_is_accepted_with_each_of_its_audience_forms(
    authenticator: Authenticator, version: int, audience: str
) -> None:
    raw = good(version, aud=audience)
    caller = authenticator.authenticate(f"Bearer {raw}")
    assert (caller.tenant_id, caller.object_id) == (TENANT, USER)
    assert (caller.audience, caller.version, caller.client_id) == (audience, f"{version}.0", CONNECTOR)
    assert caller.scopes == ("access_as_user",)
    assert caller.token == raw


@pytest.mark.parametrize(
    ("version", "audience", "code"),
    [
        (2, f"api://{BRIDGE}", "audience_form"),
        (2, "https://bridge.contoso.example/", None),
        (1, f"api://{BRIDGE}/", "audience_trailing_slash"),
        (1, f"API://{BRIDGE}", "audience_case"),
        (1, "https://bridge.contoso.example", "audience_trailing_slash"),
        (1, "https://apihub.azure.com", "audience_apihub"),
    ],
)
def test_another_audience_is_refused_in_each_version(
    authenticator: Authenticator, version: int, audience: str, code: str | None
) -> None:
    error = refusal(authenticator, f"Bearer {good(version, aud=audience)}")
    assert error.status == 401
    assert code in (None, error.code)


# what is changed in a good token → status, and the code where the rule of this room decides it
CLAIM_RULES: list[tuple[str, dict[str, object], int]] = [
    ("no iss", {"iss": None}, 401),
    ("foreign iss", {"iss": "https://accounts.example"}, 401),
    ("iss of another tenant", {"iss": f"https://login.microsoftonline.com/{BRIDGE}/v2.0"}, 401),
    ("iss of v1 in v2", {"iss": V1}, 401),
    ("iss without the slash's place", {"iss": V2 + "/"}, 401),
    ("iss as a list", {"iss": [V2]}, 401),
    ("no tid", {"tid": None}, 401),
    ("tid of another tenant", {"tid": BRIDGE}, 401),
    ("tid as a number", {"tid": 7}, 401),
    ("no aud", {"aud": None}, 401),
    ("aud as a list", {"aud": [BRIDGE]}, 401),
    ("no exp", {"exp": None}, 401),
    ("expired", {"exp": int(time.time()) - 400}, 401),
    ("exp as text", {"exp": "9999999999"}, 401),
    ("exp is true", {"exp": True}, 401),
    ("exp is huge", {"exp": 10**400}, 401),
    ("not yet valid", {"nbf": int(time.time()) + 86400}, 401),
    ("issued in the future", {"iat": int(time.time()) + 86400}, 401),
    ("no ver", {"ver": None}, 401),
    ("unknown ver", {"ver": "3.0"}, 401),
    ("no oid", {"oid": None}, 401),
    ("oid is no GUID", {"oid": "adele"}, 401),
    ("no scp", {"scp": None}, 403),
    ("app-only by idtyp", {"idtyp": "app"}, 401),
    ("app-only by roles", {"scp": None, "roles": ["Worker.Read"]}, 401),
    ("scope empty", {"scp": ""}, 403),
    ("scope only as a substring", {"scp": "access_as_user_admin"}, 403),
    ("scope as a list", {"scp": ["access_as_user"]}, 403),
    ("another scope", {"scp": "User.Read"}, 403),
    ("client not allowed", {"azp": USER}, 403),
    ("client by v1's name", {"azp": None, "appid": CONNECTOR}, 403),
    ("guest by acct", {"acct": 1}, 403),
    ("guest by idp", {"idp": "https://sts.windows.net/other/"}, 403),
    ("guest by #EXT#", {"upn": "x_y.example#EXT#@contoso.onmicrosoft.com"}, 403),
]


@pytest.mark.parametrize(("overrides", "status"), [row[1:] for row in CLAIM_RULES], ids=[row[0] for row in CLAIM_RULES])
def test_each_claim_rule_refuses(authenticator: Authenticator, overrides: dict[str, object], status: int) -> None:
    error = refusal(authenticator, f"Bearer {good(**overrides)}")
    assert error.status == status
    assert isinstance(error, TokenRejected if status == 401 else Forbidden)
    assert error.code not in ("invalid_token", "forbidden"), "the verdict has to be specific"


def test_expiry_has_five_minutes_of_grace_for_clocks(authenticator: Authenticator) -> None:
    now = int(time.time())
    assert authenticator.authenticate(f"Bearer {good(exp=now - 290)}").object_id == USER
    assert authenticator.authenticate(f"Bearer {good(nbf=now + 290)}").object_id == USER


def hs256_with_the_public_key() -> str:
    head, body = segment({"typ": "JWT", "alg": "HS256", "kid": KID}), segment(claims())
    import hashlib
    import hmac

    mac = hmac.new(certificate_pem("entra").encode(), f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{segment(mac)}"


def tampered() -> str:
    head, _, signature = good().split(".")
    return f"{head}.{segment(claims(oid=TENANT))}.{signature}"


def with_trailing_bits() -> str:
    """The same payload bytes for a lenient decoder, another signing input."""
    head, body, signature = good().split(".")
    return f"{head}.{body}\n.{signature}"


ATTACKS: list[tuple[str, str | None]] = [
    ("no header", None),
    ("empty header", ""),
    ("no scheme", good()),
    ("Basic", "Basic dXNlcjpwYXNz"),
    ("Bearer without token", "Bearer "),
    ("Bearer twice", f"Bearer Bearer {good()}"),
    ("two tokens", f"Bearer {good()} {good()}"),
    ("two headers joined", f"Bearer {good()},Bearer {good()}"),
    ("not a JWT", "Bearer opaque-token"),
    ("two segments", "Bearer " + good().rpartition(".")[0]),
    ("four segments", f"Bearer {good()}.x"),
    ("JWE", "Bearer a.b.c.d.e"),
    ("alg none", "Bearer " + good().rpartition(".")[0] + "."),
    ("alg None", f"Bearer {token(claims(), header={'alg': 'None'})}"),
    ("alg RS512", f"Bearer {token(claims(), header={'alg': 'RS512'})}"),
    ("HS256 with the public key", f"Bearer {hs256_with_the_public_key()}"),
    ("crit", f"Bearer {token(claims(), header={'crit': ['exp']})}"),
    ("b64 false", f"Bearer {token(claims(), header={'b64': False, 'crit': ['b64']})}"),
    ("no kid", f"Bearer {token(claims(), header={'kid': None})}"),
    ("kid unknown", f"Bearer {token(claims(), header={'kid': 'made-up'})}"),
    ("kid a list", f"Bearer {token(claims(), header={'kid': [KID]})}"),
    ("jku and own key", f"Bearer {token(claims(), key=rsa_key('evil'), header={'jku': 'https://evil.example/keys'})}"),
    ("jwk in the header", f"Bearer {token(claims(), key=rsa_key('evil'), header={'jwk': {'kty': 'RSA'}})}"),
    ("other key, known kid", f"Bearer {token(claims(), key=rsa_key('evil'))}"),
    ("tampered payload", f"Bearer {tampered()}"),
    ("line break in the payload", f"Bearer {with_trailing_bits()}"),
    ("payload a list", f"Bearer {token(b'[]')}"),
    ("payload no JSON", f"Bearer {token(b'{')}"),
    ("payload no UTF-8", "Bearer " + token(b'{"a": "\xff"}')),
    ("payload NaN", f"Bearer {token(json.dumps({**claims(), 'exp': float('nan')}).encode())}"),
    ("deep nesting", "Bearer " + token(b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}")),
    ("too long", f"Bearer {good(extra='x' * 20_000)}"),
    ("a megabyte", "Bearer " + "A" * 1_000_000),
    ("not ASCII", f"Bearer {good()}é"),
    ("lone surrogate", f"Bearer {good()}\ud800"),
    ("control characters", "Bearer \x00\x1b[31m"),
]


@pytest.mark.parametrize("value", [row[1] for row in ATTACKS], ids=[row[0] for row in ATTACKS])
def test_each_attack_ends_in_401_with_a_verdict(authenticator: Authenticator, value: str | None) -> None:
    error = refusal(authenticator, value)
    assert error.status == 401
    assert error.code not in ("invalid_token", "internal_error")
    assert error.challenge is not None
    assert error.challenge.isascii()
    assert "\n" not in error.challenge
    if value and len(value) > 40:
        assert value[7:60] not in f"{error.detail}{error.hint}{error.members}"


def test_without_a_token_the_challenge_names_no_error_as_rfc_6750_asks(authenticator: Authenticator) -> None:
    assert refusal(authenticator, None).challenge == f'Bearer realm="{TENANT}"'


def test_a_missing_scope_is_challenged_with_the_scope(authenticator: Authenticator) -> None:
    challenge = refusal(authenticator, f"Bearer {good(scp='User.ReadBasic.All x')}").challenge
    assert challenge is not None
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="access_as_user"' in challenge


@pytest.mark.parametrize("issuer", ["https://login.microsoftonline.com/{tenantid}/v2.0x", V1], ids=["other", "v1 key"])
def test_a_key_of_another_issuer_signs_nothing(issuer: str) -> None:
    authenticator = Authenticator(EXPECTED, key_caches(issuers={"1.0": issuer, "2.0": issuer}))
    assert refusal(authenticator, f"Bearer {good()}").code == "key_issuer_mismatch"


@pytest.mark.parametrize("overrides", [{"scp": "other"}, {"acct": 1}, {"azp": TENANT}, {"azp": None}], ids=str)
def test_what_a_caller_may_do_is_not_reported_to_a_forger(
    authenticator: Authenticator, overrides: dict[str, object]
) -> None:
    forged = token(claims(**overrides), key=rsa_key("forger"))
    assert refusal(authenticator, f"Bearer {forged}").code == "bad_signature"


def test_without_any_keys_the_answer_is_try_later_and_not_a_refusal() -> None:
    def down() -> KeySet:
        raise OSError("down")

    authenticator = Authenticator(EXPECTED, {"1.0": KeyCache(down), "2.0": KeyCache(down)})
    error = refusal(authenticator, f"Bearer {good()}")
    assert isinstance(error, TryLater)
    assert (error.status, error.retry_after) == (503, 1)


def test_a_hostile_token_never_makes_the_bridge_fetch_keys() -> None:
    fetches = 0

    def fetch() -> KeySet:
        nonlocal fetches
        fetches += 1
        return KeySet(MappingProxyType({KID: Key(rsa_key("entra").public_key(), None)}))

    authenticator = Authenticator(EXPECTED, {"1.0": KeyCache(fetch), "2.0": KeyCache(fetch)})
    for overrides in ({"aud": "x"}, {"iss": "https://evil.example"}, {"tid": BRIDGE}, {"exp": 1}):
        refusal(authenticator, f"Bearer {good(**overrides)}")
    assert fetches == 0


class Clock:
    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


def test_a_token_seen_before_is_recognised_until_it_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    authenticator = Authenticator(EXPECTED, key_caches(), clock=clock)
    verified: list[bytes] = []
    real = RSAAlgorithm.verify

    def counted(self: RSAAlgorithm, message: bytes, key: RSAPublicKey, signature: bytes) -> bool:
        verified.append(message)
        return real(self, message, key, signature)

    monkeypatch.setattr(RSAAlgorithm, "verify", counted)
    raw = good()
    first: Caller = authenticator.authenticate(f"Bearer {raw}")
    assert authenticator.authenticate(f"Bearer {raw}") == first
    assert len(verified) == 1
    clock.now += 3601
    authenticator.authenticate(f"Bearer {raw}")
    assert len(verified) == 2, "within the clock's grace it is accepted, but validated again"
    clock.now += 300
    assert refusal(authenticator, f"Bearer {raw}").code == "expired"


def test_a_known_token_is_examined_again_when_the_keys_have_changed() -> None:
    now = 0.0
    names = ["entra"]

    def fetch() -> KeySet:
        return KeySet(MappingProxyType({KID: Key(rsa_key(names[-1]).public_key(), None)}))

    cache = KeyCache(fetch, clock=lambda: now)
    authenticator = Authenticator(EXPECTED, {"1.0": cache, "2.0": cache})
    raw = f"Bearer {good()}"
    authenticator.authenticate(raw)
    names.append("rolled")
    now = 300.0
    cache.find("made-up")
    assert refusal(authenticator, raw).code == "bad_signature"


def test_the_memory_of_known_tokens_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.inbound.authenticator.MAX_KNOWN_TOKENS", 3)
    assert MAX_KNOWN_TOKENS > 3
    authenticator = Authenticator(EXPECTED, key_caches())
    for number in range(6):
        authenticator.authenticate(f"Bearer {good(uti=str(number))}")
    assert len(authenticator._known) == 3


def test_a_known_token_costs_no_memory_for_claims_that_nobody_uses() -> None:
    authenticator = Authenticator(EXPECTED, key_caches(), used_claims=frozenset({"employeeid"}))
    caller = authenticator.authenticate(f"Bearer {good(groups=[TENANT] * 200, employeeid='21001', xms_cc=['cp1'])}")
    upn = "adele.vance@contoso.example"
    assert caller.claims == {"upn": upn, "preferred_username": upn, "employeeid": "21001", "xms_cc": ["cp1"]}
    [(remembered, _)] = [entry[0] for entry in authenticator._known._entries.values()]
    assert (remembered.claims, remembered.token) == (caller.claims, "")


def test_an_agent_on_behalf_of_a_person_is_that_person_and_the_agent_is_named(authenticator: Authenticator) -> None:
    raw = good(idtyp="user", xms_act_fct="9 11", xms_par_app_azp=TENANT)
    for _ in range(2):  # new, then known
        caller = authenticator.authenticate(f"Bearer {raw}")
        assert (caller.object_id, caller.actor, caller.actor_parent) == (USER, CONNECTOR, TENANT)
    plain = authenticator.authenticate(f"Bearer {good(xms_par_app_azp=TENANT)}")
    assert (plain.actor, plain.actor_parent) == (None, None)
    strange = authenticator.authenticate(f"Bearer {good(xms_act_fct='11', xms_par_app_azp='x')}")
    assert (strange.actor, strange.actor_parent) == (CONNECTOR, None)


def test_two_tokens_of_two_users_are_two_callers(authenticator: Authenticator) -> None:
    one = authenticator.authenticate(f"Bearer {good()}")
    other = authenticator.authenticate(f"Bearer {good(oid=TENANT)}")
    assert (one.object_id, other.object_id) == (USER, TENANT)
    assert one.token_hash != other.token_hash


def test_a_caller_shows_neither_token_nor_claims(authenticator: Authenticator) -> None:
    raw = good()
    shown = repr(authenticator.authenticate(f"Bearer {raw}"))
    assert raw not in shown
    assert "adele" not in shown


def test_padding_and_whitespace_variants_of_base64_are_no_second_token(authenticator: Authenticator) -> None:
    head, body, signature = good().split(".")
    padded = urlsafe_b64encode(b"x").decode()
    for variant in (
        f"{head}=.{body}.{signature}",
        f"{head}.{body}.{signature}{padded}",
        f"{head}.{body}.{signature}==",
    ):
        assert refusal(authenticator, f"Bearer {variant}").status == 401
