"""Entra's signing keys, kept so that a known key never waits for the network.

In place of PyJWT's PyJWKClient, which holds one lock while it fetches, forgets its keys when the endpoint is down, and
fetches again for every unknown key during an outage. The limits follow Microsoft's guidance on key rollover:
https://learn.microsoft.com/entra/identity-platform/signing-key-rollover
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import RSAAlgorithm
from jwt.exceptions import InvalidKeyError

from bridge.base.http_client import Client, Deadline, HttpResponse, RequestNotSent, ResponseLost
from bridge.base.json_reader import json_object
from bridge.base.store import Store
from bridge.inbound.token_bucket import TokenBucket
from bridge.remembered import KEYS_SECONDS, UNKNOWN_KEY_SECONDS

MAX_UNKNOWN = 1024
MAX_KID_LENGTH = 256
REFETCHES = 3
SECONDS_PER_REFETCH = 100.0
"""Unknown key ids cost at most 3 fetches at once and then one in 100 s, so that one made-up id delays no rollover."""
MAX_WAITING = 8
"""Threads that may wait until a fetch ends. The others give up after the grace period."""
GRACE_SECONDS, GRACE_SECONDS_AT_START = 0.3, 1.5
"""The age up to which every thread waits for a fetch: if keys are known, and if not. A fetch usually takes 0.1 s."""
FIRST_BACKOFF_SECONDS = 1.0
LAST_BACKOFF_SECONDS = 30.0
FETCH_TIMEOUT_SECONDS = 5.0
MAX_KEYS = 100


class KeysUnavailable(Exception):
    """It cannot be found out now whether a key exists. `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("Entra's signing keys could not be fetched")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Key:
    """A signing key and the issuer it may sign for, as the key document has it (a template with `{tenantid}`)."""

    public_key: RSAPublicKey
    issuer: str | None

    def may_sign_for(self, issuer: str, tenant_id: str) -> bool:
        """Microsoft asks that the key's issuer, with the tenant put in, is the token's. Older documents name none."""
        return self.issuer is None or self.issuer.replace("{tenantid}", tenant_id) == issuer


@dataclass(frozen=True, slots=True)
class KeySet:
    """All keys of one document. Swapped whole, so its identity tells whether the keys have changed."""

    keys: Mapping[str, Key]


@dataclass(slots=True)
class _Fetch:
    """A fetch under way. `done` is set when it has ended, well or badly."""

    started: float
    done: threading.Event = field(default_factory=threading.Event)
    waiting: int = 0


class KeyCache:
    """The keys of one document. `fetch` returns them or raises; `clock` is monotonic seconds."""

    def __init__(self, fetch: Callable[[], KeySet], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._current: KeySet | None = None
        self._under_way: _Fetch | None = None
        self._refetches = TokenBucket(REFETCHES, SECONDS_PER_REFETCH, clock)
        self._unknown: Store[str, bool] = Store(MAX_UNKNOWN, clock)
        self._fetched_at = float("-inf")
        self._retry_at = float("-inf")
        self._backoff = 0.0

    @property
    def current(self) -> KeySet | None:
        """The known keys; nothing is fetched."""
        return self._current

    def find(self, kid: str) -> Key | None:
        """The key named `kid`, or None if Entra has no such key. A known key never waits for anything.

        An unknown id starts a fetch, within the limits above: a rollover is seen at once, and made-up ids cost Entra
        next to nothing. After a failure there is a back-off of 1 to 30 s. Raises `KeysUnavailable` if there are no
        keys at all, or if enough threads wait already for a fetch that takes long.
        """
        current = self._current
        if current is not None and kid in current.keys:
            if self._is_old() and self._under_way is None:
                threading.Thread(target=self._refresh, daemon=True).start()
            return current.keys[kid]
        if len(kid) <= MAX_KID_LENGTH:
            self._fetch_for(kid)
        if self._current is None:
            raise KeysUnavailable(max(1, round(self._retry_at - self._clock())))
        return self._current.keys.get(kid)

    def _fetch_for(self, kid: str) -> None:
        """One thread fetches, without a lock. The others wait for it, and never fetch again for the same reason."""
        with self._lock:
            current, under_way = self._current, self._under_way
            if current is not None and kid in current.keys:
                return
            if under_way is None:
                if not self._may_fetch(kid):
                    return
                mine = self._under_way = _Fetch(self._clock())
            else:
                under_way.waiting += 1
                may_wait = under_way.waiting < MAX_WAITING
        if under_way is None:
            self._fetch_now(mine, kid)
        elif not under_way.done.wait(FETCH_TIMEOUT_SECONDS + 1 if may_wait else self._grace_left(under_way)):
            raise KeysUnavailable(1)

    def _grace_left(self, fetch: _Fetch) -> float:
        grace = GRACE_SECONDS_AT_START if self._current is None else GRACE_SECONDS
        return max(0.0, fetch.started + grace - self._clock())

    def _may_fetch(self, kid: str) -> bool:
        if self._clock() < self._retry_at:
            return False
        return self._current is None or (self._unknown.get(kid) is None and not self._refetches.is_empty)

    def _is_old(self) -> bool:
        now = self._clock()
        return now >= self._retry_at and now - self._fetched_at >= KEYS_SECONDS

    def _refresh(self) -> None:
        with self._lock:
            if self._under_way is not None or not self._is_old():
                return
            mine = self._under_way = _Fetch(self._clock())
        self._fetch_now(mine)

    def _fetch_now(self, fetch: _Fetch, kid: str | None = None) -> None:
        """Fetch, for the unknown key `kid` or to refresh, and mark `fetch` as done."""
        try:
            fetched = self._fetch()
        except Exception:  # whatever went wrong: the last good set stays, and the back-off keeps the load off
            fetched = None
        with self._lock:
            if fetched is None:
                self._backoff = min(max(FIRST_BACKOFF_SECONDS, self._backoff * 2), LAST_BACKOFF_SECONDS)
                self._retry_at = self._clock() + self._backoff
            else:
                self._take(fetched, kid)
            self._under_way = None
        fetch.done.set()

    def _take(self, fetched: KeySet, kid: str | None) -> None:
        if kid is not None and self._current is not None:
            self._refetches.take()
        self._backoff = 0.0
        self._fetched_at = self._clock()
        if self._current is None or not _same(self._current, fetched):
            self._current = fetched
        if kid is not None and kid not in self._current.keys:
            self._unknown.put(kid, True, ends_at=self._clock() + UNKNOWN_KEY_SECONDS)


def _same(one: KeySet, other: KeySet) -> bool:
    def numbers(keys: KeySet) -> dict[str, object]:
        return {kid: (key.public_key.public_numbers(), key.issuer) for kid, key in keys.keys.items()}

    return numbers(one) == numbers(other)


def fetch_keys(client: Client, url: str) -> KeySet:
    """Fetch and parse a key document (RFC 7517). Raises if it holds no usable key."""
    try:
        response = client.send("GET", url, deadline=Deadline(FETCH_TIMEOUT_SECONDS))
    except (RequestNotSent, ResponseLost) as error:
        raise ValueError(f"no response: {error}") from error
    return parse_keys(response)


def parse_keys(response: HttpResponse) -> KeySet:
    """RSA signing keys of at least 2048 bits, by `kid`; everything else in the document is ignored.

    `use`, `alg` and `key_ops` (RFC 7517 section 4) must allow an RS256 signature to be verified, where they are there.
    """
    if response.status != 200:
        raise ValueError(f"status {response.status}")
    rows = (json_object(response.body) or {}).get("keys")
    keys = {}
    for row in rows[:MAX_KEYS] if isinstance(rows, list) else []:
        if isinstance(row, dict) and _verifies_rs256(row):
            kid, issuer, key = row.get("kid"), row.get("issuer"), _public_key(row)
            if isinstance(kid, str) and key is not None:
                keys[kid] = Key(key, issuer if isinstance(issuer, str) else None)
    if not keys:
        raise ValueError("the document holds no RSA signing key")
    return KeySet(MappingProxyType(keys))


def _verifies_rs256(row: Mapping[str, object]) -> bool:
    operations = row.get("key_ops", ["verify"])
    allowed = isinstance(operations, list) and "verify" in operations
    return row.get("kty") == "RSA" and row.get("use", "sig") == "sig" and row.get("alg", "RS256") == "RS256" and allowed


def _public_key(row: Mapping[str, object]) -> RSAPublicKey | None:
    try:
        key = RSAAlgorithm.from_jwk(dict(row))
    except (InvalidKeyError, ValueError, TypeError):
        return None
    return key if isinstance(key, RSAPublicKey) and key.key_size >= 2048 else None
