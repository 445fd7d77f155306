"""Whether a SAML assertion is a valid grant for this tenant (RFC 7522 section 3).

The xmlsec C library verifies the signature: another implementation than the one that signs.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sandbox.workday import signatures
from sandbox.workday.expiring import Expiring
from sandbox.workday.xmlio import Element, NotXml, Schema, parse

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
NS = {"saml": SAML, "ds": signatures.DS}
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
MAX_CHARACTERS = 64_000
# Entra issues for a day at most and adds five minutes to Conditions; a longer lifetime is refused.
MAX_LIFETIME = timedelta(days=1, minutes=5)

_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_SCHEMA_FILE = Path(__file__).parents[1] / "schemas" / "saml-schema-assertion-2.0.xsd"


class Refused(Exception):
    """The assertion is not a valid grant; the text becomes `error_description`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityProvider:
    """A row of Workday's SAML Identity Providers table; several certificates while one is being replaced."""

    issuer: str
    certificates: tuple[str, ...]
    recipient_checked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """An accepted assertion: its NameID, and until when its ID must not be used again."""

    id: str
    name_id: str
    expires: datetime


def decode(text: str) -> bytes:
    """The XML in an `assertion` parameter: base64url without padding and line breaks (RFC 7522 §2.1)."""
    if len(text) > MAX_CHARACTERS:
        raise Refused(f"The assertion is longer than {MAX_CHARACTERS} characters.")
    if not _BASE64URL.fullmatch(text):
        raise Refused("The assertion must be base64url without padding, line breaks or other characters.")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise Refused("The assertion is not base64url.") from error


class Verifier:
    """Validates assertions for one audience. Safe for threads."""

    def __init__(self, providers: tuple[IdentityProvider, ...], *, audience: str) -> None:
        self._providers: Mapping[str, IdentityProvider] = {row.issuer: row for row in providers}
        self._audience = audience
        self._schema = Schema(_SCHEMA_FILE)
        self._used: Expiring[None] = Expiring()

    def verify(self, xml: bytes, *, token_url: str) -> Grant:
        """Raises `Refused` with the first reason found."""
        now = datetime.now(UTC)
        assertion = _parse(xml)
        self._check_schema(assertion)
        provider = self._provider(assertion)
        try:
            signatures.verify(assertion, provider.certificates)
        except signatures.Bad as error:
            raise Refused(str(error)) from error
        expires = _check_conditions(assertion, audience=self._audience, now=now)
        recipient = token_url if provider.recipient_checked else None
        expires = min(expires, _check_bearer(assertion, recipient=recipient, now=now))
        if expires - now > MAX_LIFETIME:
            raise Refused("The assertion lives unreasonably long.")
        grant = Grant(id=assertion.get("ID", ""), name_id=_name_id(assertion), expires=expires)
        if not self._used.add(grant.id, None, until=grant.expires):
            raise Refused(f"The assertion {grant.id} has been used before.")
        return grant

    def _check_schema(self, assertion: Element) -> None:
        for message, _ in self._schema.problems(assertion):
            raise Refused(f"The assertion does not follow the SAML schema: {message}")

    def _provider(self, assertion: Element) -> IdentityProvider:
        issuer = _text(assertion.find("saml:Issuer", NS))
        if issuer not in self._providers:
            raise Refused(f"No SAML identity provider is registered with the issuer {issuer!r}.")
        return self._providers[issuer]


def _parse(xml: bytes) -> Element:
    try:
        root = parse(xml, comments=True)
    except NotXml as error:
        raise Refused(f"The assertion is no acceptable document. {error}") from error
    if any(not isinstance(node.tag, str) for node in root.iter()):
        raise Refused("The assertion must not hold comments or processing instructions.")
    if root.tag != f"{{{SAML}}}Assertion":
        raise Refused("The document is not a SAML 2.0 Assertion.")
    if len(list(root.iter(f"{{{SAML}}}Assertion", f"{{{SAML}}}EncryptedAssertion"))) != 1:
        raise Refused("There must be exactly one Assertion.")
    return root


def _check_conditions(assertion: Element, *, audience: str, now: datetime) -> datetime:
    conditions = assertion.find("saml:Conditions", NS)
    restrictions = [] if conditions is None else conditions.findall("saml:AudienceRestriction", NS)
    if conditions is None or not restrictions:
        raise Refused("The assertion names no audience.")
    for restriction in restrictions:
        named = [_text(node) for node in restriction.findall("saml:Audience", NS)]
        if audience not in named:
            raise Refused(f"The assertion is for another audience: {', '.join(named)}.")
    return _check_period(conditions, "Conditions", now)


def _check_bearer(assertion: Element, *, recipient: str | None, now: datetime) -> datetime:
    """One bearer confirmation must hold (SAML core 2.4.1); the reason given is that of the last one."""
    refusal = Refused("The subject has no bearer confirmation.")
    for confirmation in assertion.iterfind("saml:Subject/saml:SubjectConfirmation", NS):
        if confirmation.get("Method") != BEARER:
            continue
        try:
            return _check_confirmation(confirmation, recipient=recipient, now=now)
        except Refused as error:
            refusal = error
    raise refusal


def _check_confirmation(confirmation: Element, *, recipient: str | None, now: datetime) -> datetime:
    data = confirmation.find("saml:SubjectConfirmationData", NS)
    if data is None:
        raise Refused("The bearer confirmation has no SubjectConfirmationData.")
    if recipient is not None and data.get("Recipient") != recipient:
        raise Refused(f"The Recipient must be {recipient}, not {data.get('Recipient')}.")
    return _check_period(data, "SubjectConfirmationData", now)


def _check_period(element: Element, name: str, now: datetime) -> datetime:
    """The end of the period. No skew is allowed: the sandbox and the signers share one clock."""
    start, end = _moment(element, "NotBefore"), _moment(element, "NotOnOrAfter")
    if end is None:
        raise Refused(f"{name} has no NotOnOrAfter.")
    if now >= end:
        raise Refused(f"The assertion has expired: {name}/NotOnOrAfter was {element.get('NotOnOrAfter')}.")
    if start is not None and now < start:
        raise Refused(f"The assertion is not valid yet: {name}/NotBefore is {element.get('NotBefore')}.")
    return end


def _moment(element: Element, attribute: str) -> datetime | None:
    text = element.get(attribute)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(f"{attribute} is no time: {text}.") from error
    if moment.utcoffset() != timedelta(0):
        raise Refused(f"{attribute} must be in UTC: {text}.")
    return moment


def _name_id(assertion: Element) -> str:
    name_id = _text(assertion.find("saml:Subject/saml:NameID", NS))
    if not name_id:
        raise Refused("The assertion has no NameID.")
    return name_id


def _text(element: Element | None) -> str:
    return "" if element is None else element.text or ""
