"""The JWKS cache: replaced as a whole, kept during outages, and a key that it knows never waits."""

from __future__ import annotations

import json
import threading
import time
from types import MappingProxyType

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from bridge.base.http_client import HttpResponse
from bridge.inbound.jwks import (
    GRACE_SECONDS_AT_START,
    MAX_WAITING,
    Key,
    KeyCache,
    KeySet,
    KeysUnavailable,
    parse_keys,
)
from tests.support.cases import for_each
from tests.support.clock import Clock
from tests.support.keys import rsa_key
from tests.support.raised import raised
from tests.support.threads import at_once, eventually


class Endpoint:
    """Serves the keys named in `kids`; none is an outage."""

    def __init__(self, *kids: str) -> None:
        self.kids = kids
        self.fetches = 0

    def __call__(self) -> KeySet:
        self.fetches += 1
        if not self.kids:
            raise OSError("down")
        return key_set(*self.kids)


def key_set(*kids: str) -> KeySet:
    return KeySet(MappingProxyType({kid: Key(rsa_key(kid).public_key(), None) for kid in kids}))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def endpoint() -> Endpoint:
    """Has the key "a"."""
    return Endpoint("a")


@pytest.fixture
def cache(endpoint: Endpoint, clock: Clock) -> KeyCache:
    """Has fetched the key "a"."""
    cache = KeyCache(endpoint, clock=clock)
    assert cache.find("a") is not None
    return cache


def test_nothing_is_fetched_before_a_key_is_asked_for(endpoint: Endpoint) -> None:
    cache = KeyCache(endpoint)
    assert (cache.current, endpoint.fetches) == (None, 0)
    assert cache.find("a") is not None
    assert endpoint.fetches == 1


def test_a_known_key_costs_no_fetch(cache: KeyCache, endpoint: Endpoint) -> None:
    for _ in range(100):
        assert cache.find("a") is not None
    assert endpoint.fetches == 1


def test_made_up_keys_cost_a_few_fetches_and_delay_no_rollover(
    cache: KeyCache, endpoint: Endpoint, clock: Clock
) -> None:
    for number in range(2):
        assert cache.find(f"made-up-{number}") is None
    endpoint.kids = ("b",)
    assert cache.find("b") is not None, "a rollover right after made-up keys"
    for number in range(1000):
        assert cache.find(f"later-{number}") is None
    assert endpoint.fetches == 4
    endpoint.kids = ("c",)
    assert cache.find("c") is None
    clock.now += 100
    assert cache.find("c") is not None, "under a flood a rollover takes 100 s at most"
    for second in range(300):
        clock.now += 1
        cache.find(f"flood-{second}")
    assert endpoint.fetches <= 5 + 3


def test_a_key_id_longer_than_any_of_entras_costs_nothing(cache: KeyCache, endpoint: Endpoint) -> None:
    assert cache.find("x" * 10_000) is None
    assert endpoint.fetches == 1


@pytest.mark.parametrize("known", [[], ["a"]], ids=["without keys", "with keys"])
def test_while_the_endpoint_hangs_most_threads_do_not_wait(clock: Clock, known: list[str]) -> None:
    release, fetching, rejected = threading.Event(), threading.Event(), list[int]()
    first = [key_set(kid) for kid in known]

    def fetch() -> KeySet:
        if first:
            return first.pop()
        fetching.set()
        assert release.wait(10)
        raise OSError("hung")

    cache = KeyCache(fetch, clock=clock)
    assert all(cache.find(kid) for kid in known)

    def look(kid: str) -> None:
        try:
            cache.find(kid)
        except KeysUnavailable as error:
            rejected.append(error.retry_after)

    threads = [threading.Thread(target=look, args=(f"made-up-{number}",)) for number in range(40)]
    for thread in threads:
        thread.start()
    assert fetching.wait(10)
    assert eventually(lambda: len(rejected) >= 40 - MAX_WAITING)
    assert (len(rejected), sum(thread.is_alive() for thread in threads)) == (40 - MAX_WAITING, MAX_WAITING)
    clock.now += GRACE_SECONDS_AT_START
    started = time.monotonic()
    raised(KeysUnavailable, cache.find, "later")
    assert all(cache.find(kid) for kid in known), "a known key never waits"
    assert time.monotonic() - started < 0.2, "later threads do not wait at all"
    assert set(rejected) == {1}
    release.set()
    for thread in threads:
        thread.join(10)


def test_an_unknown_key_refetches_at_most_every_five_minutes(cache: KeyCache, endpoint: Endpoint, clock: Clock) -> None:
    for _ in range(50):
        assert cache.find("made-up") is None
    assert endpoint.fetches == 2
    clock.now += 299
    assert cache.find("made-up") is None
    assert endpoint.fetches == 2
    clock.now += 1
    assert cache.find("made-up") is None
    assert endpoint.fetches == 3


def test_a_refetch_that_fails_is_repeated_after_the_back_off_and_not_after_five_minutes(
    cache: KeyCache, endpoint: Endpoint, clock: Clock
) -> None:
    endpoint.kids = ()
    for _ in range(50):
        assert cache.find("b") is None
    assert endpoint.fetches == 2
    endpoint.kids = ("b",)
    clock.now += 1
    assert cache.find("b") is not None


