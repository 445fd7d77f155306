"""Reads a token's claims by their types: a claim of the wrong type counts as absent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bridge.clouds import entra_clouds
from bridge.tokens.expected import Expected

LAST_SECOND = 253_402_300_799
"""The end of the year 9999: no time is later."""

_TEXTS = ("iss", "aud", "tid", "ver", "scp", "azp", "appid")
_ISSUER = re.compile(r"https://([a-z.-]+)/([^/]+)(?:/|/v2\.0)?")


@dataclass(slots=True)
class Reading:
    """The claims that the rules compare, as text (empty if absent or of another type), and their expected values.

    Not frozen for the same reason as `ParsedToken`.
    """

    claims: Mapping[str, object]
    expected: Expected
    now: float
    issuer: str
    audience: str
    tenant: str
    version: str
    client: str
    scope: str
    accepted: frozenset[str]

    def number(self, name: str) -> float | None:
        """A NumericDate (RFC 7519 section 2), or None if it is absent or no time."""
        value = self.claims.get(name)
        if type(value) is int or type(value) is float:
            return value if 0 <= value <= LAST_SECOND else None
        return None


def read(claims: Mapping[str, object], expected: Expected, now: float) -> Reading:
    """Read the claims that the rules compare. Never fails, whatever they contain."""
    issuer, audience, tenant, version, scope, azp, appid = [
        value if type(value) is str else "" for value in map(claims.get, _TEXTS)
    ]
    is_v2 = version == "2.0"
    return Reading(
        claims=claims,
        expected=expected,
        now=now,
        issuer=issuer,
        audience=audience,
        tenant=tenant,
        version=version,
        client=azp if is_v2 else appid,
        scope=scope,
        accepted=expected.audiences_v2 if is_v2 else expected.audiences,
    )


def numbers(claims: Mapping[str, object], name: str) -> frozenset[str]:
    """The numbers in a claim that lists them separated by spaces, whatever its type."""
    value = claims.get(name)
    return frozenset(re.findall(r"[0-9]+", str(value))) if value is not None else frozenset()


def text(claims: Mapping[str, object], name: str) -> str:
    """The claim if it is text, else nothing."""
    value = claims.get(name)
    return value if type(value) is str else ""


def issuing_tenant(issuer: str) -> str:
    """The tenant in an issuer of Entra's, or nothing if it is not Entra's."""
    match = _ISSUER.fullmatch(issuer)
    return match[2] if match and entra_clouds(match[1]) else ""


def clouds(issuer: str) -> frozenset[str]:
    """The Microsoft clouds that use this issuer; empty if it is not Entra's."""
    match = _ISSUER.fullmatch(issuer)
    return entra_clouds(match[1]) if match else frozenset()


def moment(seconds: float) -> str:
    """A readable time, in UTC."""
    return datetime.fromtimestamp(min(max(seconds, 0), LAST_SECOND), UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
