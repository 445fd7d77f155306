"""How the bridge proves to Entra who it is: a secret, a certificate, or a managed identity's federated credential.

One source for both legs: MSAL takes it as its client credential, the SAML leg as form fields.
"""

from __future__ import annotations

import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable

import jwt
from cryptography.hazmat.primitives.hashes import SHA256

from bridge.settings import EntraSettings
from bridge.signing.signing_keys import SigningKey

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 600


class ClientAuthentication:
    """The proof of one app registration. A client assertion is made anew for each call: it carries a unique `jti`."""

    def __init__(self, *, secret: str | None = None, assertion: Callable[[], str] | None = None) -> None:
        if (secret is None) == (assertion is None):
            raise ValueError("exactly one of secret and assertion")
        self._secret = secret
        self._assertion = assertion

    @classmethod
    def for_entra(cls, entra: EntraSettings, token_url: str) -> ClientAuthentication:
        """The proof that the settings name."""
        proof = entra.client_credential
        if proof.certificate is not None:
            key = proof.certificate
            return cls(assertion=lambda: client_assertion(key, entra.client_id, token_url))
        if proof.managed_identity_client_id is not None:
            from bridge.signing.managed_identity import ManagedIdentityAssertion

            identity = ManagedIdentityAssertion(
                client_id=proof.managed_identity_client_id, audience=entra.cloud.federation_audience
            )
            return cls(assertion=identity)
        return cls(secret=proof.secret)

    def for_msal(self) -> str | dict[str, Callable[[], str]]:
        """MSAL's `client_credential`."""
        return {"client_assertion": self._assertion} if self._assertion else str(self._secret)

    def fields(self) -> dict[str, str]:
        """Form fields (RFC 7521 section 4.2, or RFC 6749 section 2.3.1)."""
        if self._assertion is None:
            return {"client_secret": str(self._secret)}
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self._assertion()}


def client_assertion(key: SigningKey, client_id: str, token_url: str) -> str:
    """A JWT that proves possession of a registered certificate.

    PS256 with `x5t#S256`: https://learn.microsoft.com/entra/identity-platform/certificate-credentials
    """
    now = int(time.time())
    claims = {
        "aud": token_url,
        "iss": client_id,
        "sub": client_id,
        "jti": str(uuid.uuid4()),
        "nbf": now,
        "iat": now,
        "exp": now + ASSERTION_SECONDS,
    }
    thumbprint = urlsafe_b64encode(key.certificate.fingerprint(SHA256())).rstrip(b"=").decode()
    return jwt.encode(claims, key.key, algorithm="PS256", headers={"x5t#S256": thumbprint})
