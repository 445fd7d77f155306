"""Replacing a signing key as docs/operations.md describes it: at each step the system accepts what the bridge signs.

The pairs are made by `bridge keys new`; the judge is the sandbox's Workday, which verifies with the xmlsec C library.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from bridge.credentials.assertion import AssertionIssuer
from bridge.signing.signing_keys import SigningKey, load_signing_key
from sandbox.workday.assertions import IdentityProvider, Refused, Verifier
from tests.credentials.support import local_key
from tests.support.settings import workday_saml
from tools.cli.keys import new_pair


@cache
def key(name: str) -> SigningKey:
    return load_signing_key(new_pair(f"workday {name}", days=30))


def accepted(*, signs: str, trusted: tuple[str, ...]) -> bool:
    """Whether a Workday that trusts these certificates accepts an assertion signed with that key."""
    saml = replace(workday_saml(), key=key(signs))
    pems = tuple(key(name).certificate.public_bytes(Encoding.PEM).decode() for name in trusted)
    row = IdentityProvider(issuer=saml.issuer, certificates=pems, recipient_checked=True)
    assertion = AssertionIssuer(saml).issue("adele.vance@contoso.example", {}, local_key(saml))
    try:
        grant = Verifier((row,), audience=saml.audience).verify(assertion.xml, token_url=saml.recipient)
    except Refused:
        return False
    return grant.name_id == "adele.vance@contoso.example"


# step → the key that signs, the certificates that the system trusts, whether the system accepts the assertion
PROCEDURE = {
    "before": ("old", ("old",), True),
    "the system trusts both": ("old", ("old", "new"), True),
    "the bridge signs with the new one": ("new", ("old", "new"), True),
    "the old one is removed": ("new", ("new",), True),
    "afterwards the old key opens nothing": ("old", ("new",), False),
    "the bridge changed first": ("new", ("old",), False),
}


@pytest.mark.parametrize(("signs", "trusted", "expected"), PROCEDURE.values(), ids=PROCEDURE)
def test_the_system_accepts_an_assertion_at_each_step_and_never_with_the_wrong_key(
    signs: str, trusted: tuple[str, ...], expected: bool
) -> None:
    assert accepted(signs=signs, trusted=trusted) is expected
