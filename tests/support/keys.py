"""RSA keys and certificates, made once a run: a key costs more than most tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """The key called `name`."""
    assert name
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certify(key: Key, *, start: datetime, end: datetime, name: str = "test") -> x509.Certificate:
    """A self-signed certificate of the key."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number(), start, end)
    return builder.sign(key, hashes.SHA256())


def certificate(name: str, *, ends_in_days: float = 365) -> x509.Certificate:
    """A self-signed certificate of the key called `name`, valid since yesterday, or since a day before it ended."""
    return _certificate(name, ends_in_days)


@cache
def _certificate(name: str, ends_in_days: float) -> x509.Certificate:
    now = datetime.now(UTC)
    start, end = now + timedelta(days=min(0, ends_in_days) - 1), now + timedelta(days=ends_in_days)
    return certify(rsa_key(name), start=start, end=end, name=name)


def certificate_pem(name: str, *, ends_in_days: float = 365) -> str:
    """The certificate alone."""
    return certificate(name, ends_in_days=ends_in_days).public_bytes(serialization.Encoding.PEM).decode()


@cache
def pair_pem(name: str, *, ends_in_days: float = 365) -> str:
    """Private key and certificate as one PEM text, as the settings take it."""
    key = rsa_key(name).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return key.decode() + certificate_pem(name, ends_in_days=ends_in_days)
