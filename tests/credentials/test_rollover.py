"""Replacing a signing key as docs/operations.md tells it: the old one, both trusted, the new one; nobody is cut off.

The pairs come from `bridge keys new`; the judge is the sandbox's Workday, which verifies with the xmlsec C library.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from bridge.credentials.assertion import AssertionIssuer
from bridge.settings import SamlSettings, load
from bridge.signing.signing_keys import SigningKey, load_signing_key
from sandbox.workday.assertions import IdentityProvider, Refused, Verifier
from tests.credentials.support import local_key
from tests.support.catalog import CATALOG
from tests.support.env import env
from tools.cli.keys import new_pair


@cache
def key(name: str) -> SigningKey:
    return load_signing_key(new_pair(f"workday {name}", days=30))


def settings(name: str) -> SamlSettings:
    saml = load(env(), CATALOG).systems["workday"].saml
    assert saml is not None
    return replace(saml, key=key(name))


def accepted(*, signs: str, trusted: tuple[str, ...]) -> bool:
    """Whether a Workday that trusts these certificates takes an assertion signed with that key."""
    saml = settings(signs)
    pems = tuple(key(name).certificate.public_bytes(Encoding.PEM).decode() for name in trusted)
    row = IdentityProvider(issuer=saml.issuer, certificates=pems, recipient_checked=True)
    assertion = AssertionIssuer(saml).issue("adele.vance@contoso.example", {}, local_key(saml))
    try:
        grant = Verifier((row,), audience=saml.audience).verify(assertion.xml, token_url=saml.recipient)
    except Refused:
        return False
    return grant.name_id == "adele.vance@contoso.example"


PROCEDURE = {
    "before": ("old", ("old",)),
    "the system trusts both": ("old", ("old", "new")),
    "the bridge signs with the new one": ("new", ("old", "new")),
    "the old one is taken out": ("new", ("new",)),
}


@pytest.mark.parametrize(("signs", "trusted"), PROCEDURE.values(), ids=PROCEDURE)
def test_each_step_of_the_procedure_works(signs: str, trusted: tuple[str, ...]) -> None:
    assert accepted(signs=signs, trusted=trusted)


def test_switching_before_the_system_trusts_the_new_one_would_cut_everybody_off() -> None:
    assert not accepted(signs="new", trusted=("old",))


def test_afterwards_the_old_key_opens_nothing() -> None:
    assert not accepted(signs="old", trusted=("new",))


def test_the_log_tells_which_key_signed() -> None:
    assert key("old").thumbprint != key("new").thumbprint
