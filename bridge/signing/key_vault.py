"""A signing key that never leaves Key Vault: each signature is one request (20-50 ms in the same region).

Source: Key Vault REST API, "Sign", api-version 7.4. Azure's SDK is not used: it adds 90 ms to a cold start, and it
neither keeps to the request's deadline nor shares a failure between callers.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from bridge.base.http_client import Client, Deadline, RequestNotSent, ResponseLost
from bridge.base.json_reader import json_object
from bridge.clouds import CLOUDS
from bridge.errors import BridgeError, Misconfigured, TryLater
from bridge.signing.errors import KeyMaterialError
from bridge.signing.managed_identity import ManagedIdentity

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding

API_VERSION = "7.4"
SIGN_SECONDS = 8.0
FAILURE_SECONDS = 5.0
"""How long one caller's failure counts for all callers: a vault that hangs must not delay each of them."""
SLOW_SECONDS = 0.25
"""A connection that is lost sooner concerns one caller only: the next connection may work."""
RETRY_SECONDS = 10
MAX_RETRY_SECONDS = 300

_KEY_ID = re.compile(
    rf"https://[a-zA-Z0-9-]{{3,24}}\.({'|'.join(re.escape(cloud.vault_domain) for cloud in CLOUDS.values())})"
    r"/keys/[0-9a-zA-Z-]{1,127}/[0-9a-f]{32}"
)
_FIXES = {
    401: "the vault does not accept the identity's tenant: vault and bridge must be in the same tenant",
    403: "give the bridge's identity the role Key Vault Crypto User on the key, and let its network reach the vault",
    404: "there is no such key: compare KEY_VAULT_KEY_ID with the key's identifier in the portal",
}


@dataclass(frozen=True, slots=True)
class _Failure:
    """The vault's status (None: no usable response) and its Retry-After in seconds."""

    status: int | None
    retry_after: int | None = None


class VaultKey:
    """An RSA private key in a vault. Thread-safe: its only state is the last failure.

    `key_id` includes a version, because the certificate belongs to one version.
    """

    def __init__(
        self, key_id: str, certificate: x509.Certificate, managed_identity_client_id: str | None = None
    ) -> None:
        """Raises `KeyMaterialError` for an identifier or a certificate that cannot be used."""
        public_key = certificate.public_key()
        if not isinstance(public_key, rsa.RSAPublicKey):
            raise KeyMaterialError("is not the certificate of an RSA key", "Many systems take RSA only")
        match = _KEY_ID.fullmatch(key_id)
        if match is None:
            raise KeyMaterialError(
                "is set with a KEY_VAULT_KEY_ID that is not the identifier of one version of a key",
                "Copy the Key Identifier of the version: https://<vault>.vault.azure.net/keys/<name>/<32 hex digits>",
            )
        self._url = f"{key_id}/sign?api-version={API_VERSION}"
        self._resource = f"https://{match[1]}"
        self._public_key = public_key
        self.managed_identity_client_id = managed_identity_client_id
        self._identity = ManagedIdentity(managed_identity_client_id)
        self._failure: tuple[_Failure, float] | None = None

    @property
    def key_size(self) -> int:
        """In bits, from the certificate: reading the key itself needs a permission that signing does not."""
        return self._public_key.key_size

    def within(self, client: Client, deadline: Deadline) -> BoundVaultKey:
        """This key, bound to one request."""
        return BoundVaultKey(self, client, deadline)

    def sign_sha256(self, data: bytes, client: Client, deadline: Deadline) -> bytes:
        """The signature (RSASSA-PKCS1-v1_5), verified with the certificate. Raises `Misconfigured` or `TryLater`."""
        failure, until = self._failure or (None, 0.0)
        if failure is not None and time.monotonic() < until:
            raise _error(failure)
        token = self._identity.token(self._resource, client, deadline)
        start = time.monotonic()
        outcome = self._ask(data, token, client, deadline.within(SIGN_SECONDS))
        if isinstance(outcome, _Failure):
            end = time.monotonic()
            if outcome.status is not None or end - start >= SLOW_SECONDS:
                self._failure = (outcome, end + FAILURE_SECONDS)
            raise _error(outcome)
        self._failure = None
        try:
            self._public_key.verify(outcome, data, PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            fix = "the key in the vault is not that of the certificate: set both to the same version"
            raise _misconfigured(fix) from None
        return outcome

    def _ask(self, data: bytes, token: str, client: Client, deadline: Deadline) -> bytes | _Failure:
        digest = urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        body = json.dumps({"alg": "RS256", "value": digest}).encode()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        try:
            response = client.send("POST", self._url, deadline=deadline, headers=headers, body=lambda: body)
        except (RequestNotSent, ResponseLost):
            return _Failure(None)
        if response.status != 200:
            return _Failure(response.status, response.retry_after)
        value = (json_object(response.body) or {}).get("value")
        try:
            return urlsafe_b64decode(f"{value}==") if isinstance(value, str) else _Failure(None)
        except ValueError:
            return _Failure(None)


@dataclass(frozen=True, slots=True)
class BoundVaultKey:
    """A vault's key during one request. It signs like an RSA private key of `cryptography`."""

    key: VaultKey
    client: Client = field(repr=False)
    deadline: Deadline

    def sign(self, data: bytes, padding: AsymmetricPadding, algorithm: hashes.HashAlgorithm) -> bytes:
        """The signature. Raises `Misconfigured`, `TryLater`, or `ValueError` for anything but RS256."""
        if not isinstance(padding, PKCS1v15) or not isinstance(algorithm, hashes.SHA256):
            raise ValueError("RSASSA-PKCS1-v1_5 with SHA-256 only")
        return self.key.sign_sha256(data, self.client, self.deadline)


def _error(failure: _Failure) -> BridgeError:
    """The error for the vault's response, without its text: that names the caller and the address."""
    status = failure.status
    if status in _FIXES:
        return _misconfigured(_FIXES[status])
    if status is not None and 400 <= status < 500 and status != 429:
        return _misconfigured(f"the vault answered {status}: is the key enabled, RSA, and allowed to sign?")
    return TryLater(
        "The vault that holds the bridge's signing key does not respond at the moment.",
        code="signing_unavailable",
        retry_after=min(failure.retry_after or RETRY_SECONDS, MAX_RETRY_SECONDS),
        operator=f"Key Vault answered {status or 'nothing'}",
    )


def _misconfigured(operator: str) -> Misconfigured:
    return Misconfigured("The bridge cannot sign for this system.", operator=operator)
