"""Validates Entra access tokens (v1 and v2). The rules on claims are tables in `bridge.tokens`."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping

from jwt.algorithms import RSAAlgorithm

from bridge.base.formats import ENTRA_ID
from bridge.base.http_client import Client
from bridge.base.store import Store
from bridge.clouds import KEY_PATHS
from bridge.errors import BridgeError, Forbidden, TokenRejected, TryLater
from bridge.inbound.caller import KEPT_CLAIMS, Caller
from bridge.inbound.jwks import Key, KeyCache, KeySet, KeysUnavailable, fetch_keys
from bridge.settings import EntraSettings
from bridge.tokens import (
    VERDICTS,
    Expected,
    Failure,
    ParsedToken,
    Rejection,
    parse_authorization,
    parse_token,
    validate_claims,
)
from bridge.tokens.claim_types import numbers
from bridge.tokens.rules import ACTOR_FACETS, AGENT_IDENTITY

MAX_KNOWN_TOKENS = 4096
RS256 = RSAAlgorithm(RSAAlgorithm.SHA256)
"""The one accepted algorithm, never chosen by the token. PyJWT's `decode` would parse the token a second time."""


class Authenticator:
    """Finds out who is calling. One for the whole app; safe for threads."""

    def __init__(
        self,
        expected: Expected,
        keys: Mapping[str, KeyCache],
        *,
        used_claims: frozenset[str] = frozenset(),
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`keys`: token version ("1.0", "2.0") → its keys. `clock`: Unix time in seconds.

        `used_claims` are the claims that a `Caller` keeps, with `KEPT_CLAIMS`: a token with 200 groups is large.
        """
        self._expected = expected
        self._keys = keys
        self._clock = clock
        self._used_claims = used_claims | KEPT_CLAIMS
        self._known: Store[str, tuple[Caller, KeySet]] = Store(MAX_KNOWN_TOKENS, clock)

    @classmethod
    def for_entra(
        cls, entra: EntraSettings, client: Client, used_claims: frozenset[str] = frozenset()
    ) -> Authenticator:
        """For a tenant, with its key documents. Nothing is fetched until a token asks for a key."""
        base = f"{entra.authority}/{entra.tenant_id}/"
        return cls(
            entra.expected,
            {version: KeyCache(_fetcher(client, base + path)) for version, path in KEY_PATHS.items()},
            used_claims=used_claims,
        )

    @property
    def has_keys(self) -> bool:
        """Whether any of Entra's keys are known."""
        return any(cache.current for cache in self._keys.values())

    def authenticate(self, authorization: str | None) -> Caller:
        """The caller that an Authorization header names. Raises `TokenRejected`, `Forbidden` or `TryLater`."""
        try:
            token = parse_authorization(authorization)
            token_hash = hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
            known = self._recall(token_hash)
            return (known or self._validate(token, token_hash)).with_token(token)
        except Rejection as error:
            raise rejection(error.finding, self._expected) from None

    def _recall(self, token_hash: str) -> Caller | None:
        """A token seen before, until it expires or the keys change."""
        entry = self._known.get(token_hash)
        if entry is None:
            return None
        caller, keys = entry
        return caller if self._keys[caller.version].current is keys else None

    def _validate(self, token: str, token_hash: str) -> Caller:
        parsed = parse_token(token)
        finding = validate_claims(parsed, self._expected, now=self._clock())
        if finding is not None and finding.verdict.status == 401:
            raise Rejection(finding)
        cache = self._keys[str(parsed.claims["ver"])]
        kid = str(parsed.header["kid"])
        key = _verify(parsed, cache, kid)
        if finding is not None:  # only the holder of a genuine token learns what is allowed
            raise Rejection(finding)
        caller = _caller(parsed, token_hash, self._used_claims)
        keys = cache.current
        if keys is not None and keys.keys.get(kid) is key:
            self._known.put(token_hash, (caller, keys), ends_at=caller.expires_at)
        return caller


def _fetcher(client: Client, url: str) -> Callable[[], KeySet]:
    return lambda: fetch_keys(client, url)


def _verify(parsed: ParsedToken, cache: KeyCache, kid: str) -> Key:
    """The key that has signed the token, which `validate_claims` has found to be of the right tenant and version."""
    key, issuer = _find(cache, kid), str(parsed.claims["iss"])
    if not key.may_sign_for(issuer, str(parsed.claims["tid"])):
        raise Rejection(Failure(VERDICTS["key_issuer_mismatch"], key.issuer, issuer))
    if not RS256.verify(parsed.signed, key.public_key, parsed.signature):
        raise Rejection(Failure(VERDICTS["bad_signature"]))
    return key


def _find(cache: KeyCache, kid: str) -> Key:
    try:
        key = cache.find(kid)
    except KeysUnavailable as error:
        raise TryLater(
            "The bridge cannot get Microsoft Entra's signing keys to validate your sign-in.",
            code="entra_keys_unavailable",
            hint="Try again in a moment.",
            retry_after=error.retry_after,
            operator=str(error),
        ) from None
    if key is None:
        raise Rejection(Failure(VERDICTS["unknown_key"], kid))
    return key


def _caller(parsed: ParsedToken, token_hash: str, used_claims: frozenset[str]) -> Caller:
    """The caller. Only for claims that `validate_claims` has accepted."""
    claims = parsed.claims
    version = str(claims["ver"])
    client_id = str(claims["azp" if version == "2.0" else "appid"])
    actor = client_id if AGENT_IDENTITY in numbers(claims, ACTOR_FACETS) else None
    parent = ENTRA_ID.fullmatch(str(claims.get("xms_par_app_azp"))) if actor else None
    return Caller(
        tenant_id=str(claims["tid"]),
        object_id=str(claims["oid"]),
        audience=str(claims["aud"]),
        issuer=str(claims["iss"]),
        version=version,
        client_id=client_id,
        scopes=tuple(str(claims["scp"]).split(" ")),
        expires_at=float(str(claims["exp"])),
        claims={name: claims[name] for name in used_claims if name in claims},
        token_hash=token_hash,
        actor=actor,
        actor_parent=parent[0] if parent else None,
    )


def rejection(finding: Failure, expected: Expected) -> BridgeError:
    """The error for a finding, with its challenge (RFC 6750 section 3: without a token no `error`)."""
    verdict = finding.verdict
    kind = TokenRejected if verdict.status == 401 else Forbidden
    challenge = None
    if verdict.status == 401 or verdict.oauth_error == "insufficient_scope":
        parts = [f'realm="{expected.tenant_id}"']
        if verdict.oauth_error:
            parts.append(f'error="{verdict.oauth_error}"')
            parts.append(f'error_description="{verdict.code}"')
        if verdict.oauth_error == "insufficient_scope":
            parts.append(f'scope="{expected.required_scope}"')
        challenge = "Bearer " + ", ".join(parts)
    members = {"verdict": verdict.code, "found": finding.found, "expected": finding.expected, "docs": verdict.anchor}
    return kind(finding.detail, code=verdict.public_code, hint=finding.hint, challenge=challenge, members=members)
