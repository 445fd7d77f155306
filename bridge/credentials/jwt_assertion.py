"""A JWT that the bridge signs for the caller (RFC 7523 section 3), under the same rules as `bridge_saml`."""

from __future__ import annotations

import json
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from bridge.credentials.assertion import Assertion
from bridge.settings import SamlSettings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa


class JwtIssuer:
    """Issues assertions for one system. Safe for threads."""

    def __init__(
        self, saml: SamlSettings, key_id: str | None = None, *, clock: Callable[[], float] = time.time
    ) -> None:
        """`key_id`: the header's `kid`, by which some systems find the certificate. `clock`: Unix time in seconds."""
        self._saml = saml
        self._clock = clock
        thumbprint = _base64url(saml.key.certificate.fingerprint(hashes.SHA256()))
        header = {"alg": "RS256", "typ": "JWT", "x5t#S256": thumbprint, **({"kid": key_id} if key_id else {})}
        self._header = _part(header)

    def issue(self, name_id: str, key: rsa.RSAPrivateKey) -> Assertion:
        """An assertion for `name_id`, which `name_id.name_id` has allowed. `key`: see `SigningKey.signer`.

        Signed by hand, since a key in a vault can sign and do nothing else, which no library takes.
        """
        now, jti = int(self._clock()), secrets.token_hex(20)
        claims = {
            "iss": self._saml.issuer,
            "sub": name_id,
            "aud": self._saml.audience,
            "iat": now,
            "exp": now + self._saml.lifetime_seconds,
            "jti": jti,
        }
        signed = f"{self._header}.{_part(claims)}".encode("ascii")
        signature = key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        return Assertion(jti, signed + b"." + _base64url(signature).encode("ascii"))


def _part(document: Mapping[str, object]) -> str:
    return _base64url(json.dumps(document, separators=(",", ":")).encode())


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).decode("ascii").rstrip("=")
