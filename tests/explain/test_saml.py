"""SAML responses, assertions and requests: however they are wrapped, what a receiver would refuse, and hostile XML."""

from __future__ import annotations

import base64
import html
import json
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from tests.support.keys import rsa_key
from tools.explain import Expectation, Explanation, explain
from tools.explain.certificate import read as read_certificate

NOW = 1_800_000_000
ENDPOINT = "https://wd5.contoso.example/ccx/oauth2/contoso/token"
AUDIENCE = "http://www.workday.com"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
ALL_RIGHT = (f"recipient={ENDPOINT}", f"audience={AUDIENCE}", "nameid=avance", "iss=https://sts.windows.net/t/")


def at(seconds: float) -> str:
    return datetime.fromtimestamp(NOW + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def signature(over: str, certificate: str = "") -> str:
    key = f"<KeyInfo><X509Data><X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo>" * bool(
        certificate
    )
    return (
        '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo><SignatureMethod '
        f'Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><Reference URI="#{over}"/></SignedInfo>{key}'
        "</Signature>"
    )


def assertion(**changes: str) -> str:
    """A good bearer assertion; what is named in `changes` is put in its place."""
    parts = {
        "issuer": "https://sts.windows.net/t/",
        "signature": signature("_a"),
        "name_id": "<NameID Format='urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified'>avance</NameID>",
        "method": BEARER,
        "recipient": f'Recipient="{ENDPOINT}"',
        "end": at(300),
        "confirm_end": at(300),
        "start": at(-60),
        "audience": AUDIENCE,
        **changes,
    }
    return (
        '<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a" Version="2.0" IssueInstant="{start}">'
        "<Issuer>{issuer}</Issuer>{signature}<Subject>{name_id}"
        '<SubjectConfirmation Method="{method}"><SubjectConfirmationData {recipient} NotOnOrAfter="{confirm_end}"/>'
        '</SubjectConfirmation></Subject><Conditions NotBefore="{start}" NotOnOrAfter="{end}"><AudienceRestriction>'
        "<Audience>{audience}</Audience></AudienceRestriction></Conditions></Assertion>"
    ).format(**parts)


def response(inside: str, status: str = "Success") -> str:
    return (
        '<p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r"><p:Status><p:StatusCode '
        f'Value="urn:oasis:names:tc:SAML:2.0:status:{status}"/></p:Status>{inside}</p:Response>'
    )


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def deflated(text: str) -> str:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.b64encode(packer.compress(text.encode()) + packer.flush()).decode()


def read(pasted: str, *expect: str) -> Explanation:
    return explain(pasted, Expectation.of_pairs(expect), now=NOW)


def codes(pasted: str, *expect: str) -> list[str]:
    return [item.advice.code for item in read(pasted, *expect).items]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda xml: xml,
        lambda xml: f'<?xml version="1.0" encoding="UTF-8"?>\n{xml}',
        b64,
        lambda xml: base64.urlsafe_b64encode(xml.encode()).decode().rstrip("="),
        lambda xml: "\n".join(b64(xml)[i : i + 76] for i in range(0, len(b64(xml)), 76)),
        lambda xml: f"grant_type=urn%3Aietf%3Aparams&assertion={quote(b64(xml))}&client_id=x",
        lambda xml: f"SAMLResponse={quote(b64(xml))}&RelayState=x",
        lambda xml: json.dumps({"SAMLResponse": b64(xml)}),
        lambda xml: json.dumps({"log": {"entries": [{"params": [{"name": "SAMLResponse", "value": b64(xml)}]}]}}),
        lambda xml: json.dumps({"issued_token_type": "saml2", "access_token": b64(xml)}),
        lambda xml: f'<form><input type="hidden" name="SAMLResponse" value="{b64(xml)}"/></form>',
        html.escape,
        quote,
    ],
    ids=["XML", "declared", "base64", "base64url", "lines", "grant", "form", "JSON", "HAR", "Entra", "page", "&", "%"],
)
@pytest.mark.parametrize("form", [lambda a: a, response], ids=["assertion", "response"])
def test_it_is_found_however_it_was_copied(wrap: Callable[[str], str], form: Callable[[str], str]) -> None:
    explanation = read(wrap(form(assertion())), *ALL_RIGHT)
    assert explanation.recognised
    assert not explanation.items
    shown = {fact.name: fact.value for fact in explanation.claims}
    assert (shown["Audience"], shown["Recipient"], shown["NameID"]) == (AUDIENCE, ENDPOINT, "avance")
    assert shown["signed"] == "Assertion, over itself, rsa-sha256"


