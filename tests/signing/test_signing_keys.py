"""Signing material in app settings: the accepted forms, and the message for each mistake."""

from __future__ import annotations

import base64
import textwrap
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from bridge.base.http_client import Client, Deadline
from bridge.signing.errors import KeyMaterialError
from bridge.signing.signing_keys import SigningKey, load_certificate, load_signing_key
from tests.support import keys
from tests.support.cases import for_each
from tests.support.raised import raised

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
PASSWORD = 'not-so-s3cret & "quoted"'


def certify(key: keys.Key, *, days: float = 365, start: datetime = NOW - timedelta(days=1)) -> x509.Certificate:
    return keys.certify(key, start=start, end=NOW + timedelta(days=days))


KEY, OTHER_KEY = keys.rsa_key("workday"), keys.rsa_key("other")
CERTIFICATE, OTHER_CERTIFICATE = certify(KEY), certify(OTHER_KEY)
ENCRYPTED = BestAvailableEncryption(PASSWORD.encode())


def pem(
    *parts: keys.Key | x509.Certificate,
    encryption: KeySerializationEncryption | None = None,
    form: PrivateFormat = PrivateFormat.PKCS8,
) -> str:
    return "".join(
        (
            part.public_bytes(Encoding.PEM)
            if isinstance(part, x509.Certificate)
            else part.private_bytes(Encoding.PEM, form, encryption or NoEncryption())
        ).decode()
        for part in parts
    )


def pfx(
    key: rsa.RSAPrivateKey | None = KEY,
    certificate: x509.Certificate | None = CERTIFICATE,
    *,
    chain: list[x509.Certificate] | None = None,
    encryption: KeySerializationEncryption | None = None,
) -> str:
    raw = pkcs12.serialize_key_and_certificates(b"name", key, certificate, chain, encryption or NoEncryption())
    return base64.b64encode(raw).decode()


def load(text: str, password: str | None = None) -> SigningKey:
    return load_signing_key(text, password=password)


# name → text of the setting, password
ACCEPTED: dict[str, tuple[str, str | None]] = {
    "PEM, key first": (pem(KEY, CERTIFICATE), None),
    "PEM, certificate first": (pem(CERTIFICATE, KEY), None),
    "PEM, PKCS#1 key": (pem(KEY, CERTIFICATE, form=PrivateFormat.TraditionalOpenSSL), None),
    "PEM with literal backslash-n, as in app settings": (pem(KEY, CERTIFICATE).replace("\n", "\\n"), None),
    "PEM with Windows line ends": (pem(KEY, CERTIFICATE).replace("\n", "\r\n"), None),
    "PEM pasted into one line with spaces": (pem(KEY, CERTIFICATE).replace("\n", " "), None),
    "PEM with its chain around it": (pem(OTHER_CERTIFICATE, KEY, CERTIFICATE), None),
    "PEM with remarks between the blocks": ("Bag Attributes\n  friendlyName: x\n" + pem(KEY, CERTIFICATE), None),
    "PEM with an encrypted key": (pem(KEY, CERTIFICATE, encryption=ENCRYPTED), PASSWORD),
    "PFX": (pfx(encryption=ENCRYPTED), PASSWORD),
    "PFX without password, as from Key Vault": (pfx(), None),
    "PFX in lines": (textwrap.fill(pfx(), 76), None),
    "PFX with its chain": (pfx(chain=[OTHER_CERTIFICATE]), None),
}


@for_each(ACCEPTED)
def test_all_common_forms_are_accepted(text: str, password: str | None) -> None:
    loaded = load(text, password)
    assert loaded.certificate == CERTIFICATE
    assert loaded.thumbprint == CERTIFICATE.fingerprint(hashes.SHA256()).hex()
    signature = loaded.signer(Client(), Deadline(1)).sign(b"data", padding.PKCS1v15(), hashes.SHA256())
    KEY.public_key().verify(signature, b"data", padding.PKCS1v15(), hashes.SHA256())


SMALL = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505
CURVE = ec.generate_private_key(ec.SECP256R1())
LEGACY = (
    "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"
)

