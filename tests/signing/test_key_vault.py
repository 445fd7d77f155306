"""A key that never leaves its vault, against Key Vault's documented protocol."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml.algorithms import SignatureMethod
from signxml.signer import XMLSigner
from signxml.verifier import XMLVerifier

from bridge.base.http_client import Deadline
from bridge.credentials.assertion import AssertionIssuer
from bridge.errors import Misconfigured, TryLater
from bridge.settings import load
from bridge.signing.errors import KeyMaterialError
from bridge.signing.key_vault import FAILURE_SECONDS, BoundVaultKey, VaultKey
from bridge.signing.signing_keys import load_signing_key
from sandbox.workday.assertions import IdentityProvider, Verifier
from tests.signing.stand_ins import CLIENT_ID, Clock, IdentityEndpoint, Vault
from tests.support.catalog import CATALOG
from tests.support.env import env

Certify = Callable[[rsa.RSAPrivateKey], x509.Certificate]
KEY_ID = "https://kv-contoso.vault.azure.net/keys/workday-signing/0123456789abcdef0123456789abcdef"


@pytest.fixture
def certificate(private_key: rsa.RSAPrivateKey, certify: Certify) -> x509.Certificate:
    return certify(private_key)


@pytest.fixture
def key(vault: Vault, identity: IdentityEndpoint, certificate: x509.Certificate) -> BoundVaultKey:
    return VaultKey(vault.key_id, certificate, CLIENT_ID).within(vault.client, Deadline(10))


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure is one caller's alone."""
    monkeypatch.setattr("bridge.signing.key_vault.FAILURE_SECONDS", 0)
    monkeypatch.setattr("bridge.signing.managed_identity.FAILURE_SECONDS", 0)


def signed(key: BoundVaultKey, data: bytes = b"data") -> bytes:
    return key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def test_signs_what_the_certificate_verifies(key: BoundVaultKey, certificate: x509.Certificate) -> None:
    public_key = certificate.public_key()
    assert isinstance(public_key, rsa.RSAPublicKey)
    public_key.verify(signed(key), b"data", padding.PKCS1v15(), hashes.SHA256())


def test_signxml_takes_it_as_it_is(key: BoundVaultKey, certificate: x509.Certificate) -> None:
    root = etree.fromstring("<a ID='_1'/>")
    rsa_key = cast("rsa.RSAPrivateKey", key)
    xml = XMLSigner(signature_algorithm=SignatureMethod.RSA_SHA256).sign(root, key=rsa_key, cert=[certificate])
    pem = certificate.public_bytes(Encoding.PEM).decode()
    XMLVerifier().verify(xml, x509_cert=pem)


def test_the_system_takes_an_assertion_that_the_vault_signed(key: BoundVaultKey, certificate: x509.Certificate) -> None:
    pem = certificate.public_bytes(Encoding.PEM).decode()
    saml = load(env(), CATALOG).systems["workday"].saml
    assert saml is not None
    signing = load_signing_key(pem, key_vault_key_id=KEY_ID)
    row = IdentityProvider(issuer=saml.issuer, certificates=(pem,), recipient_checked=True)
    issuer = AssertionIssuer(replace(saml, key=signing))
    assertion = issuer.issue("adele.vance@contoso.example", {}, cast("rsa.RSAPrivateKey", key))
    grant = Verifier((row,), audience=saml.audience).verify(assertion.xml, token_url=saml.recipient)
    assert grant.name_id == "adele.vance@contoso.example"


def test_the_token_is_the_vaults_and_the_identitys(key: BoundVaultKey, identity: IdentityEndpoint) -> None:
    signed(key)
    [request] = identity.requests
    assert (request.query["resource"], request.query["client_id"]) == ("https://vault.azure.net", CLIENT_ID)


def test_one_call_a_signature(key: BoundVaultKey, vault: Vault, identity: IdentityEndpoint) -> None:
    signed(key)
    before = len(vault.requests)
    for _ in range(5):
        signed(key)
    assert (len(vault.requests) - before, vault.signatures(), len(identity.requests)) == (5, 6, 1)


def test_many_threads_at_a_cold_start(key: BoundVaultKey, identity: IdentityEndpoint) -> None:
    with ThreadPoolExecutor(16) as threads:
        signatures = list(threads.map(lambda n: signed(key, b"%d" % n), range(48)))
    assert len(set(signatures)) == 48
    assert len(identity.requests) == 1


def test_the_vaults_token_is_renewed(
    key: BoundVaultKey, vault: Vault, identity: IdentityEndpoint, clock: Clock
) -> None:
    signed(key)
    clock.advance(86_400)
    signed(key)
    assert len(identity.requests) == 2
    assert vault.requests[-1].headers["authorization"].startswith("Bearer token-2-")


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [(429, {"Retry-After": "7"}, 7), (429, {}, 10), (503, {"Retry-After": "86400"}, 300), (500, {}, 10)],
    ids=["throttled", "throttled without a time", "outage asking for a day", "error"],
)
def test_passing_trouble_is_try_later(
    key: BoundVaultKey, vault: Vault, status: int, headers: dict[str, str], wait: int
) -> None:
    signed(key)
    before = len(vault.requests)
    vault.fail(status, headers=headers, times=5)
    with pytest.raises(TryLater) as caught:
        signed(key)
    assert (caught.value.code, caught.value.retry_after) == ("signing_unavailable", wait)
    assert len(vault.requests) - before == 1, "each signature of the vault is one that is asked for"


