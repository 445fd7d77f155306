"""The SAML assertion that on-behalf-of gives for `requested_token_type=…saml2` (Microsoft Learn, on-behalf-of flow).

It is signed with signxml; the sandbox's Workday verifies with the xmlsec C library, so that neither checks itself.
"""

import datetime
from typing import Any
from uuid import uuid4

from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureConstructionMethod, SignatureMethod
from signxml.signer import XMLSigner

from sandbox.ca import KeyPair
from sandbox.world import App, Person, World

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
DS = "http://www.w3.org/2000/09/xmldsig#"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
EMAIL_FORMAT = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"
MICROSOFT = "http://schemas.microsoft.com/identity/claims"
XMLSOAP = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"

LIFETIME = datetime.timedelta(hours=1)
SKEW = datetime.timedelta(minutes=5)

_NSMAP: dict[Any, str] = {None: SAML}


def assertion(world: World, person: Person, target: App, audience: str, signing: KeyPair) -> bytes:
    """A signed assertion about `person` for `target`, as UTF-8 XML.

    Recipient is the target's first reply URL. Conditions end after an hour and 5 minutes of skew, the subject
    confirmation after 5 minutes, whatever the policy says. NotBefore has no skew.
    """
    now = datetime.datetime.now(datetime.UTC)
    assertion_id = f"_{uuid4()}"
    root = _element(
        "Assertion",
        _element("Issuer", f"https://sts.windows.net/{world.tenant_id}/"),
        etree.Element(f"{{{DS}}}Signature", Id="placeholder", nsmap={"ds": DS}),
        _subject(person, target, now),
        _element(
            "Conditions",
            _element("AudienceRestriction", _element("Audience", audience)),
            NotBefore=_text(now),
            NotOnOrAfter=_text(now + LIFETIME + SKEW),
        ),
        _attributes(world, person),
        _element(
            "AuthnStatement",
            _element("AuthnContext", _element("AuthnContextClassRef", PASSWORD)),
            AuthnInstant=_text(now),
            SessionIndex=assertion_id,
        ),
        ID=assertion_id,
        IssueInstant=_text(now),
        Version="2.0",
    )
    return etree.tostring(_signed(root, signing), encoding="utf-8")


def _subject(person: Person, target: App, now: datetime.datetime) -> etree._Element:
    data = _element("SubjectConfirmationData", NotOnOrAfter=_text(now + SKEW), Recipient=target.reply_urls[0])
    return _element(
        "Subject",
        _element("NameID", person.upn, Format=EMAIL_FORMAT),
        _element("SubjectConfirmation", data, Method=BEARER),
    )


def _attributes(world: World, person: Person) -> etree._Element:
    values = {
        f"{MICROSOFT}/tenantid": world.tenant_id,
        f"{MICROSOFT}/objectidentifier": person.oid,
        f"{MICROSOFT}/displayname": person.display_name,
        f"{MICROSOFT}/identityprovider": f"https://sts.windows.net/{world.tenant_id}/",
        "http://schemas.microsoft.com/claims/authnmethodsreferences": PASSWORD,
        f"{XMLSOAP}/givenname": person.given_name,
        f"{XMLSOAP}/surname": person.family_name,
        f"{XMLSOAP}/emailaddress": person.upn,
        f"{XMLSOAP}/name": person.upn,
    }
    return _element(
        "AttributeStatement",
        *(_element("Attribute", _element("AttributeValue", value), Name=name) for name, value in values.items()),
    )


def _signed(root: etree._Element, signing: KeyPair) -> etree._Element:
    signer = XMLSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=SignatureMethod.RSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    signed: etree._Element = signer.sign(root, key=signing.key, cert=[signing.certificate])
    return signed


def _element(name: str, *content: etree._Element | str, **attributes: str) -> etree._Element:
    element = etree.Element(f"{{{SAML}}}{name}", attributes, nsmap=_NSMAP)
    for part in content:
        if isinstance(part, str):
            element.text = part
        else:
            element.append(part)
    return element


def _text(moment: datetime.datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
