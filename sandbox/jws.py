"""Signed JSON (RFC 7515, compact form), by hand so that tests can issue hostile tokens too."""

import base64
import binascii
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

_PADDINGS: Mapping[str, padding.AsymmetricPadding] = {
    "RS256": padding.PKCS1v15(),
    "PS256": padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH),
}
SKEW_SECONDS = 300
FindKey = Callable[[object], rsa.RSAPublicKey | None]
"""Entra's current key with this `kid`."""


class JwsError(ValueError):
    """This is not a signed JSON object."""


def base64url(data: bytes) -> str:
    """Base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(header: Mapping[str, Any], claims: Mapping[str, Any], key: rsa.RSAPrivateKey | None) -> str:
    """A token signed with RS256, whatever `header` says; without a key its signature is empty.

    Claims may hold any text, lone surrogates included: JSON escapes them.
    """
    signed = f"{_segment(header)}.{_segment(claims)}"
    signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()) if key else b""
    return f"{signed}.{base64url(signature)}"


@dataclass(frozen=True, slots=True)
class Jws:
    """A parsed token; nothing in it can be trusted before `is_signed_by`."""

    header: dict[str, Any]
    claims: dict[str, Any] = field(repr=False)
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    @classmethod
    def parse(cls, token: str) -> Self:
        """Raises `JwsError`."""
        segments = token.split(".")
        if len(segments) != 3:
            raise JwsError("not three segments")
        header, claims, signature = (_decode(segment) for segment in segments)
        signed = token.rpartition(".")[0].encode()
        return cls(_object(header), _object(claims), signed, signature)

    def is_signed_by(self, key: rsa.RSAPublicKey, *, algorithms: tuple[str, ...] = ("RS256",)) -> bool:
        algorithm = self.header.get("alg")
        if algorithm not in algorithms:
            return False
        try:
            key.verify(self.signature, self.signed, _PADDINGS[algorithm], hashes.SHA256())
        except InvalidSignature:
            return False
        return True


def is_current(claims: Mapping[str, Any]) -> bool:
    """Whether `exp` exists and is in the future, and `nbf` is not, clock skew allowed (RFC 7519 section 4.1)."""
    now, expiry, start = time.time(), claims.get("exp"), claims.get("nbf", 0)
    if not isinstance(expiry, int | float) or not isinstance(start, int | float):
        return False
    return start - SKEW_SECONDS <= now < expiry


def _segment(document: Mapping[str, Any]) -> str:
    return base64url(json.dumps(document, separators=(",", ":")).encode())


def _decode(segment: str) -> bytes:
    try:
        return base64.b64decode(segment + "=" * (-len(segment) % 4), altchars="-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise JwsError("not base64url") from error


def _object(data: bytes) -> dict[str, Any]:
    try:
        document = json.loads(data)
    except ValueError as error:
        raise JwsError("not JSON") from error
    if not isinstance(document, dict):
        raise JwsError("not a JSON object")
    return document