@pytest.mark.usefixtures("forgetful")
def test_an_outage_is_try_later_and_then_over(key: BoundVaultKey, vault: Vault) -> None:
    vault.drop(times=20)
    with pytest.raises(TryLater):
        signed(key)
    vault.recover()
    assert signed(key)


def test_a_failure_is_shared_for_some_seconds(
    key: BoundVaultKey, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault.fail(503)
    for _ in range(5):
        with pytest.raises(TryLater):
            signed(key)
    assert vault.signatures() == 1
    later = time.monotonic() + FAILURE_SECONDS + 1
    monkeypatch.setattr("bridge.signing.key_vault.time.monotonic", lambda: later)
    assert signed(key)


def test_a_vault_that_hangs_costs_each_of_many_callers_no_more_than_the_deadline(
    certificate: x509.Certificate, vault: Vault, identity: IdentityEndpoint
) -> None:
    key, client = VaultKey(vault.key_id, certificate, CLIENT_ID), vault.client
    signed(key.within(client, Deadline(10)))
    vault.hang()

    def waited(_: int) -> float:
        start = time.monotonic()
        with pytest.raises(TryLater):
            signed(key.within(client, Deadline(0.5)))
        return time.monotonic() - start

    with ThreadPoolExecutor(8) as threads:
        assert max(threads.map(waited, range(8))) < 2


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"value": 7}', b'{"value": "A"}'])
def test_a_response_that_is_no_signature_is_try_later(key: BoundVaultKey, vault: Vault, body: bytes) -> None:
    vault.fail(200, body=body)
    with pytest.raises((TryLater, Misconfigured)):
        signed(key)


def test_without_a_token_it_is_the_identitys_trouble(key: BoundVaultKey, identity: IdentityEndpoint) -> None:
    identity.fail(503, times=5)
    with pytest.raises(TryLater, match="own token"):
        signed(key)


@pytest.mark.parametrize(
    ("status", "fix"),
    [(403, "Key Vault Crypto User"), (404, "KEY_VAULT_KEY_ID"), (400, "enabled, RSA"), (409, "enabled, RSA")],
)
def test_what_only_the_operator_can_fix(key: BoundVaultKey, vault: Vault, status: int, fix: str) -> None:
    signed(key)
    vault.fail(status, body=b'{"error": {"code": "Forbidden", "message": "Caller: appid=123;oid=456"}}')
    with pytest.raises(Misconfigured) as caught:
        signed(key)
    assert fix in (caught.value.operator or "")
    assert "456" not in f"{caught.value.operator}{caught.value.detail}"


def test_a_vault_that_goes_on_refusing_the_token(key: BoundVaultKey, vault: Vault) -> None:
    signed(key)
    vault.fail(401, times=5)
    with pytest.raises(Misconfigured, match="cannot sign"):
        signed(key)


def test_a_key_that_is_not_the_certificates_is_found_before_anything_is_sent(
    vault: Vault, identity: IdentityEndpoint, certify: Certify
) -> None:
    other = certify(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    with pytest.raises(Misconfigured) as caught:
        signed(VaultKey(vault.key_id, other, CLIENT_ID).within(vault.client, Deadline(10)))
    assert "same version" in (caught.value.operator or "")


def test_loading_asks_nobody(certificate: x509.Certificate) -> None:
    pem = certificate.public_bytes(Encoding.PEM).decode()
    loaded = load_signing_key(pem, key_vault_key_id=KEY_ID, managed_identity_client_id=CLIENT_ID)
    assert isinstance(loaded.key, VaultKey)
    assert loaded.certificate == certificate


@pytest.mark.parametrize(
    "key_id",
    [
        KEY_ID.removesuffix("/0123456789abcdef0123456789abcdef"),
        KEY_ID.replace("https://", "http://"),
        KEY_ID.replace(".vault.azure.net", ".vault.azure.net.evil.example"),
        KEY_ID.replace("kv-contoso.vault.azure.net", "evil.example/kv.vault.azure.net"),
        KEY_ID.replace("kv-contoso", "user@kv-contoso"),
        KEY_ID.replace("/keys/", "/secrets/"),
        KEY_ID + "\n",
        KEY_ID + "?x=1",
    ],
    ids=["no version", "http", "foreign host", "host in the path", "user", "a secret", "line break", "query"],
)
def test_only_one_version_of_a_vaults_key_is_a_key_id(certificate: x509.Certificate, key_id: str) -> None:
    pem = certificate.public_bytes(Encoding.PEM).decode()
    with pytest.raises(KeyMaterialError, match="identifier of one version"):
        load_signing_key(pem, key_vault_key_id=key_id)
