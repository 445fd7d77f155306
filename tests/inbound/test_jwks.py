"""The key cache: swapped whole, patient with outages, never in the way of a key it knows."""

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
from tests.support.keys import rsa_key


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Endpoint:
    """Serves the keys named in `kids`; None is an outage."""

    def __init__(self, *kids: str) -> None:
        self.kids: tuple[str, ...] | None = kids
        self.fetches = 0

    def __call__(self) -> KeySet:
        self.fetches += 1
        if self.kids is None:
            raise OSError("down")
        return key_set(*self.kids)


def key_set(*kids: str) -> KeySet:
    return KeySet(MappingProxyType({kid: Key(rsa_key(kid).public_key(), None) for kid in kids}))


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_nothing_is_fetched_before_a_key_is_asked_for(clock: Clock) -> None:
    endpoint = Endpoint("a")
    cache = KeyCache(endpoint, clock=clock)
    assert (cache.current, endpoint.fetches) == (None, 0)
    assert cache.find("a") is not None
    assert endpoint.fetches == 1


def test_a_known_key_costs_no_fetch(clock: Clock) -> None:
    endpoint = Endpoint("a")
    cache = KeyCache(endpoint, clock=clock)
    for _ in range(100):
        assert cache.find("a") is not None
    assert endpoint.fetches == 1


def test_made_up_keys_cost_a_few_fetches_and_delay_no_rollover(clock: Clock) -> None:
    endpoint = Endpoint("a")
    cache = KeyCache(endpoint, clock=clock)
    cache.find("a")
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


def test_a_key_id_longer_than_any_of_entras_costs_nothing(clock: Clock) -> None:
    endpoint = Endpoint("a")
    cache = KeyCache(endpoint, clock=clock)
    cache.find("a")
    assert cache.find("x" * 10_000) is None
    assert endpoint.fetches == 1


@pytest.mark.parametrize("cold", [True, False], ids=["without keys", "with keys"])
def test_while_the_endpoint_hangs_most_threads_do_not_wait(clock: Clock, cold: bool) -> None:
    release, fetching = threading.Event(), threading.Event()
    first = [] if cold else [key_set("a")]

    def fetch() -> KeySet:
        if first:
            return first.pop()
        fetching.set()
        assert release.wait(10)
        raise OSError("hung")

    cache = KeyCache(fetch, clock=clock)
    if not cold:
        cache.find("a")
    refused: list[int] = []

    def look(kid: str) -> None:
        try:
            cache.find(kid)
        except KeysUnavailable as error:
            refused.append(error.retry_after)

    threads = [threading.Thread(target=look, args=(f"made-up-{number}",)) for number in range(40)]
    for thread in threads:
        thread.start()
    assert fetching.wait(10)
    deadline = time.monotonic() + 10
    while len(refused) < 40 - MAX_WAITING and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (len(refused), sum(thread.is_alive() for thread in threads)) == (40 - MAX_WAITING, MAX_WAITING)
    clock.now += GRACE_SECONDS_AT_START
    started = time.monotonic()
    with pytest.raises(KeysUnavailable):
        cache.find("later")
    assert time.monotonic() - started < 0.2, "later ones do not wait at all"
    assert set(refused) == {1}
    if not cold:
        assert cache.find("a") is not None
    release.set()
    for thread in threads:
        thread.join(10)


def test_an_unknown_key_refetches_at_most_every_five_minutes(clock: Clock) -> None:
    endpoint = Endpoint("a")
    cache = KeyCache(endpoint, clock=clock)
    cache.find("a")
    for _ in range(50):
        assert cache.find("made-up") is None
    assert endpoint.fetches == 2
    clock.now += 299
    assert cache.find("made-up") is None
    assert endpoint.fetches == 2
    clock.now += 1
    assert cache.find("made-up") is None
    assert endpoint.fetches == 3


def test_a_refetch_that_fails_is_repeated_after_the_back_off_and_not_after_five_minutes(clock: Clock) -> None:
    endpoint = Endpoint("a")
    cache = KeyCache(endpoint, clock=clock)
    cache.find("a")
    endpoint.kids = None
    for _ in range(50):
        assert cache.find("b") is None
    assert endpoint.fetches == 2
    endpoint.kids = ("b",)
    clock.now += 1
    assert cache.find("b") is not None


def test_a_rollover_is_found_at_once_and_the_old_key_is_gone(clock: Clock) -> None:
    endpoint = Endpoint("a")
    cache = KeyCache(endpoint, clock=clock)
    cache.find("a")
    before = cache.current
    endpoint.kids = ("b",)
    assert cache.find("b") is not None
    assert cache.find("a") is None
    assert cache.current is not before