@pytest.mark.parametrize(
    ("changes", "expect", "code"),
    [
        ({"audience": "spn:11111111-2222-4333-8444-555555555555"}, ALL_RIGHT, "saml_audience_differs"),
        ({"recipient": 'Recipient="https://sp.example/acs"'}, ALL_RIGHT, "saml_recipient_differs"),
        ({"recipient": ""}, ALL_RIGHT, "saml_recipient_missing"),
        ({"recipient": ""}, (), None),
        ({"method": "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"}, (), "saml_not_bearer"),
        ({"name_id": "<NameID>AVance</NameID>"}, ALL_RIGHT, "saml_nameid_differs"),
        ({"name_id": ""}, (), "saml_nameid_missing"),
        ({"issuer": "https://sts.windows.net/t"}, ALL_RIGHT, "saml_issuer_differs"),
        ({"signature": ""}, (), "saml_unsigned"),
        ({"end": at(-1)}, (), "saml_expired"),
        ({"confirm_end": at(-1)}, (), "saml_expired"),
        ({"start": at(301)}, (), "saml_not_yet_valid"),
        ({"start": at(299)}, (), None),
    ],
)
def test_what_a_receiver_would_refuse_is_named(changes: dict[str, str], expect: list[str], code: str | None) -> None:
    assert codes(assertion(**changes), *expect) == ([code] if code else [])


def test_a_signature_over_another_element_is_shown_so() -> None:
    shown = [fact.value for fact in read(assertion(signature=signature("_other"))).claims if fact.name == "signed"]
    assert shown == ["Assertion, over another element (#_other), rsa-sha256"]


def test_an_error_status_and_an_encrypted_assertion() -> None:
    assert codes(response("", "Responder")) == ["saml_not_success"]
    encrypted = '<EncryptedAssertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion"/>'
    assert codes(response(encrypted)) == ["saml_encrypted"]


def test_a_sign_in_request_shows_what_entra_compares() -> None:
    request = (
        '<p:AuthnRequest xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1" '
        'AssertionConsumerServiceURL="https://sp.example/acs"><Issuer '
        'xmlns="urn:oasis:names:tc:SAML:2.0:assertion">https://sp.example</Issuer></p:AuthnRequest>'
    )
    for pasted in (request, f"https://login.microsoftonline.com/t/saml2?SAMLRequest={quote(deflated(request))}"):
        explanation = read(pasted)
        assert [item.advice.code for item in explanation.items] == ["saml_request_read"]
        assert not explanation.has_problem
        assert ("Issuer", "https://sp.example") in [(fact.name, fact.value) for fact in explanation.claims]


def test_an_error_beside_the_message_goes_first() -> None:
    said = codes(f"AADSTS700016: Application with identifier 'https://sp.example' was not found. {assertion()}")
    assert said[0] == "aadsts_700016_saml"


def test_the_certificate_inside_shows_its_thumbprint_and_dates() -> None:
    made = certificate(datetime.fromtimestamp(NOW - 1, UTC))
    text = base64.b64encode(made.public_bytes(Encoding.DER)).decode()
    read_back = read_certificate(text)
    assert read_back is not None
    assert read_back.thumbprint == made.fingerprint(SHA1()).hex().upper()  # noqa: S303
    assert read_back.sha256 == made.fingerprint(SHA256()).hex().upper()
    assert read_back.not_after == made.not_valid_after_utc.timestamp()
    assert codes(assertion(signature=signature("_a", text))) == ["saml_certificate_expired"]
    assert read_certificate(text[:200]) is None
    assert read_certificate("not base64") is None


def certificate(end: datetime) -> x509.Certificate:
    key = rsa_key("saml signer")
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "signer")])
    start = end - timedelta(days=700)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    return builder.serial_number(1).not_valid_before(start).not_valid_after(end).sign(key, SHA256())


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>'
    '<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion">&c;</Assertion>'
)
OPEN = '<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion">'


@pytest.mark.parametrize(
    "hostile",
    [
        BOMB,
        b64(BOMB),
        f'<!DOCTYPE x SYSTEM "file:///etc/passwd">{OPEN}</Assertion>',
        OPEN + "<a>" * 300_000,
        OPEN + "<a/>" * 240_000 + "</Assertion>",
        assertion()[:300],
        b64(assertion())[:500],
    ],
    ids=["entities", "entities in base64", "external", "deep", "many", "cut", "cut base64"],
)
def test_hostile_xml_is_refused_in_little_time(hostile: str) -> None:
    started = time.process_time()
    assert codes(hostile) == ["saml_refused_xml"]
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "hostile",
    [
        deflated("<" + "a" * 50_000_000),
        b64(assertion(audience="a" * 900_000))[:999_000],
        "SAMLResponse=" + "%" * 900_000,
        OPEN + "x" * 990_000,
        "<Response SAML" + " " * 900_000,
        '<Response SAML:2.0 ' + "<!--" * 200_000,
    ],
    ids=["zip bomb", "long text", "percent", "no end", "blanks", "comments"],
)  # fmt: skip
def test_large_messages_are_answered_in_bounded_time(hostile: str) -> None:
    started = time.process_time()
    read(hostile)
    assert time.process_time() - started < 10
