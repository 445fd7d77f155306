"""May an assertion of Entra's be used for this caller at this system?

Its signature is the system's to verify (the bridge has it from Entra over TLS). The bridge makes sure that it is
signed at all, for the right audience, and about nobody but the caller.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode

from lxml import etree

from bridge.base.xml_reader import NotXml, parse_xml
from bridge.credentials.assertion import DSIG, SAML
from bridge.errors import Misconfigured
from bridge.inbound import Caller

OBJECT_ID = "http://schemas.microsoft.com/identity/claims/objectidentifier"
TENANT_ID = "http://schemas.microsoft.com/identity/claims/tenantid"
MAX_LENGTH = 262_144


def check(encoded: str, caller: Caller, audience: str) -> bytes:
    """The XML of an assertion that may be used. Raises `Misconfigured` with what is wrong with it."""
    xml = _decode(encoded)
    root = _parse(xml)
    if root.tag == f"{{{SAML}}}EncryptedAssertion":
        raise _refused("it is encrypted", "Turn SAML token encryption off for the target's enterprise application.")
    if root.tag != f"{{{SAML}}}Assertion":
        raise _refused("it is not a SAML 2.0 assertion", "Look at what the target's enterprise application issues.")
    if not _is_signed(root):
        raise _refused("it is not signed", "Set its Signing Option to 'Sign SAML response and assertion'.")
    audiences = [
        _text(element) for element in root.iterfind(f"{{{SAML}}}Conditions/{{*}}AudienceRestriction/{{*}}Audience")
    ]
    if audiences != [audience]:
        raise _refused(
            "its audience is not the system's",
            f"The system expects {audience!r}: compare the Identifier (Entity ID) of the enterprise application, "
            "RESOURCE_SCOPE and SAML__AUDIENCE.",
        )
    if _attribute(root, OBJECT_ID) != caller.object_id or _attribute(root, TENANT_ID) != caller.tenant_id:
        raise _refused(
            "it is not about the caller",
            "The enterprise application has to send the attributes objectidentifier and tenantid unchanged.",
        )
    return xml


def _decode(encoded: str) -> bytes:
    bare = encoded.rstrip("=")
    if len(bare) > MAX_LENGTH:
        raise _refused("it is too large", "Reduce the attributes and groups that the enterprise application sends.")
    try:
        return urlsafe_b64decode(bare.encode("ascii") + b"=" * (-len(bare) % 4))
    except (ValueError, binascii.Error):
        raise _refused("it is not base64url", "Try again; if it stays so, report it.") from None


def _parse(xml: bytes) -> etree._Element:
    """With its comments: they are why a text is not trusted that has anything beside it."""
    try:
        return parse_xml(xml, comments=True)
    except NotXml as error:
        raise _refused(f"it is {error}", "Look at what the target's enterprise application issues.") from None


def _is_signed(root: etree._Element) -> bool:
    """One signature, a child of the assertion, over the assertion itself."""
    signatures = list(root.iter(f"{{{DSIG}}}Signature"))
    references = list(root.iterfind(f"{{{DSIG}}}Signature/{{{DSIG}}}SignedInfo/{{{DSIG}}}Reference"))
    return len(signatures) == len(references) == 1 and references[0].get("URI") == f"#{root.get('ID')}"


def _attribute(root: etree._Element, name: str) -> str | None:
    """The attribute's value if there is exactly one."""
    values = [
        _text(value)
        for attribute in root.iterfind(f"{{{SAML}}}AttributeStatement/{{{SAML}}}Attribute")
        if attribute.get("Name") == name
        for value in attribute.iterfind(f"{{{SAML}}}AttributeValue")
    ]
    return values[0] if len(values) == 1 else None


def _text(element: etree._Element) -> str | None:
    """The element's text if there is nothing else in it: readers disagree on text around a comment."""
    return None if len(element) else element.text


def _refused(what: str, fix: str) -> Misconfigured:
    return Misconfigured(
        f"The assertion that Entra issued can't be used: {what}.",
        hint=fix,
        operator=f"Entra's assertion was refused: {what}. {fix}",
    )
