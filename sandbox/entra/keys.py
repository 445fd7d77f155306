"""The tenant's token-signing keys: two at a time, rotated on demand."""

import base64
import threading
from dataclasses import dataclass
from typing import Any, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from sandbox.ca import KeyPair, self_signed
from sandbox.jws import base64url


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key of the JWKS; as at Entra, `kid` is the SHA-1 thumbprint of its certificate."""

    kid: str
    pair: KeyPair

    @classmethod
    def generate(cls) -> Self:
        pair = self_signed("accounts.accesscontrol.windows.net")
        return cls(base64url(pair.certificate.fingerprint(hashes.SHA1())), pair)  # noqa: S303 - an identifier

    def document(self, issuer: str) -> dict[str, Any]:
        numbers = self.pair.key.public_key().public_numbers()
        return {
            "kty": "RSA",
            "use": "sig",
            "kid": self.kid,
            "x5t": self.kid,
            "n": base64url(_big_endian(numbers.n)),
            "e": base64url(_big_endian(numbers.e)),
            "x5c": [base64.b64encode(self.pair.certificate.public_bytes(Encoding.DER)).decode()],
            "cloud_instance_name": "microsoftonline.com",
            "issuer": issuer,
        }


class KeyRing:
    """The key that signs, and one that is published but does not sign yet. Readers must not rely on their order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._standby = SigningKey.generate()
        self.current = SigningKey.generate()

    def rotate(self) -> None:
        """Sign with a new key from now on; the old one leaves the JWKS at once."""
        with self._lock:
            self.current = SigningKey.generate()

    def find(self, kid: object) -> rsa.RSAPublicKey | None:
        return next((key.pair.key.public_key() for key in self._published() if key.kid == kid), None)

    def document(self, issuer: str) -> dict[str, Any]:
        """The JWKS. `issuer` has the placeholder `{tenantid}`, as at Entra."""
        return {"keys": [key.document(issuer) for key in self._published()]}

    def _published(self) -> tuple[SigningKey, SigningKey]:
        return self._standby, self.current


def _big_endian(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
