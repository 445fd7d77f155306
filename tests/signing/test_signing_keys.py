"""Signing material as app settings carry it: what is taken, and what each mistake is called."""

from __future__ import annotations

import base64
import textwrap
from datetime import UTC, datetime, timedelta

import pytest
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
from cryptography.x509.oid import NameOID

from bridge.base.http_client import Client, Deadline
from bridge.signing.errors import KeyMaterialError
from bridge.signing.signing_keys import SigningKey, load_certificate, load_signing_key

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
PASSWORD = 'not-so-s3cret & "quoted"'


def new_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def certify(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, *, days: float = 365, start: datetime = NOW - timedelta(days=1)
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "workday signing")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    return builder.not_valid_before(start).not_valid_after(NOW + timedelta(days=days)).sign(key, hashes.SHA256())


KEY, OTHER_KEY = new_key(), new_key()
CERTIFICATE, OTHER_CERTIFICATE = certify(KEY), certify(OTHER_KEY)
ENCRYPTED = BestAvailableEncryption(PASSWORD.encode())


def pem(
    *parts: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | x509.Certificate,
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


TAKEN: dict[str, tuple[str, str | None]] = {
    "PEM, key first": (pem(KEY, CERTIFICATE), None),
    "PEM, certificate first": (pem(CERTIFICATE, KEY), None),
    "PEM, PKCS#1 key": (pem(KEY, CERTIFICATE, form=PrivateFormat.TraditionalOpenSSL), None),
    "PEM with literal backslash-n, as app settings carry it": (pem(KEY, CERTIFICATE).replace("\n", "\\n"), None),
    "PEM with Windows line ends": (pem(KEY, CERTIFICATE).replace("\n", "\r\n"), None),
    "PEM pasted into one line with spaces": (pem(KEY, CERTIFICATE).replace("\n", " "), None),
    "PEM with its chain around it": (pem(OTHER_CERTIFICATE, KEY, CERTIFICATE), None),
    "PEM with remarks between the blocks": ("Bag Attributes\n  friendlyName: x\n" + pem(KEY, CERTIFICATE), None),
    "PEM with an encrypted key": (pem(KEY, CERTIFICATE, encryption=ENCRYPTED), PASSWORD),
    "PFX": (pfx(encryption=ENCRYPTED), PASSWORD),
    "PFX without password, as Key Vault gives it": (pfx(), None),
    "PFX in lines": (textwrap.fill(pfx(), 76), None),
    "PFX with its chain": (pfx(chain=[OTHER_CERTIFICATE]), None),
}


@pytest.mark.parametrize(("text", "password"), TAKEN.values(), ids=TAKEN)
def test_takes_what_people_have(text: str, password: str | None) -> None:
    loaded = load(text, password)
    assert loaded.certificate == CERTIFICATE
    assert loaded.thumbprint == CERTIFICATE.fingerprint(hashes.SHA256()).hex()
    signature = loaded.signer(Client(), Deadline(1)).sign(b"data", padding.PKCS1v15(), hashes.SHA256())
    KEY.public_key().verify(signature, b"data", padding.PKCS1v15(), hashes.SHA256())


SMALL, CURVE = new_key(1024), ec.generate_private_key(ec.SECP256R1())
LEGACY = (
    "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"
)

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


@pytest.mark.parametrize(("text", "password", "problem"), REFUSED.values(), ids=REFUSED)
def test_refuses_by_name_with_the_fix(text: str, password: str | None, problem: str) -> None:
    with pytest.raises(KeyMaterialError) as caught:
        load(text, password)
    assert problem in caught.value.problem
    assert len(caught.value.fix) > 10


@pytest.mark.parametrize(("text", "password", "problem"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_repeats_no_material(text: str, password: str | None, problem: str) -> None:
    with pytest.raises(KeyMaterialError) as caught:
        load(text, password)
    reported = str(caught.value)
    assert not any(line in reported for line in text.split() if len(line) > 20 and not line.startswith("@"))
    assert password is None or password not in reported
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("days", [31, 1])
def test_the_days_that_are_left_are_counted(days: int) -> None:
    assert load(pem(KEY, certify(KEY, days=days))).days_left(NOW) == days


def test_the_dates_are_a_matter_of_use_and_not_of_loading() -> None:
    expired = load(pem(KEY, certify(KEY, days=-0.5)))
    early = load(pem(KEY, certify(KEY, start=NOW + timedelta(days=1))))
    assert expired.date_problem(NOW.timestamp()) == "expired on 2026-06-01"
    assert early.date_problem(NOW.timestamp()) == "is not valid before 2026-06-02 12:00 UTC"
    assert load(pem(KEY, CERTIFICATE)).date_problem(NOW.timestamp()) is None


def test_the_repr_shows_no_key() -> None:
    assert "PrivateKey" not in repr(load(pem(KEY, CERTIFICATE)))


DER = base64.b64encode(CERTIFICATE.public_bytes(Encoding.DER)).decode()


@pytest.mark.parametrize("text", [pem(CERTIFICATE), DER, pem(CERTIFICATE).replace("\n", "\\n")])
def test_a_certificate_alone_goes_with_a_key_in_a_vault(text: str) -> None:
    assert load_certificate(text) == CERTIFICATE


@pytest.mark.parametrize("text", [pem(CERTIFICATE, OTHER_CERTIFICATE), pem(KEY), "AAAA", "%"])
def test_anything_but_one_certificate_is_refused(text: str) -> None:
    with pytest.raises(KeyMaterialError):
        load_certificate(text)
