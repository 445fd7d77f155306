"""Decodes an Authorization header to a token's header and claims. Nothing here verifies a signature."""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import NoReturn

from bridge.base.json_reader import read_json
from bridge.tokens.verdict import Failure, Rejection
from bridge.tokens.verdicts import VERDICTS

MAX_TOKEN_LENGTH = 16_384
"""Characters. A token with 200 groups, the most that Entra writes, is about 9,000 characters long."""

ALGORITHM = "RS256"
KNOWN_HEADERS = 32
"""How many decoded headers are remembered: all tokens that one key has signed have the same header."""

_JWE = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){4}")
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_LAST = (_ALPHABET, b"", _ALPHABET[::16], _ALPHABET[::4])
"""By length modulo 4: the characters that may end a segment, because their unused bits are zero."""
_TO_BASE64 = bytes.maketrans(b"-_", b"+/")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,19}")


@dataclass(slots=True)
class ParsedToken:
    """A decoded JWT, not verified. `signature` must be the signature of `signed` (RFC 7515 section 5.2).

    No code changes it. It is not frozen, because one is made for each request and `frozen` would double the cost.
    """

    header: Mapping[str, object] = field(repr=False)
    claims: Mapping[str, object] = field(repr=False)
    signed: bytes = field(default=b"", repr=False)
    signature: bytes = field(default=b"", repr=False)


def reject(code: str, found: str | None = None, expected: str | None = None) -> NoReturn:
    """Refuse, with the verdict `code`."""
    raise Rejection(Failure(VERDICTS[code], found, expected))


def parse_authorization(value: str | None) -> str:
    """The token of an Authorization header (RFC 6750 section 2.1). Raises `Rejection`. Never repeats the value."""
    scheme, _, token = (value or "").strip(" \t").partition(" ")
    token = token.strip(" \t")
    if scheme.lower() != "bearer":
        if not scheme:
            reject("no_token")
        named = token and _SCHEME.fullmatch(scheme)
        reject("not_bearer", f"the scheme {scheme}" if named else "no scheme")
    if not token:
        reject("no_token")
    if token[:7].lower() == "bearer ":
        reject("bearer_twice")
    return token


def parse_token(token: str) -> ParsedToken:
    """Header and claims of an access token of Entra's. Raises `Rejection` if the text cannot be one."""
    parsed = decode(token)
    check_header(parsed, signed=not token.endswith("."))
    return parsed


def decode(token: str, *, longest: int = MAX_TOKEN_LENGTH) -> ParsedToken:
    """Header and claims of any JWT. Raises `Rejection` if it is none."""
    if len(token) > longest:
        reject("token_too_long", f"{len(token):,}", f"{longest:,}")
    raw = token.encode("ascii", "replace")
    signed, _, signature = raw.rpartition(b".")
    header, _, payload = signed.partition(b".")
    if not (header and payload) or raw.translate(None, _ALPHABET) != b"..":
        reject("encrypted_token" if _JWE.fullmatch(token) else "not_a_jwt")
    return ParsedToken(_header(header), _json_object(payload, "payload"), signed, _bytes(signature, "signature"))


def check_header(token: ParsedToken, *, signed: bool) -> None:
    """Check the header alone. Raises `Rejection`."""
    header = token.header
    algorithm = header.get("alg")
    if not signed or (isinstance(algorithm, str) and algorithm.lower() == "none"):
        reject("unsigned_token")
    if algorithm != ALGORITHM:
        reject("algorithm_not_accepted", algorithm if isinstance(algorithm, str) else "no algorithm", ALGORITHM)
    if "crit" in header:
        reject("critical_header")
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        reject("key_id_missing")


def _bytes(segment: bytes, name: str) -> bytes:
    """Base64url without padding, in its one canonical form: a token has one text (RFC 4648 section 3.5)."""
    try:
        decoded = a2b_base64(segment.translate(_TO_BASE64) + b"==")
    except ValueError:
        reject("malformed_token", name)
    if segment and segment[-1] not in _LAST[len(segment) % 4]:
        reject("malformed_token", name)
    return decoded


@lru_cache(maxsize=KNOWN_HEADERS)
def _header(segment: bytes) -> Mapping[str, object]:
    return MappingProxyType(_json_object(segment, "header"))


def _json_object(segment: bytes, name: str) -> dict[str, object]:
    try:
        value = read_json(_bytes(segment, name).decode("utf-8"))
    except ValueError:
        reject("malformed_token", name)
    if not isinstance(value, dict):
        reject("malformed_token", name)
    return value
