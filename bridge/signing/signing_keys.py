"""An RSA private key with its certificate, from PEM or PFX text in an app setting."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, cast

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from bridge.signing.errors import KeyMaterialError

if TYPE_CHECKING:
    from bridge.base.http_client import Client, Deadline
    from bridge.signing.key_vault import VaultKey

MIN_KEY_BITS = 2048
MAX_TEXT = 65_536
UNRESOLVED_REFERENCE = "@Microsoft.KeyVault("

_PEM_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)
_NEW_PAIR = "Make a new pair with `python -m tools keys new` and let the system trust its certificate"
_EXPECTED = "Give one PEM text with private key and certificate, or a PFX file in Base64"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and the certificate that belongs to it. `thumbprint`: SHA-256 of the certificate, hex.

    `key` is in the memory of this process, or in its vault.
    """

    key: rsa.RSAPrivateKey | VaultKey = field(repr=False)
    certificate: x509.Certificate
    thumbprint: str

    @property
    def public_numbers(self) -> object:
        """Identifies the key, whatever certificates it has."""
        public_key = self.certificate.public_key()
        return public_key.public_numbers() if isinstance(public_key, rsa.RSAPublicKey) else self.thumbprint

    def days_left(self, now: datetime) -> int:
        """Whole days until the certificate expires; negative once it has."""
        return (self.certificate.not_valid_after_utc - now).days

    def date_problem(self, now: float) -> str | None:
        """Why the certificate is not valid at `now` (Unix time in seconds), to continue its setting's name.

        Checked whenever the key is used, not when settings load: one expired certificate stops its own system only.
        """
        start, end = self.certificate.not_valid_before_utc, self.certificate.not_valid_after_utc
        if now >= end.timestamp():
            return f"expired on {end:%Y-%m-%d}"
        return f"is not valid before {start:%Y-%m-%d %H:%M} UTC" if now < start.timestamp() else None

    def signer(self, client: Client, deadline: Deadline) -> rsa.RSAPrivateKey:
        """The object that signs during one request. A vault is called with `client`, within `deadline`.

        A vault's key has no method of a private key but `sign`; signxml needs no other.
        """
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key
        return cast("rsa.RSAPrivateKey", self.key.within(client, deadline))


def load_signing_key(
    text: str,
    *,
    password: str | None = None,
    key_vault_key_id: str | None = None,
    managed_identity_client_id: str | None = None,
) -> SigningKey:
    """Parse PEM (private key and certificate in one text) or PFX (Base64). Costs about 30 ms: do it once.

    `password` opens a PFX or an encrypted PEM key. With `key_vault_key_id` the text is the certificate alone and the
    key stays in its vault, where that managed identity may sign with it; nothing is fetched before the first
    signature. The dates are not checked: see `SigningKey.date_problem`. Raises `KeyMaterialError`.
    """
    _check_text(text)
    if key_vault_key_id is not None:
        from bridge.signing.key_vault import VaultKey

        certificate = load_certificate(text)
        return _joined(VaultKey(key_vault_key_id, certificate, managed_identity_client_id), certificate)
    key, certificates = _read_pem(text, password) if "-----BEGIN" in text else _read_pfx(text, password)
    return _joined(key, _matching(certificates, key.public_key()))


def load_certificate(text: str) -> x509.Certificate:
    """The one certificate in a text: PEM, or Base64 (DER), which is how Azure shows a vault's certificate."""
    ders = [der for label, der in _pem_blocks(text) if label == "CERTIFICATE"] or [_base64(text)]
    try:
        [der] = ders
        return x509.load_der_x509_certificate(der)
    except ValueError:
        raise KeyMaterialError("is not exactly one certificate", "Give it as PEM, or as Base64 (DER)") from None


def _joined(key: rsa.RSAPrivateKey | VaultKey, certificate: x509.Certificate) -> SigningKey:
    if key.key_size < MIN_KEY_BITS:
        raise KeyMaterialError(f"holds an RSA key of {key.key_size} bits; the minimum is {MIN_KEY_BITS}", _NEW_PAIR)
    return SigningKey(key, certificate, certificate.fingerprint(hashes.SHA256()).hex())


