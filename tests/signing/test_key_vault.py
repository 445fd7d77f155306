"""Signing with a key in Key Vault, by its documented protocol: the key never leaves the vault."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import cast

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree
from signxml.algorithms import SignatureMethod
from signxml.signer import XMLSigner
from signxml.verifier import XMLVerifier

from bridge.base.http_client import Deadline
from bridge.credentials.assertion import AssertionIssuer
from bridge.errors import Misconfigured, TryLater
from bridge.signing.errors import KeyMaterialError
from bridge.signing.key_vault import FAILURE_SECONDS, BoundVaultKey, VaultKey
from bridge.signing.signing_keys import load_signing_key
from sandbox.workday.assertions import IdentityProvider, Verifier
from tests.signing.stand_ins import CLIENT_ID, Clock, IdentityEndpoint, Vault
from tests.support.cases import for_each
from tests.support.keys import certificate, certificate_pem, rsa_key
from tests.support.raised import raised
from tests.support.settings import workday_saml

CERTIFICATE, PEM = certificate("vault"), certificate_pem("vault")
KEY_ID = "https://kv-contoso.vault.azure.net/keys/workday-signing/0123456789abcdef0123456789abcdef"


@pytest.fixture
def key(vault: Vault, identity: IdentityEndpoint) -> BoundVaultKey:
    return VaultKey(vault.key_id, CERTIFICATE, CLIENT_ID).within(vault.client, Deadline(10))


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure is one caller's alone."""
    monkeypatch.setattr("bridge.signing.key_vault.FAILURE_SECONDS", 0)
    monkeypatch.setattr("bridge.signing.managed_identity.FAILURE_SECONDS", 0)


def signed(key: BoundVaultKey, data: bytes = b"data") -> bytes:
    return key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def test_the_certificate_verifies_its_signatures(key: BoundVaultKey) -> None:
    rsa_key("vault").public_key().verify(signed(key), b"data", padding.PKCS1v15(), hashes.SHA256())


def test_signxml_accepts_it_as_a_private_key(key: BoundVaultKey) -> None:
    root, private_key = etree.fromstring("<a ID='_1'/>"), cast("rsa.RSAPrivateKey", key)
    xml = XMLSigner(signature_algorithm=SignatureMethod.RSA_SHA256).sign(root, key=private_key, cert=[CERTIFICATE])
    XMLVerifier().verify(xml, x509_cert=PEM)


def test_the_system_accepts_an_assertion_that_the_vault_signed(key: BoundVaultKey) -> None:
    saml = workday_saml()
    row = IdentityProvider(issuer=saml.issuer, certificates=(PEM,), recipient_checked=True)
    issuer = AssertionIssuer(replace(saml, key=load_signing_key(PEM, key_vault_key_id=KEY_ID)))
    assertion = issuer.issue("adele.vance@contoso.example", {}, cast("rsa.RSAPrivateKey", key))
    grant = Verifier((row,), audience=saml.audience).verify(assertion.xml, token_url=saml.recipient)
    assert grant.name_id == "adele.vance@contoso.example"


def test_the_token_is_the_vaults_and_the_identitys(key: BoundVaultKey, identity: IdentityEndpoint) -> None:
    signed(key)
    [request] = identity.requests
    assert (request.query["resource"], request.query["client_id"]) == ("https://vault.azure.net", CLIENT_ID)


def test_each_signature_is_one_call(key: BoundVaultKey, vault: Vault, identity: IdentityEndpoint) -> None:
    signed(key)
    before = len(vault.requests)
    for _ in range(5):
        signed(key)
    assert (len(vault.requests) - before, vault.signatures(), len(identity.requests)) == (5, 6, 1)


def test_many_threads_at_a_cold_start_fetch_one_token(key: BoundVaultKey, identity: IdentityEndpoint) -> None:
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
def test_throttling_and_outages_are_try_later(
    key: BoundVaultKey, vault: Vault, status: int, headers: dict[str, str], wait: int
) -> None:
    signed(key)
    before = len(vault.requests)
    vault.fail(status, headers=headers, times=5)
    error = raised(TryLater, signed, key)
    assert (error.code, error.retry_after) == ("signing_unavailable", wait)
    assert len(vault.requests) - before == 1, "the vault signs nothing that is not used"