def test_a_rollover_is_found_at_once_and_the_old_key_is_gone(cache: KeyCache, endpoint: Endpoint) -> None:
    before = cache.current
    endpoint.kids = ("b",)
    assert cache.find("b") is not None
    assert cache.find("a") is None
    assert cache.current is not before


def test_the_same_keys_fetched_again_stay_the_same_set(cache: KeyCache, clock: Clock) -> None:
    before = cache.current
    clock.now += 300
    cache.find("made-up")
    assert cache.current is before


def test_without_any_keys_failures_back_off_from_one_to_thirty_seconds(clock: Clock) -> None:
    endpoint = Endpoint()
    cache = KeyCache(endpoint, clock=clock)
    waits = []
    for _ in range(7):
        waits.append(raised(KeysUnavailable, cache.find, "a").retry_after)
        fetches = endpoint.fetches
        clock.now += waits[-1] - 0.5
        raised(KeysUnavailable, cache.find, "a")
        assert endpoint.fetches == fetches, "asked again before the back-off was over"
        clock.now += 0.5
    assert waits == [1, 2, 4, 8, 16, 30, 30]


def test_the_last_good_set_survives_an_outage(cache: KeyCache, endpoint: Endpoint, clock: Clock) -> None:
    endpoint.kids = ()
    clock.now += 100_000
    assert cache.find("made-up") is None
    assert cache.find("a") is not None


def test_after_an_outage_the_next_good_response_is_used(clock: Clock) -> None:
    endpoint = Endpoint()
    cache = KeyCache(endpoint, clock=clock)
    raised(KeysUnavailable, cache.find, "a")
    endpoint.kids = ("a",)
    clock.now += 1
    assert cache.find("a") is not None


def test_an_old_set_is_refreshed_in_the_background(clock: Clock) -> None:
    fetched = threading.Event()
    sets = [key_set("a", "b"), key_set("a")]

    def fetch() -> KeySet:
        keys = sets.pop()
        if not sets:
            fetched.set()
        return keys

    cache = KeyCache(fetch, clock=clock)
    cache.find("a")
    clock.now += 3600
    assert cache.find("a") is not None
    assert fetched.wait(10)


def test_eight_threads_at_a_cold_start_cost_one_fetch(endpoint: Endpoint) -> None:
    cache = KeyCache(endpoint)
    at_once([lambda: cache.find("a")] * 8)
    assert endpoint.fetches == 1


def jwk(name: str, **overrides: object) -> dict[str, object]:
    row = RSAAlgorithm.to_jwk(rsa_key(name).public_key(), as_dict=True)
    merged = {**row, "kid": name, "use": "sig", **overrides}
    return {member: value for member, value in merged.items() if value is not None}


def weak_jwk(bits: int) -> dict[str, object]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits).public_key()
    return {**RSAAlgorithm.to_jwk(key, as_dict=True), "kid": "a", "use": "sig"}


def document(*rows: object, status: int = 200) -> HttpResponse:
    return HttpResponse(status, {}, json.dumps({"keys": rows}).encode())


def test_a_key_document_is_read_as_entra_writes_it() -> None:
    rows = (
        jwk("a", issuer="https://login.microsoftonline.com/{tenantid}/v2.0", x5c=["…"]),
        jwk("b", issuer=None, alg="RS256", key_ops=["verify"]),
    )
    keys = parse_keys(document(*rows)).keys
    assert keys["a"].public_key.public_numbers() == rsa_key("a").public_key().public_numbers()
    assert keys["a"].may_sign_for("https://login.microsoftonline.com/t1/v2.0", "t1")
    assert not keys["a"].may_sign_for("https://login.microsoftonline.com/t2/v2.0", "t1")
    assert not keys["a"].may_sign_for("https://sts.windows.net/t1/", "t1")


@for_each(
    {
        "for encryption": jwk("a", use="enc"),
        "for another algorithm": jwk("a", alg="PS256"),
        "alg is a number": jwk("a", alg=7),
        "key_ops for encryption": jwk("a", key_ops=["encrypt"]),
        "key_ops is a text": jwk("a", key_ops="verify"),
        "key_ops is empty": jwk("a", key_ops=[]),
        "symmetric": jwk("a", kty="oct"),
        "no kid": jwk("a", kid=None),
        "kid is a number": jwk("a", kid=7),
        "n is no base64": jwk("a", n="!!"),
        "too short": jwk("a", n="AQAB"),
        "1024 bits": weak_jwk(1024),
        "2047 bits": weak_jwk(2047),
        "no e": jwk("a", e=None),
        "no object": "text",
    }
)
def test_an_unusable_key_is_passed_over(row: object) -> None:
    assert set(parse_keys(document(row, jwk("b"))).keys) == {"b"}


@for_each(
    {
        "no keys": document(),
        "status 500": document(jwk("a"), status=500),
        "HTML": HttpResponse(200, {}, b"<html>"),
        "a list": HttpResponse(200, {}, b"[]"),
        "keys is a number": HttpResponse(200, {}, b'{"keys": 7}'),
        "nested deeply": HttpResponse(200, {}, b"[" * 100_000),
    }
)
def test_a_document_without_keys_is_a_failure_and_not_an_empty_set(answer: HttpResponse) -> None:
    with pytest.raises(ValueError, match=r"status|signing key"):
        parse_keys(answer)