def _check_text(text: str) -> None:
    if not text.strip():
        raise KeyMaterialError("is empty", _EXPECTED)
    if text.lstrip().startswith(UNRESOLVED_REFERENCE):
        raise KeyMaterialError(
            "is a Key Vault reference that Azure did not resolve",
            "Look at its status in the portal, Settings > Environment variables. Usual causes: the identity lacks the "
            "role Key Vault Secrets User, the secret's name is wrong, or 'keyVaultReferenceIdentity' is not set",
        )
    if len(text) > MAX_TEXT:
        raise KeyMaterialError(f"is longer than {MAX_TEXT} characters", _EXPECTED)


def _read_pem(text: str, password: str | None) -> tuple[rsa.RSAPrivateKey, list[x509.Certificate]]:
    blocks = _pem_blocks(text)
    keys = [(label, der) for label, der in blocks if label.endswith("PRIVATE KEY")]
    if len(keys) != 1:
        raise KeyMaterialError(f"holds {len(keys)} private keys in its PEM text", _EXPECTED)
    [(label, der)] = keys
    key = _private_key(der, password if label.startswith("ENCRYPTED") else None)
    try:
        return key, [x509.load_der_x509_certificate(der) for label, der in blocks if label == "CERTIFICATE"]
    except ValueError:
        raise KeyMaterialError("holds a certificate that cannot be read", _EXPECTED) from None


def _private_key(der: bytes, password: str | None) -> rsa.RSAPrivateKey:
    try:
        key = serialization.load_der_private_key(der, password.encode() if password else None)
    except TypeError:
        raise KeyMaterialError("holds an encrypted private key", "Set its password") from None
    except (ValueError, UnsupportedAlgorithm):
        fix = "Check that the password is the one of this key" if password else _EXPECTED
        raise KeyMaterialError("holds a private key that cannot be read", fix) from None
    return _rsa(key)


def _pem_blocks(text: str) -> list[tuple[str, bytes]]:
    """(label, DER) of each block. Line breaks may be real, literal backslash-n (app settings) or gone (pasted text)."""
    blocks = []
    for label, body in _PEM_BLOCK.findall(text):
        if "Proc-Type" in body:
            raise KeyMaterialError(
                "holds a private key in the old encrypted PEM form", "Convert it: openssl pkcs8 -topk8 -in old.pem"
            )
        blocks.append((label, _base64(body.replace("\\r", "").replace("\\n", ""))))
    return blocks


def _read_pfx(text: str, password: str | None) -> tuple[rsa.RSAPrivateKey, list[x509.Certificate]]:
    der = _base64(text)
    try:
        bundle = pkcs12.load_pkcs12(der, password.encode() if password else None)
    except ValueError:
        raise KeyMaterialError(
            "is not a PFX file that this password opens",
            "Check the password, and that the text is the whole file in Base64",
        ) from None
    certificates = [entry.certificate for entry in (bundle.cert, *bundle.additional_certs) if entry]
    return _rsa(bundle.key), certificates


def _rsa(key: object) -> rsa.RSAPrivateKey:
    if key is None:
        raise KeyMaterialError("holds no private key", _EXPECTED)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise KeyMaterialError("holds a private key that is not RSA", f"Many systems take RSA only. {_NEW_PAIR}")
    return key


def _matching(certificates: list[x509.Certificate], public_key: rsa.RSAPublicKey) -> x509.Certificate:
    """The certificate of this key. The text may also hold other certificates of its chain."""
    for certificate in certificates:
        if certificate.public_key() == public_key:
            return certificate
    raise KeyMaterialError(f"holds no certificate{' of its private key' if certificates else ''}", _EXPECTED)


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise KeyMaterialError("is neither PEM nor Base64", _EXPECTED) from None