# name → text of the setting, password, a part of the message
REFUSED: dict[str, tuple[str, str | None, str]] = {
    "empty": (" \n", None, "is empty"),
    "unresolved reference": ("@Microsoft.KeyVault(VaultName=kv;SecretName=s)", None, "Azure did not resolve"),
    "far too long": ("A" * 70_000, None, "longer than"),
    "neither form": ("C:\\keys\\workday.pfx", None, "neither PEM nor Base64"),
    "not ASCII": ("schlüssel", None, "neither PEM nor Base64"),
    "Base64 of something else": (base64.b64encode(b"hello").decode(), None, "not a PFX file that this"),
    "PFX, wrong password": (pfx(encryption=ENCRYPTED), "guess", "not a PFX file that this"),
    "PFX, password missing": (pfx(encryption=ENCRYPTED), None, "not a PFX file that this"),
    "PFX, password that is no text": (pfx(encryption=ENCRYPTED), "\ud800", "not a PFX file that this"),
    "PFX without key": (pfx(None, None, chain=[CERTIFICATE]), None, "holds no private key"),
    "PFX without certificate": (pfx(KEY, None), None, "holds no certificate"),
    "PEM without key": (pem(CERTIFICATE), None, "holds 0 private keys"),
    "PEM with two keys": (pem(KEY, OTHER_KEY, CERTIFICATE), None, "holds 2 private keys"),
    "PEM without certificate": (pem(KEY), None, "holds no certificate"),
    "PEM, another key's certificate": (pem(KEY, OTHER_CERTIFICATE), None, "holds no certificate of its private key"),
    "PEM, encrypted, no password": (pem(KEY, CERTIFICATE, encryption=ENCRYPTED), None, "an encrypted private key"),
    "PEM, encrypted, wrong password": (pem(KEY, CERTIFICATE, encryption=ENCRYPTED), "guess", "cannot be read"),
    "PEM, old encryption": (LEGACY + pem(CERTIFICATE), None, "old encrypted PEM form"),
    "PEM, key with a line missing": (pem(KEY, CERTIFICATE).replace(pem(KEY)[93:158], ""), None, "cannot be read"),
    "PEM, key block with other bytes": (pem(CERTIFICATE).replace("CERTIFICATE", "PRIVATE KEY"), None, "cannot be read"),
    "elliptic curve": (pem(CURVE, certify(CURVE)), None, "is not RSA"),
    "1024 bits": (pem(SMALL, certify(SMALL)), None, "1024 bits"),
}


@for_each(REFUSED)
def test_each_mistake_is_named_with_its_fix_and_without_the_material(
    text: str, password: str | None, problem: str
) -> None:
    error = raised(KeyMaterialError, load, text, password)
    assert problem in error.problem
    assert len(error.fix) > 10
    assert not any(line in str(error) for line in text.split() if len(line) > 20 and not line.startswith("@"))
    assert password is None or password not in str(error)
    assert error.__cause__ is None


@for_each([31, 1])
def test_the_days_that_are_left_are_counted(days: int) -> None:
    assert load(pem(KEY, certify(KEY, days=days))).days_left(NOW) == days


def test_dates_are_validated_when_a_key_is_used_and_not_when_it_is_loaded() -> None:
    expired = load(pem(KEY, certify(KEY, days=-0.5)))
    early = load(pem(KEY, certify(KEY, start=NOW + timedelta(days=1))))
    assert expired.date_problem(NOW.timestamp()) == "expired on 2026-06-01"
    assert early.date_problem(NOW.timestamp()) == "is not valid before 2026-06-02 12:00 UTC"
    assert load(pem(KEY, CERTIFICATE)).date_problem(NOW.timestamp()) is None


def test_the_repr_shows_no_key() -> None:
    assert "PrivateKey" not in repr(load(pem(KEY, CERTIFICATE)))


DER = base64.b64encode(CERTIFICATE.public_bytes(Encoding.DER)).decode()


@for_each({"PEM": pem(CERTIFICATE), "DER": DER, "backslash-n": pem(CERTIFICATE).replace("\n", "\\n")})
def test_a_certificate_alone_is_accepted_beside_a_key_in_a_vault(text: str) -> None:
    assert load_certificate(text) == CERTIFICATE


@for_each({"two": pem(CERTIFICATE, OTHER_CERTIFICATE), "a key": pem(KEY), "bytes": "AAAA", "no Base64": "%"})
def test_anything_but_one_certificate_is_refused(text: str) -> None:
    raised(KeyMaterialError, load_certificate, text)