def test_the_same_keys_fetched_again_stay_the_same_set(clock: Clock) -> None:
    cache = KeyCache(Endpoint("a"), clock=clock)
    cache.find("a")
    before = cache.current
    clock.now += 300
    cache.find("made-up")
    assert cache.current is before


def test_without_any_keys_failures_back_off_from_one_to_thirty_seconds(clock: Clock) -> None:
    endpoint = Endpoint()
    endpoint.kids = None
    cache = KeyCache(endpoint, clock=clock)
    waits = []
    for _ in range(7):
        with pytest.raises(KeysUnavailable) as caught:
            cache.find("a")
        waits.append(caught.value.retry_after)
        fetches = endpoint.fetches
        clock.now += waits[-1] - 0.5
        with pytest.raises(KeysUnavailable):
            cache.find("a")
        assert endpoint.fetches == fetches, "asked again before the back-off was over"
        clock.now += 0.5
    assert waits == [1, 2, 4, 8, 16, 30, 30]


def test_the_last_good_set_survives_an_outage(clock: Clock) -> None:
    endpoint = Endpoint("a")
    cache = KeyCache(endpoint, clock=clock)
    cache.find("a")
    endpoint.kids = None
    clock.now += 100_000
    assert cache.find("made-up") is None
    assert cache.find("a") is not None


def test_after_an_outage_the_next_good_answer_is_taken(clock: Clock) -> None:
    endpoint = Endpoint()
    endpoint.kids = None
    cache = KeyCache(endpoint, clock=clock)
    with pytest.raises(KeysUnavailable):
        cache.find("a")
    endpoint.kids = ("a",)
    clock.now += 1
    assert cache.find("a") is not None


def test_a_known_key_never_waits_behind_a_fetch(clock: Clock) -> None:
    release, fetching = threading.Event(), threading.Event()
    answers = [key_set("a")]

    def fetch() -> KeySet:
        if answers:
            return answers.pop()
        fetching.set()
        assert release.wait(10)
        return key_set("a", "b")

    cache = KeyCache(fetch, clock=clock)
    cache.find("a")
    clock.now += 300
    other = threading.Thread(target=cache.find, args=("b",))
    other.start()
    assert fetching.wait(10)
    found: list[Key | None] = []
    known = threading.Thread(target=lambda: found.append(cache.find("a")))
    known.start()
    known.join(10)
    assert found != [], "the known key waited for the other thread's fetch"
    release.set()
    other.join(10)
    assert cache.find("b") is not None


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


def test_eight_cold_threads_cost_one_fetch(clock: Clock) -> None:
    endpoint = Endpoint("a")
    cache = KeyCache(endpoint, clock=clock)
    threads = [threading.Thread(target=cache.find, args=("a",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
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


@pytest.mark.parametrize(
    "row",
    [
        jwk("a", use="enc"),
        jwk("a", alg="PS256"),
        jwk("a", alg=7),
        jwk("a", key_ops=["encrypt"]),
        jwk("a", key_ops="verify"),
        jwk("a", key_ops=[]),
        jwk("a", kty="oct"),
        jwk("a", kid=None),
        jwk("a", kid=7),
        jwk("a", n="!!"),
        jwk("a", n="AQAB"),
        weak_jwk(1024),
        weak_jwk(2047),
        jwk("a", e=None),
        "text",
    ],
    ids=[
        "for encryption",
        "for another algorithm",
        "alg is a number",
        "key_ops for encryption",
        "key_ops is a text",
        "key_ops is empty",
        "symmetric",
        "no kid",
        "kid is a number",
        "n is no base64",
        "too short",
        "1024 bits",
        "2047 bits",
        "no e",
        "no object",
    ],
)
def test_an_unusable_key_is_passed_over(row: object) -> None:
    assert set(parse_keys(document(row, jwk("b"))).keys) == {"b"}


@pytest.mark.parametrize(
    "answer",
    [
        document(),
        document(jwk("a"), status=500),
        HttpResponse(200, {}, b"<html>"),
        HttpResponse(200, {}, b"[]"),
        HttpResponse(200, {}, b'{"keys": 7}'),
        HttpResponse(200, {}, b"[" * 100_000),
    ],
    ids=["no keys", "status 500", "HTML", "a list", "keys is a number", "nested deeply"],
)
def test_a_document_without_keys_is_a_failure_and_not_an_empty_set(answer: HttpResponse) -> None:
    with pytest.raises(ValueError, match=r"status|signing key"):
        parse_keys(answer)
