"""A SAML 2.0 bearer assertion that the bridge signs for the caller (RFC 7522 section 3, SAML core 2.0)."""

from __future__ import annotations

import copy
import logging
import secrets
import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.signer import XMLSigner

from bridge.settings import SamlSettings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa

logging.getLogger("signxml").setLevel(logging.ERROR)  # at DEBUG it logs what it signs, with the user's name

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
SKEW_SECONDS = 120
"""How far NotBefore lies in the past, for systems whose clock is slow."""

TEMPLATE = f"""\
<saml:Assertion xmlns:saml="{SAML}" Version="2.0">\
<saml:Issuer/>\
<ds:Signature xmlns:ds="{DSIG}" Id="placeholder"/>\
<saml:Subject><saml:NameID/>\
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData/>\
</saml:SubjectConfirmation></saml:Subject>\
<saml:Conditions><saml:AudienceRestriction><saml:Audience/></saml:AudienceRestriction></saml:Conditions>\
<saml:AuthnStatement><saml:AuthnContext><saml:AuthnContextClassRef/></saml:AuthnContext></saml:AuthnStatement>\
</saml:Assertion>"""
"""The schema requires the signature right after Issuer. signxml replaces the placeholder by it."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """A signed assertion: used once, never kept."""

    id: str
    xml: bytes = field(repr=False)


class _Signer(XMLSigner):
    """signxml's own, without its two detours: together they take a third of the time."""

    def get_root(self, data: object) -> etree._Element:
        """A copy, where signxml writes the element out and parses it again: ours declares all its namespaces itself."""
        assert isinstance(data, etree._Element)  # noqa: S101 - for the type: only `issue` calls this
        return copy.copy(data)

    def _ds_tag(self, tag: str) -> str:
        """As a text, where signxml makes an object for each tag."""
        return f"{{{DSIG}}}{tag}"


class AssertionIssuer:
    """Issues assertions for one system. What never changes is prepared once. Safe for threads."""

    def __init__(self, saml: SamlSettings, *, clock: Callable[[], float] = time.time) -> None:
        self._saml = saml
        self._clock = clock
        self._key_info = _key_info(saml)
        self._prepared = _prepared(saml)
        self._constants = {name: (text,) for name, text in saml.constants.items()}
        # Exclusive c14n and RSA-SHA256: the one combination that every verifier accepts.
        self._signer = _Signer(
            method=SignatureConstructionMethod.enveloped,
            signature_algorithm=SignatureMethod.RSA_SHA256,
            digest_algorithm=DigestAlgorithm.SHA256,
            c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        )

    def issue(
        self,
        name_id: str,
        attributes: Mapping[str, Sequence[str]],
        key: rsa.RSAPrivateKey,
        *,
        signed_in_at: float | None = None,
        service: bool = False,
    ) -> Assertion:
        """An assertion for `name_id`, which `name_id.name_id` has allowed. `key`: see `SigningKey.signer`.

        AuthnInstant is `signed_in_at` (Unix time in seconds), or now, when the token was validated. With `service`
        there is no AuthnStatement, because no user has signed in (RFC 7522 section 3, item 7), and no attribute.
        """
        now = self._clock()
        issued_at, not_after = _instant(now), _instant(now + self._saml.lifetime_seconds)
        assertion_id = f"_{secrets.token_hex(20)}"
        root = copy.copy(self._prepared)
        _, _, subject, conditions, authn = root
        root.set("ID", assertion_id)
        root.set("IssueInstant", issued_at)
        subject[0].text = name_id
        subject[1][0].set("NotOnOrAfter", not_after)
        conditions.set("NotBefore", _instant(now - SKEW_SECONDS))
        conditions.set("NotOnOrAfter", not_after)
        if service:
            root.remove(authn)
        else:
            authn.set("AuthnInstant", issued_at if signed_in_at is None else _instant(min(signed_in_at, now)))
            authn.set("SessionIndex", assertion_id)
        if sent := {**self._constants, **attributes}:
            root.append(_statement(sent))
        signed = self._signer.sign(root, key=key, key_info=copy.copy(self._key_info))
        return Assertion(assertion_id, etree.tostring(signed))


def _prepared(saml: SamlSettings) -> etree._Element:
    root = etree.fromstring(TEMPLATE)
    issuer, _, subject, conditions, authn = root
    issuer.text = saml.issuer
    subject[0].set("Format", saml.name_id.format)
    if saml.name_qualifier:
        subject[0].set("NameQualifier", saml.name_qualifier)
    authn[0][0].text = saml.authn_context
    subject[1][0].set("Recipient", saml.recipient)
    conditions[0][0].text = saml.audience
    return root


def _statement(attributes: Mapping[str, Sequence[str]]) -> etree._Element:
    statement = etree.Element(f"{{{SAML}}}AttributeStatement")
    for name, values in attributes.items():
        attribute = etree.SubElement(statement, f"{{{SAML}}}Attribute", Name=name)
        for value in values:
            etree.SubElement(attribute, f"{{{SAML}}}AttributeValue").text = value
    return statement


def _key_info(saml: SamlSettings) -> etree._Element:
    key_info = etree.Element(f"{{{DSIG}}}KeyInfo", nsmap={"ds": DSIG})
    data = etree.SubElement(key_info, f"{{{DSIG}}}X509Data")
    certificate = saml.key.certificate.public_bytes(Encoding.DER)
    etree.SubElement(data, f"{{{DSIG}}}X509Certificate").text = b64encode(certificate).decode()
    return key_info


def _instant(seconds: float) -> str:
    """xs:dateTime in UTC, whole seconds (SAML core 2.0 section 1.3.3)."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
