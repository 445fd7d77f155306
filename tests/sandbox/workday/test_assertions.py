"""RFC 7522 at the sandbox's Workday: which assertions are valid grants."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import requests
from lxml import etree
from signxml.algorithms import CanonicalizationMethod

from sandbox import workday as sandbox_workday
from sandbox.ca import KeyPair, Tls
from sandbox.world import World
from tests.sandbox.workday.kit import DS, GRANT, NS, SAML, Element, Workday, encoded, instant

ADELE = "adele@contoso.com"


def _node(assertion: Element, path: str) -> Element:
    found = assertion.find(path, NS)
    assert found is not None
    return found


def _remove(path: str) -> Callable[[Element], None]:
    def change(assertion: Element) -> None:
        node = _node(assertion, path)
        parent = node.getparent()
        assert parent is not None
        parent.remove(node)

    return change


def _set(path: str, attribute: str, value: str | timedelta | None) -> Callable[[Element], None]:
    """A timedelta is counted from now; None removes the attribute."""

    def change(assertion: Element) -> None:
        node = _node(assertion, path) if path else assertion
        if value is None:
            del node.attrib[attribute]
        else:
            node.set(attribute, instant(datetime.now(UTC) + value) if isinstance(value, timedelta) else value)

    return change


def _text(path: str, text: str) -> Callable[[Element], None]:
    def change(assertion: Element) -> None:
        _node(assertion, path).text = text

    return change


def _both(*changes: Callable[[Element], None]) -> Callable[[Element], None]:
    def change(assertion: Element) -> None:
        for one in changes:
            one(assertion)

    return change


def _second_restriction(assertion: Element) -> None:
    restriction = etree.SubElement(_node(assertion, "saml:Conditions"), f"{{{SAML}}}AudienceRestriction")
    etree.SubElement(restriction, f"{{{SAML}}}Audience").text = "https://elsewhere.example"


def _assertion_in_advice(assertion: Element) -> None:
    advice = etree.Element(f"{{{SAML}}}Advice")
    etree.SubElement(advice, f"{{{SAML}}}Assertion", ID="_inner", IssueInstant="2026-01-01T00:00:00Z", Version="2.0")
    etree.SubElement(advice[0], f"{{{SAML}}}Issuer").text = "https://elsewhere.example"
    _node(assertion, "saml:Conditions").addnext(advice)


CONFIRMATION = "saml:Subject/saml:SubjectConfirmation"
DATA = f"{CONFIRMATION}/saml:SubjectConfirmationData"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

# name -> (a change before signing, a part of the reason given). All are well signed by the bridge's own key.
CONTENT: dict[str, tuple[Callable[[Element], None], str]] = {
    "another audience": (_text(".//saml:Audience", "http://www.workday.com/other"), "another audience"),
    "audience with a slash": (_text(".//saml:Audience", "http://www.workday.com/contoso_dpt1/"), "another audience"),
    "a second restriction": (_second_restriction, "another audience"),
    "no audience": (_remove(".//saml:AudienceRestriction"), "names no audience"),
    "no conditions": (_remove("saml:Conditions"), "names no audience"),
    "another recipient": (_set(DATA, "Recipient", "https://elsewhere.example/token"), "Recipient must be"),
    "no recipient": (_set(DATA, "Recipient", None), "Recipient must be"),
    "holder of key": (_set(CONFIRMATION, "Method", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"), "no bearer"),
    "no confirmation": (_remove(CONFIRMATION), "no bearer"),
    "no confirmation data": (_remove(DATA), "no SubjectConfirmationData"),
    "conditions expired": (_set("saml:Conditions", "NotOnOrAfter", -HOUR), "expired: Conditions"),
    "confirmation expired": (_set(DATA, "NotOnOrAfter", -HOUR), "expired: SubjectConfirmationData"),
    "conditions not yet valid": (_set("saml:Conditions", "NotBefore", HOUR), "not valid yet: Conditions"),
    "confirmation not yet valid": (_set(DATA, "NotBefore", HOUR), "not valid yet: SubjectConfirmationData"),
    "conditions without end": (_set("saml:Conditions", "NotOnOrAfter", None), "Conditions has no NotOnOrAfter"),
    "confirmation without end": (_set(DATA, "NotOnOrAfter", None), "SubjectConfirmationData has no NotOnOrAfter"),
    "unreasonably long": (
        _both(_set("saml:Conditions", "NotOnOrAfter", 2 * DAY), _set(DATA, "NotOnOrAfter", 2 * DAY)),
        "unreasonably long",
    ),
    "local time": (_set(DATA, "NotOnOrAfter", "2099-01-01T00:00:00"), "must be in UTC"),
    "no time": (_set(DATA, "NotOnOrAfter", "soon"), "SAML schema"),
    "hour 24": (_set(DATA, "NotOnOrAfter", "2099-01-01T24:00:00Z"), "is no time"),
    "unknown issuer": (_text("saml:Issuer", "https://idp.example"), "No SAML identity provider"),
    "issuer in another case": (_text("saml:Issuer", "API://bridge/workday"), "No SAML identity provider"),
    "no subject": (_remove("saml:Subject"), "no bearer"),
    "no NameID": (_remove("saml:Subject/saml:NameID"), "no NameID"),
    "empty NameID": (_text("saml:Subject/saml:NameID", ""), "no NameID"),
    "unknown user": (_text("saml:Subject/saml:NameID", "newcomer@contoso.com"), "not the user name"),
    "padded user name": (_text("saml:Subject/saml:NameID", f" {ADELE} "), "not the user name"),
    "not by the schema": (_set("", "Version", None), "SAML schema"),
    "an assertion inside": (_assertion_in_advice, "exactly one Assertion"),
}


def _refused(answer: requests.Response, reason: str) -> None:
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert reason in answer.json()["error_description"]


def test_the_bridges_assertion_opens_the_tenant(workday: Workday) -> None:
    answer = workday.exchange_assertion(workday.bridge.issue(ADELE))
    assert answer.status_code == 200
    assert set(answer.json()) == {"access_token", "token_type", "refresh_token"}  # no expires_in: Workday has none
    assert answer.json()["token_type"] == "Bearer"


def test_entras_assertion_is_taken_with_the_recipient_of_the_browser_sign_in(workday: Workday) -> None:
    assert workday.exchange_assertion(workday.entra.issue(ADELE)).status_code == 200


def test_user_names_are_compared_without_case(workday: Workday) -> None:
    assert workday.exchange_assertion(workday.bridge.issue("Adele@Contoso.com")).status_code == 200


@pytest.mark.parametrize(("change", "reason"), CONTENT.values(), ids=CONTENT.keys())
def test_content_that_is_refused(workday: Workday, change: Callable[[Element], None], reason: str) -> None:
    _refused(workday.exchange_assertion(workday.bridge.issue(ADELE, change)), reason)


def test_an_assertion_works_once(workday: Workday) -> None:
    assertion = workday.bridge.issue(ADELE)
    assert workday.exchange_assertion(assertion).status_code == 200
    _refused(workday.exchange_assertion(assertion), "has been used before")


# --- signatures


def _signed(workday: Workday) -> Element:
    return workday.bridge.sign(workday.bridge.unsigned(ADELE))


def _tampered(workday: Workday) -> Element:
    signed = _signed(workday)
    _text("saml:Subject/saml:NameID", "wd-admin@contoso.com")(signed)
    return signed


def _unsigned(workday: Workday) -> Element:
    assertion = workday.bridge.unsigned(ADELE)
    _remove("ds:Signature")(assertion)
    return assertion


def _inclusive(workday: Workday) -> Element:
    method = CanonicalizationMethod.CANONICAL_XML_1_0
    return workday.bridge.sign(workday.bridge.unsigned(ADELE), c14n_algorithm=method)


def _misplaced(workday: Workday) -> Element:
    signed = _signed(workday)
    signed.append(_node(signed, "ds:Signature"))
    return signed


def _reference(uri: str) -> Callable[[Workday], Element]:
    def attack(workday: Workday) -> Element:
        signed = _signed(workday)
        _node(signed, ".//ds:Reference").set("URI", uri)
        return signed

    return attack


def _evil(original: Element) -> Element:
    """An assertion for the administrator, with another ID than the signed one."""
    evil = etree.fromstring(etree.tostring(original))
    evil.set("ID", "_evil")
    _text("saml:Subject/saml:NameID", "wd-admin@contoso.com")(evil)
    return evil


def _wrapped_in_object(workday: Workday) -> Element:
    """The signature stays valid, as it contains what it signs; only a reader of the root is deceived."""
    original = _signed(workday)
    evil = _evil(original)
    _remove("ds:Signature")(original)
    etree.SubElement(_node(evil, "ds:Signature"), f"{{{DS}}}Object").append(original)
    return evil


def _wrapped_in_advice(workday: Workday) -> Element:
    original = _signed(workday)
    evil = _evil(original)
    signature = _node(evil, "ds:Signature")
    advice = etree.Element(f"{{{SAML}}}Advice")
    _remove("ds:Signature")(original)
    advice.append(original)
    _node(evil, "saml:Conditions").addnext(advice)
    assert signature is evil[1]
    return evil


# The content of the signature element is not signed, so that no other content is allowed in it.
def _with_object(workday: Workday) -> Element:
    signed = _signed(workday)
    etree.SubElement(_node(signed, "ds:Signature"), f"{{{DS}}}Object")
    return signed


def _with_second_signature(workday: Workday) -> Element:
    signed = _signed(workday)
    copy = etree.fromstring(etree.tostring(_node(signed, "ds:Signature")))
    etree.SubElement(_node(signed, "ds:Signature/ds:KeyInfo"), "{urn:x}extra").append(copy)
    return signed


SIGNATURES: dict[str, tuple[Callable[[Workday], Element], str]] = {
    "tampered": (_tampered, "does not match"),
    "unsigned": (_unsigned, "not signed"),
    "inclusive canonicalization": (_inclusive, "must be"),
    "SHA-1": (lambda workday: workday.bridge.sign(workday.bridge.unsigned(ADELE), sha1=True), "rsa-sha256"),
    "at the end": (_misplaced, "SAML schema"),
    "over something else": (_reference("#_other"), "must cover the Assertion"),
    "over the document": (_reference(""), "must cover the Assertion"),
    "with an object": (_with_object, "must not hold objects"),
    "with a second signature": (_with_second_signature, "one signature"),
    "original wrapped in an object": (_wrapped_in_object, "exactly one Assertion"),
    "original wrapped in advice": (_wrapped_in_advice, "exactly one Assertion"),
}


@pytest.mark.parametrize(("attack", "reason"), SIGNATURES.values(), ids=SIGNATURES.keys())
def test_signatures_that_are_refused(workday: Workday, attack: Callable[[Workday], Element], reason: str) -> None:
    _refused(workday.exchange_assertion(etree.tostring(attack(workday))), reason)


def test_an_unknown_key_is_refused_though_its_certificate_is_included(workday: Workday, unknown_pair: KeyPair) -> None:
    assertion = workday.bridge.sign(workday.bridge.unsigned(ADELE), pair=unknown_pair)
    assert assertion.find(".//ds:X509Certificate", NS) is not None
    _refused(workday.exchange_assertion(etree.tostring(assertion)), "does not match")


def test_the_bridge_cannot_sign_as_entra(workday: Workday, bridge_pair: KeyPair) -> None:
    assertion = workday.entra.sign(workday.entra.unsigned(ADELE), pair=bridge_pair)
    _refused(workday.exchange_assertion(etree.tostring(assertion)), "does not match")


def test_two_certificates_are_good_while_one_is_being_replaced(
    world: World, tls: Tls, workday: Workday, bridge_pair: KeyPair, unknown_pair: KeyPair
) -> None:
    both = bridge_pair.certificate_pem + unknown_pair.certificate_pem
    with sandbox_workday.create(world, tls, bridge_pair.certificate_pem, both) as server:
        url = f"{server.url}/ccx/oauth2/{world.workday_tenant}/token"
        for pair in (bridge_pair, unknown_pair):
            unsigned = workday.bridge.unsigned(ADELE)
            _node(unsigned, DATA).set("Recipient", url)
            assertion = encoded(etree.tostring(workday.bridge.sign(unsigned, pair=pair)))
            form = {"grant_type": GRANT, "client_id": world.workday_client_id, "assertion": assertion}
            assert workday.session.post(url, data=form, timeout=10).status_code == 200


# --- documents and encoding


def _with_doctype(xml: bytes) -> bytes:
    return b"<!DOCTYPE a [<!ENTITY e 'x'>]>" + xml


def _with_comment(xml: bytes) -> bytes:
    """Canonicalization drops comments, so the signature stays valid; careless readers see `adele@contoso.com`."""
    return xml.replace(b"@contoso.com<", b"@contoso.com<!---->.evil.example<", 1)


def _in_response(xml: bytes) -> bytes:
    return b'<p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol">' + xml + b"</p:Response>"


DOCUMENTS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "document type": (_with_doctype, "document type"),
    "comment in the NameID": (_with_comment, "comments"),
    "processing instruction": (
        lambda xml: b"<?x?>" + xml.replace(b"<saml:Subject>", b"<saml:Subject><?x?>"),
        "comments",
    ),
    "response": (_in_response, "not a SAML 2.0 Assertion"),
    "two assertions": (lambda xml: b"<both>" + xml + xml + b"</both>", "not a SAML 2.0 Assertion"),
    "encrypted": (lambda xml: f'<EncryptedAssertion xmlns="{SAML}"/>'.encode(), "not a SAML 2.0 Assertion"),
    "not XML": (lambda xml: b"adele", "not well-formed"),
    "cut off": (lambda xml: xml[:-20], "not well-formed"),
}


@pytest.mark.parametrize(("change", "reason"), DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_documents_that_are_no_assertion(workday: Workday, change: Callable[[bytes], bytes], reason: str) -> None:
    _refused(workday.exchange_assertion(change(workday.bridge.issue(ADELE))), reason)


ENCODINGS: dict[str, tuple[Callable[[bytes], str], str]] = {
    "padded": (lambda xml: encoded(xml) + "=", "without padding"),
    "line breaks": (lambda xml: base64.encodebytes(xml).decode(), "without padding"),
    "standard alphabet": (lambda xml: encoded(xml) + "+/", "without padding"),
    "plain XML": (lambda xml: xml.decode(), "without padding"),
    "impossible length": (lambda xml: "AAAAA", "not base64url"),
    "huge": (lambda xml: "A" * 64_001, "longer than"),
}


@pytest.mark.parametrize(("encode", "reason"), ENCODINGS.values(), ids=ENCODINGS.keys())
def test_only_unpadded_base64url_is_read(workday: Workday, encode: Callable[[bytes], str], reason: str) -> None:
    _refused(workday.exchange_assertion(encode(workday.bridge.issue(ADELE))), reason)
