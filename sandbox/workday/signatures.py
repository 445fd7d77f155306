"""The enveloped signature of a SAML assertion: first its form, then its value, verified by the xmlsec C library."""

import xmlsec
from lxml import etree

Element = etree._Element

DS = "http://www.w3.org/2000/09/xmldsig#"
NS = {"ds": DS}
EXCLUSIVE_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = f"{DS}enveloped-signature"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"

_ALGORITHMS = {
    "ds:SignedInfo/ds:CanonicalizationMethod": [EXCLUSIVE_C14N],
    "ds:SignedInfo/ds:SignatureMethod": [RSA_SHA256],
    "ds:SignedInfo/ds:Reference/ds:DigestMethod": [SHA256],
    "ds:SignedInfo/ds:Reference/ds:Transforms/ds:Transform": [ENVELOPED, EXCLUSIVE_C14N],
}


class Bad(Exception):
    """The signature is missing, of another form, or wrong."""


def verify(assertion: Element, certificates: tuple[str, ...]) -> None:
    """Accept only a signature over the whole assertion by a key of these PEM certificates; KeyInfo is ignored."""
    signature = _only_signature(assertion)
    _check_form(signature, assertion.get("ID", ""))
    if not any(_is_signed_by(certificate, signature, assertion) for certificate in certificates):
        raise Bad("The signature does not match the content and the certificate registered for the issuer.")


def _only_signature(assertion: Element) -> Element:
    found = list(assertion.iter(f"{{{DS}}}Signature"))
    if not found:
        raise Bad("The assertion is not signed.")
    # The schema allows no other place; wrapping attacks put signatures elsewhere.
    if len(found) != 1 or len(assertion) < 2 or assertion[1] is not found[0]:
        raise Bad("There must be one signature, right after Issuer.")
    return found[0]


def _check_form(signature: Element, assertion_id: str) -> None:
    references = signature.findall("ds:SignedInfo/ds:Reference", NS)
    if [reference.get("URI") for reference in references] != [f"#{assertion_id}"]:
        raise Bad("The signature must cover the Assertion, by its ID, and nothing else.")
    if signature.find("ds:Object", NS) is not None:
        raise Bad("The signature must not hold objects.")
    for path, expected in _ALGORITHMS.items():
        used = [node.get("Algorithm") for node in signature.findall(path, NS)]
        if used != expected:
            raise Bad(f"{path.rpartition(':')[2]} must be {expected}, not {used}.")


def _is_signed_by(certificate: str, signature: Element, assertion: Element) -> bool:
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(certificate, xmlsec.constants.KeyDataFormatCertPem)
    context.register_id(assertion, "ID")
    try:
        context.verify(signature)
    except xmlsec.Error:
        return False
    return True
