"""A signing key that never leaves its vault: each signature is one call to Key Vault (20-50 ms from the same region).

Source: Key Vault REST API, "Sign"; `azure-keyvault-keys`, `CryptographyClient.create_rsa_private_key`.
"""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from bridge.clouds import CLOUDS
from bridge.errors import BridgeError, Misconfigured, TryLater
from bridge.signing.errors import KeyMaterialError

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.core.exceptions import AzureError
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding

RETRY_SECONDS = 10
MAX_RETRY_SECONDS = 300

_KEY_ID = re.compile(
    rf"https://[a-zA-Z0-9-]{{3,24}}\.(?:{'|'.join(re.escape(cloud.vault_domain) for cloud in CLOUDS.values())})"
    r"/keys/[0-9a-zA-Z-]{1,127}/[0-9a-f]{32}"
)
_FIXES = {
    401: "the vault does not know the identity's tenant: vault and bridge belong in the same tenant",
    403: "give the bridge's identity the role Key Vault Crypto User on the key, and let its network reach the vault",
    404: "there is no such key: compare KEY_VAULT_KEY_ID with the key's identifier in the portal",
}


def parse_key_id(key_id: str) -> str:
    """The key's identifier, checked. It names a version, because the certificate belongs to one version.

    Raises `KeyMaterialError`.
    """
    if not _KEY_ID.fullmatch(key_id):
        raise KeyMaterialError(
            "goes with a KEY_VAULT_KEY_ID that is not the identifier of one version of a key",
            "Copy the Key Identifier of the version: https://<vault>.vault.azure.net/keys/<name>/<32 hex digits>",
        )
    return key_id


class VaultKey:
    """Signs like an RSA private key of `cryptography`, by the vault. Thread-safe; connects with the first signature."""

    def __init__(
        self,
        key_id: str,
        certificate: x509.Certificate,
        managed_identity_client_id: str | None,
        *,
        transport: Any = None,
    ) -> None:
        """`transport`: another HTTP transport for Azure's SDK than its own."""
        public_key = certificate.public_key()
        if not isinstance(public_key, rsa.RSAPublicKey):
            raise KeyMaterialError("is not the certificate of an RSA key", "Many systems take RSA only")
        self._key_id = key_id
        self._public_key = public_key
        self._client_id = managed_identity_client_id
        self._options = {} if transport is None else {"transport": transport}
        self._lock = threading.Lock()
        self._key: rsa.RSAPrivateKey | None = None

    @property
    def key_size(self) -> int:
        """Bits, by the certificate: reading the key itself needs a right that signing does not."""
        return self._public_key.key_size

    def sign(self, data: bytes, padding: AsymmetricPadding, algorithm: hashes.HashAlgorithm) -> bytes:
        """The signature, checked against the certificate. Raises `Misconfigured` or `TryLater`."""
        from azure.core.exceptions import AzureError

        try:
            signature = self._connected().sign(data, padding, algorithm)
            self._public_key.verify(signature, data, padding, algorithm)
        except AzureError as error:
            raise _told(error) from None
        except InvalidSignature:
            raise _misconfigured(
                "the key in the vault is not the certificate's: set both to the same version"
            ) from None
        return signature

    def _connected(self) -> rsa.RSAPrivateKey:
        """The SDK's key. Made by one thread: its first call learns where to get a token, and is not thread-safe."""
        with self._lock:
            if self._key is None:
                from azure.keyvault.keys.crypto import CryptographyClient

                from bridge.signing.managed_identity import HTTP_OPTIONS, ManagedIdentity, quiet_sdk

                quiet_sdk()
                credential = cast("TokenCredential", ManagedIdentity(self._client_id))
                client = CryptographyClient(self._key_id, credential, **HTTP_OPTIONS, **self._options)
                self._key = client.create_rsa_private_key()
            return self._key


def _told(error: AzureError) -> BridgeError:
    """What the vault's answer means. Its text is dropped: it names caller and address."""
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", None)
    if status in _FIXES:
        return _misconfigured(_FIXES[status])
    if status is not None and 400 <= status < 500 and status != 429:
        return _misconfigured(f"the vault answered {status}: is the key enabled, RSA, and allowed to sign?")
    wait = getattr(response, "headers", {}).get("Retry-After", "")
    return TryLater(
        "The vault that holds the bridge's signing key does not answer at the moment.",
        code="signing_unavailable",
        hint="Try again in a minute.",
        retry_after=min(int(wait), MAX_RETRY_SECONDS) if re.fullmatch("[0-9]{1,9}", wait) else RETRY_SECONDS,
        operator=f"Key Vault answered {status or 'nothing'} ({type(error).__name__})",
    )


def _misconfigured(operator: str) -> Misconfigured:
    return Misconfigured(
        "The bridge cannot sign for this system.",
        hint="Ask the operator of the bridge to look at its set-up check.",
        operator=operator,
    )
