"""Checks whether an assertion of Entra's may be used for this caller at this system.

The system verifies the signature: docs/decisions/013-entra-assertion-not-verified.md. The bridge makes sure that the
assertion is signed, is for the right audience, has the caller as its subject, and has a form that the system accepts.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from lxml import etree

from bridge.base.xml_reader import NotXml, parse_xml
from bridge.credentials.assertion import DSIG, SAML
from bridge.errors import Misconfigured
from bridge.inbound import Caller
from bridge.tokens.display import plain

OBJECT_ID = "http://schemas.microsoft.com/identity/claims/objectidentifier"
TENANT_ID = "http://schemas.microsoft.com/identity/claims/tenantid"
MAX_LENGTH = 262_144
SKEW_SECONDS = 300
"""How far Entra's clock and ours may differ."""

_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}")
_APPLICATION = "Look at what the target's enterprise application issues."


@dataclass(frozen=True, slots=True)
class EntraAssertion:
    """An assertion that may be sent to the system, once. `recipient` is the Recipient that Entra wrote into it."""

    id: str
    xml: bytes = field(repr=False)
    name_id: str = field(repr=False)
    recipient: str
    certificate_thumbprint: str | None

    def recipient_note(self, token_url: str) -> str | None:
        """A note for the operator if the recipient is not the token endpoint. Not every system compares them."""
        if self.recipient == token_url:
            return None
        return (
            f"The assertion's Recipient is {plain(self.recipient) or 'missing'}, not TOKEN__URL: if the system "
            "compares them, make TOKEN__URL the first Reply URL of the enterprise application."
        )


def read_assertion(encoded: str, caller: Caller, audience: str, *, now: float) -> EntraAssertion:
    """The assertion in Entra's response, if it may be used. `now`: Unix time in seconds.

    Raises `Misconfigured` with what is wrong with it.
    """
    xml = _decode(encoded)
    root = _parse(xml)
    _check_form(root)
    _check_audience(root, audience)
    _check_times(root, now)
    _check_caller(root, caller)
    data = root.find(f"{{{SAML}}}Subject/{{{SAML}}}SubjectConfirmation/{{{SAML}}}SubjectConfirmationData")
    recipient = "" if data is None else data.get("Recipient", "")
    return EntraAssertion(root.get("ID", ""), xml, _name_id(root), recipient, _thumbprint(root))


def _check_form(root: etree._Element) -> None:
    if root.tag == f"{{{SAML}}}EncryptedAssertion":
        raise _refused("it is encrypted", "Turn SAML token encryption off for the target's enterprise application.")
    if root.tag != f"{{{SAML}}}Assertion":
        raise _refused("it is not a SAML 2.0 assertion", _APPLICATION)
    if not _ID.fullmatch(root.get("ID", "")):
        raise _refused("it has no ID", _APPLICATION)
    if not _is_signed(root):
        raise _refused("it is not signed", "Set its Signing Option to 'Sign SAML response and assertion'.")


def _check_audience(root: etree._Element, audience: str) -> None:
    found = [
        _text(element) for element in root.iterfind(f"{{{SAML}}}Conditions/{{*}}AudienceRestriction/{{*}}Audience")
    ]
    if found != [audience]:
        raise _refused(
            "its audience is not the system's",
            f"The system expects {audience!r}: compare the Identifier (Entity ID) of the enterprise application, "
            "RESOURCE_SCOPE and SAML__AUDIENCE.",
        )


def _check_times(root: etree._Element, now: float) -> None:
    """Entra has just issued it, so a wrong time means a wrong clock, most likely that of the bridge."""
    for conditions in root.iterfind(f"{{{SAML}}}Conditions"):
        starts, ends = _time(conditions, "NotBefore"), _time(conditions, "NotOnOrAfter")
        clock = f"The clock of the bridge says {datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%SZ}: compare it."
        if starts is not None and starts > now + SKEW_SECONDS:
            raise _refused("it is not valid yet", clock)
        if ends is not None and ends <= now - SKEW_SECONDS:
            raise _refused("it has expired", clock)


def _time(element: etree._Element, name: str) -> float | None:
    """Unix time in seconds of an xs:dateTime attribute; None if it is absent."""
    value = element.get(name)
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise _refused(f"its {name} is not a time", _APPLICATION) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _check_caller(root: etree._Element, caller: Caller) -> None:
    """Compare two immutable ids and the issuer, to which Entra can be configured to append the application's id."""
    issuer = _only_text(root, "Issuer") or ""
    if caller.tenant_id not in issuer.rstrip("/").split("/")[-2:]:
        raise _refused("its issuer is not the caller's tenant", _APPLICATION)
    if _attribute(root, OBJECT_ID) != caller.object_id or _attribute(root, TENANT_ID) != caller.tenant_id:
        raise _refused(
            "it is not about the caller",
            "The enterprise application has to send the attributes objectidentifier and tenantid unchanged.",
        )


def _name_id(root: etree._Element) -> str:
    subjects = list(root.iter(f"{{{SAML}}}Subject"))
    name = _only_text(subjects[0], "NameID") if len(subjects) == 1 else None
    if not name or subjects[0].getparent() is not root:
        raise _refused(
            "it does not have exactly one Subject with a NameID",
            "Look at the Unique User Identifier among the claims of the enterprise application: the user may lack the "
            "value that it is made from.",
        )
    return name


def _only_text(parent: etree._Element, name: str) -> str | None:
    """The text of the one child of this name."""
    found = parent.findall(f"{{{SAML}}}{name}")
    return _text(found[0]) if len(found) == 1 else None


def _thumbprint(root: etree._Element) -> str | None:
    """SHA-256 (hex) of the certificate in the signature."""
    path = f"{{{DSIG}}}Signature/{{{DSIG}}}KeyInfo/{{{DSIG}}}X509Data/{{{DSIG}}}X509Certificate"
    text = "".join((root.findtext(path) or "").split())
    try:
        return sha256(b64decode(text, validate=True)).hexdigest() if text else None
    except ValueError:
        return None


def _decode(encoded: str) -> bytes:
    bare = encoded.rstrip("=")
    if len(bare) > MAX_LENGTH:
        raise _refused("it is too large", "Reduce the attributes and groups that the enterprise application sends.")
    try:
        xml = urlsafe_b64decode(bare.encode("ascii") + b"=" * (-len(bare) % 4))
    except (ValueError, binascii.Error):
        xml = b""
    if urlsafe_b64encode(xml).rstrip(b"=").decode() != bare:
        raise _refused("it is not base64url", "Try again. If it happens again, report it.")
    return xml


def _parse(xml: bytes) -> etree._Element:
    """Keeps comments, so that `_text` sees an element that has one inside."""
    try:
        return parse_xml(xml, comments=True)
    except NotXml as error:
        raise _refused(f"it is {error}", _APPLICATION) from None


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
    """The element's text if it contains nothing else: XML readers disagree on text around a comment."""
    return None if len(element) else element.text


def _refused(what: str, fix: str) -> Misconfigured:
    return Misconfigured(
        f"The assertion that Entra issued can't be used: {what}.",
        hint=fix,
        operator=f"Entra's assertion was refused: {what}. {fix}",
    )
