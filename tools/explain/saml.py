"""Explains a SAML response, assertion or request: its values, and why a receiver would refuse it. Verifies nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from bridge.tokens.claim_types import moment
from bridge.tokens.display import plain
from tools.explain import certificate
from tools.explain.expectation import Expectation
from tools.explain.explanation import Explanation, Fact, Item
from tools.explain.issuers import name_of
from tools.explain.saml_message import Element, UnreadableSaml, find

SKEW_SECONDS = 300
_BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
_SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
_NOTE = "The signature was not verified, and neither was the certificate: this command stays offline."
_GRANT = (
    "For a SAML bearer grant (RFC 7522) send the Assertion element alone, base64url-encoded; its Recipient is the "
    "token endpoint."
)

Finding = tuple[str, str | None, str | None]


def explain_saml(text: str, expectation: Expectation, *, now: float) -> Explanation | None:
    """What a SAML message says and what is wrong with it; None if the text holds none. `now`: Unix seconds."""
    try:
        root = find(text)
    except UnreadableSaml as error:
        return Explanation.of("saml", Item.of_code("saml_refused_xml", str(error)))
    if root is None:
        return None
    assertion = root if root.local == "Assertion" else root.first("Assertion")
    items = tuple(Item.of_code(*finding) for finding in _findings(root, assertion, expectation, now))
    notes = (_NOTE, _GRANT) if root.local == "Response" and assertion else (_NOTE,) if assertion else ()
    return Explanation("saml", recognised=True, items=items, claims=tuple(_facts(root, assertion, now)), notes=notes)


def _findings(root: Element, assertion: Element | None, expectation: Expectation, now: float) -> Iterator[Finding]:
    status = root.first("Status", "StatusCode")
    if root.local == "AuthnRequest":
        yield "saml_request_read", root.value("Issuer") or "(no issuer)", None
    elif status is not None and status.attributes.get("Value") != _SUCCESS:
        yield "saml_not_success", _status(root), None
    elif assertion is not None:
        yield from _of_trust(root, assertion, expectation)
        yield from _of_receiver(assertion, expectation)
        yield from _of_user(assertion, expectation)
        yield from _of_time(root, assertion, now)
    elif root.first("EncryptedAssertion"):
        yield "saml_encrypted", None, None
    else:
        yield "saml_refused_xml", "it holds no assertion", None


def _of_trust(root: Element, assertion: Element, expectation: Expectation) -> Iterator[Finding]:
    issuer = assertion.value("Issuer")
    if expectation.issuers and issuer not in expectation.issuers:
        yield "saml_issuer_differs", issuer or "(none)", " or ".join(expectation.issuers)
    if not assertion.first("Signature") and not root.first("Signature"):
        yield "saml_unsigned", None, None


def _of_receiver(assertion: Element, expectation: Expectation) -> Iterator[Finding]:
    audiences = [one.text.strip() for one in assertion.all("Conditions", "AudienceRestriction", "Audience")]
    if expectation.audiences and not set(audiences) & set(expectation.audiences):
        yield "saml_audience_differs", " or ".join(audiences) or "(none)", " or ".join(expectation.audiences)
    confirmations = assertion.all("Subject", "SubjectConfirmation")
    methods = [one.attributes.get("Method", "") for one in confirmations]
    if _BEARER not in methods:
        yield "saml_not_bearer", ", ".join(methods) or "(none)", None
        return
    recipients = [one.attributes.get("Recipient", "") for one in _confirmation_data(assertion)]
    if expectation.recipients and not set(recipients) & set(expectation.recipients):
        wanted = " or ".join(expectation.recipients)
        shown = [one for one in recipients if one]
        yield ("saml_recipient_differs" if shown else "saml_recipient_missing"), " or ".join(shown) or None, wanted


def _of_user(assertion: Element, expectation: Expectation) -> Iterator[Finding]:
    name_id = assertion.value("Subject", "NameID")
    if not name_id and not assertion.first("Subject", "EncryptedID"):
        yield "saml_nameid_missing", None, None
    elif expectation.name_id and name_id != expectation.name_id:
        yield "saml_nameid_differs", name_id, expectation.name_id


def _of_time(root: Element, assertion: Element, now: float) -> Iterator[Finding]:
    conditions = assertion.first("Conditions")
    holders = [*_confirmation_data(assertion), *([conditions] if conditions else [])]
    ends = [end for end in (_seconds(one.attributes.get("NotOnOrAfter")) for one in holders) if end is not None]
    starts = [start for start in (_seconds(one.attributes.get("NotBefore")) for one in holders) if start is not None]
    if ends and min(ends) <= now:
        yield "saml_expired", moment(min(ends)), moment(now)
    elif starts and max(starts) > now + SKEW_SECONDS:
        yield "saml_not_yet_valid", moment(max(starts)), moment(now)
    for one in _certificates(root):
        if one.not_after <= now:
            yield "saml_certificate_expired", moment(one.not_after), moment(now)
            return


def _facts(root: Element, assertion: Element | None, now: float) -> Iterator[Fact]:
    pairs = [*_of_root(root), *(_of_assertion(assertion) if assertion else ()), *_of_signatures(root, assertion)]
    for name, value in pairs:
        end = _seconds(value) if name.endswith("NotOnOrAfter") else None
        note = "past" if end is not None and end <= now else ""
        yield Fact(name, plain(value), name_of(value).partition(",")[0] if name.endswith("Issuer") else note)
    for one in _certificates(root):
        validity = f"{moment(one.not_before)} to {moment(one.not_after)}"
        yield Fact("certificate", one.thumbprint, f"SHA-1 thumbprint, valid {validity}")


def _of_root(root: Element) -> Iterator[tuple[str, str]]:
    yield "kind", root.local
    for name in ("Destination", "AssertionConsumerServiceURL", "IssueInstant", "InResponseTo", "ProtocolBinding"):
        if root.attributes.get(name):
            yield name, root.attributes[name]
    if root.local != "Assertion" and root.value("Issuer"):
        yield "Issuer", root.value("Issuer")
    if root.first("Status"):
        yield "status", _status(root)
    policy = root.first("NameIDPolicy")
    if policy is not None and policy.attributes.get("Format"):
        yield "NameIDPolicy", policy.attributes["Format"]
    for context in root.all("RequestedAuthnContext", "AuthnContextClassRef"):
        yield "RequestedAuthnContext", context.text.strip()


def _of_assertion(assertion: Element) -> Iterator[tuple[str, str]]:
    yield "assertion Issuer", assertion.value("Issuer")
    name_id = assertion.first("Subject", "NameID")
    if name_id is not None:
        yield "NameID", name_id.text.strip()
        yield "NameID Format", name_id.attributes.get("Format", "(none)")
    for audience in assertion.all("Conditions", "AudienceRestriction", "Audience"):
        yield "Audience", audience.text.strip()
    for data in _confirmation_data(assertion):
        for name, shown in (("Recipient", "Recipient"), ("NotOnOrAfter", "confirmation NotOnOrAfter")):
            if name in data.attributes:
                yield shown, data.attributes[name]
    conditions = assertion.first("Conditions")
    for name in ("NotBefore", "NotOnOrAfter"):
        if conditions is not None and name in conditions.attributes:
            yield f"conditions {name}", conditions.attributes[name]
    for context in assertion.all("AuthnStatement", "AuthnContext", "AuthnContextClassRef"):
        yield "AuthnContext", context.text.strip()
    names = [one.attributes.get("Name", "") for one in assertion.all("AttributeStatement", "Attribute")]
    if names:
        yield "attributes", ", ".join(name.rpartition("/")[2] for name in names[:30])


def _of_signatures(root: Element, assertion: Element | None) -> Iterator[tuple[str, str]]:
    """Which elements are signed, and whether each signature refers to the element that holds it."""
    holders = {id(one): one for one in (root, assertion) if one is not None}.values()
    signed = [(one, one.first("Signature")) for one in holders]
    for holder, signature in signed:
        if signature is None:
            continue
        reference = signature.first("SignedInfo", "Reference")
        aim = reference.attributes.get("URI", "") if reference else "(none)"
        over = "itself" if aim in {"", f"#{holder.attributes.get('ID', '')}"} else f"another element ({aim})"
        method = signature.first("SignedInfo", "SignatureMethod")
        algorithm = (method.attributes.get("Algorithm", "") if method else "").rpartition("#")[2]
        yield "signed", f"{holder.local}, over {over}, {algorithm or 'no algorithm'}"
    if not any(signature for _, signature in signed) and assertion is not None:
        yield "signed", "no"


def _certificates(root: Element) -> list[certificate.Certificate]:
    """The certificates in all signatures, each once."""
    holders = [root, *root.all("Assertion")]
    texts = (
        one.text for holder in holders for one in holder.all("Signature", "KeyInfo", "X509Data", "X509Certificate")
    )
    read = (certificate.read(text) for text in texts)
    return list({one.sha256: one for one in read if one}.values())[:3]


def _confirmation_data(assertion: Element) -> list[Element]:
    return assertion.all("Subject", "SubjectConfirmation", "SubjectConfirmationData")


def _status(root: Element) -> str:
    codes = [*root.all("Status", "StatusCode"), *root.all("Status", "StatusCode", "StatusCode")]
    said = [code.attributes.get("Value", "").rpartition(":")[2] for code in codes]
    return ", ".join(filter(None, [*said, root.value("Status", "StatusMessage")]))


def _seconds(value: str | None) -> float | None:
    """Unix seconds of an xs:dateTime; without a zone it is UTC (SAML core 1.3.3). None if it cannot be read."""
    try:
        parsed = datetime.fromisoformat((value or "")[:40])
    except ValueError:
        return None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