@pytest.mark.usefixtures("forgetful")
def test_an_outage_is_try_later_and_then_over(key: BoundVaultKey, vault: Vault) -> None:
    vault.drop(times=20)
    raised(TryLater, signed, key)
    vault.recover()
    assert signed(key)


def test_a_failure_is_shared_for_some_seconds(
    key: BoundVaultKey, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault.fail(503)
    for _ in range(5):
        raised(TryLater, signed, key)
    assert vault.signatures() == 1
    later = time.monotonic() + FAILURE_SECONDS + 1
    monkeypatch.setattr("bridge.signing.key_vault.time.monotonic", lambda: later)
    assert signed(key)


def test_a_vault_that_hangs_costs_each_of_many_callers_no_more_than_the_deadline(
    vault: Vault, identity: IdentityEndpoint
) -> None:
    key, client = VaultKey(vault.key_id, CERTIFICATE, CLIENT_ID), vault.client
    signed(key.within(client, Deadline(10)))
    vault.hang()

    def waited(_: int) -> float:
        start = time.monotonic()
        raised(TryLater, signed, key.within(client, Deadline(0.5)))
        return time.monotonic() - start

    with ThreadPoolExecutor(8) as threads:
        assert max(threads.map(waited, range(8))) < 2


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"value": 7}', b'{"value": "A"}'])
def test_a_response_that_is_no_signature_is_try_later(key: BoundVaultKey, vault: Vault, body: bytes) -> None:
    vault.fail(200, body=body)
    raised(TryLater, signed, key)


def test_without_a_token_the_error_names_the_bridges_own_token(key: BoundVaultKey, identity: IdentityEndpoint) -> None:
    identity.fail(503, times=5)
    with pytest.raises(TryLater, match="own token"):
        signed(key)


@pytest.mark.parametrize(
    ("status", "fix"),
    [(403, "Key Vault Crypto User"), (404, "KEY_VAULT_KEY_ID"), (400, "enabled, RSA"), (409, "enabled, RSA")],
)
def test_a_refusal_of_the_vault_names_the_operators_fix(
    key: BoundVaultKey, vault: Vault, status: int, fix: str
) -> None:
    signed(key)
    vault.fail(status, body=b'{"error": {"code": "Forbidden", "message": "Caller: appid=123;oid=456"}}')
    error = raised(Misconfigured, signed, key)
    assert fix in (error.operator or "")
    assert "456" not in f"{error.operator}{error.detail}"


def test_a_vault_that_refuses_each_token_is_misconfigured(key: BoundVaultKey, vault: Vault) -> None:
    signed(key)
    vault.fail(401, times=5)
    with pytest.raises(Misconfigured, match="cannot sign"):
        signed(key)


def test_a_key_that_is_not_the_certificates_is_found_before_anything_is_sent(
    vault: Vault, identity: IdentityEndpoint
) -> None:
    other = VaultKey(vault.key_id, certificate("another"), CLIENT_ID).within(vault.client, Deadline(10))
    assert "same version" in (raised(Misconfigured, signed, other).operator or "")


def test_loading_sends_nothing() -> None:
    loaded = load_signing_key(PEM, key_vault_key_id=KEY_ID, managed_identity_client_id=CLIENT_ID)
    assert isinstance(loaded.key, VaultKey)
    assert loaded.certificate == CERTIFICATE


@for_each(
    {
        "no version": KEY_ID.removesuffix("/0123456789abcdef0123456789abcdef"),
        "http": KEY_ID.replace("https://", "http://"),
        "foreign host": KEY_ID.replace(".vault.azure.net", ".vault.azure.net.evil.example"),
        "host in the path": KEY_ID.replace("kv-contoso.vault.azure.net", "evil.example/kv.vault.azure.net"),
        "user": KEY_ID.replace("kv-contoso", "user@kv-contoso"),
        "a secret": KEY_ID.replace("/keys/", "/secrets/"),
        "line break": KEY_ID + "\n",
        "query": KEY_ID + "?x=1",
    }
)
def test_only_one_version_of_a_vaults_key_is_a_key_id(key_id: str) -> None:
    with pytest.raises(KeyMaterialError, match="identifier of one version"):
        load_signing_key(PEM, key_vault_key_id=key_id)
