"""How the bridge authenticates to Entra: with a secret, a certificate, or a managed identity's federated credential.

MSAL takes it as its client credential; the request for a SAML assertion takes it as form fields.
"""

from __future__ import annotations

import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import jwt
from cryptography.hazmat.primitives.hashes import SHA256

from bridge.base.http_client import Client, Deadline
from bridge.errors import Misconfigured
from bridge.settings import EntraSettings
from bridge.signing.signing_keys import SigningKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 600


class ClientAuthentication:
    """The client authentication of one app registration. Each call gets a new client assertion with a unique `jti`."""

    def __init__(self, *, secret: str | None = None, assertion: Callable[[Deadline], str] | None = None) -> None:
        if (secret is None) == (assertion is None):
            raise ValueError("needs exactly one of secret and assertion")
        self._secret = secret
        self._assertion = assertion

    @classmethod
    def for_entra(cls, entra: EntraSettings, token_url: str, client: Client) -> ClientAuthentication:
        """As the settings say."""
        credential = entra.client_credential
        if credential.certificate is not None:
            key = credential.certificate
            return cls(assertion=lambda _: client_assertion(key, entra.client_id, token_url))
        if credential.managed_identity_client_id is not None:
            from bridge.signing.managed_identity import ManagedIdentity

            identity = ManagedIdentity(credential.managed_identity_client_id)
            return cls(assertion=lambda deadline: identity.token(entra.cloud.federation_audience, client, deadline))
        return cls(secret=credential.secret)

    def for_msal(self, deadline: Deadline) -> str | dict[str, Callable[[], str]]:
        """MSAL's `client_credential`."""
        assertion = self._assertion
        return {"client_assertion": lambda: assertion(deadline)} if assertion else str(self._secret)

    def fields(self, deadline: Deadline) -> dict[str, str]:
        """Form fields (RFC 7521 section 4.2, or RFC 6749 section 2.3.1)."""
        if self._assertion is None:
            return {"client_secret": str(self._secret)}
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self._assertion(deadline)}


def client_assertion(key: SigningKey, client_id: str, token_url: str) -> str:
    """A JWT that proves possession of a registered certificate. Raises `Misconfigured` if that has expired.

    PS256 with `x5t#S256`: https://learn.microsoft.com/entra/identity-platform/certificate-credentials
    """
    now = int(time.time())
    if problem := key.date_problem(now):
        raise Misconfigured(
            "The bridge can't authenticate to Microsoft Entra.",
            operator=f"BRIDGE_ENTRA__CLIENT_CERTIFICATE {problem}: upload a new certificate to the app registration",
        )
    claims = {
        "aud": token_url,
        "iss": client_id,
        "sub": client_id,
        "jti": str(uuid.uuid4()),
        "nbf": now,
        "iat": now,
        "exp": now + ASSERTION_SECONDS,
    }
    private_key = cast("rsa.RSAPrivateKey", key.key)  # CLIENT_CERTIFICATE cannot be in a key vault
    thumbprint = urlsafe_b64encode(key.certificate.fingerprint(SHA256())).rstrip(b"=").decode()
    return jwt.encode(claims, private_key, algorithm="PS256", headers={"x5t#S256": thumbprint})
