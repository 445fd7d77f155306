"""Entra's assertion is validated before it is sent on: one that may not be this caller's is never used."""

from __future__ import annotations

import json
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from bridge.base.http_client import HttpResponse
from bridge.credentials.entra_assertion import MAX_LENGTH, read_assertion
from bridge.errors import InvalidUpstreamResponse, Misconfigured
from bridge.trace import AssertionRecord
from tests.credentials.support import (
    AUDIENCE,
    SUBJECT,
    Bench,
    assertion_xml,
    caller,
    entra_assertion,
    new_trace,
    workday_token,
)
from tests.support.cases import for_each
from tests.support.client import Asked, Rule, json_answer
from tests.support.env import ENTRA_SIGNS
from tests.support.raised import raised
from tests.support.tokens import TENANT, USER

OTHER = "99999999-3333-4444-8555-666677778888"
NAME_ID = b"<NameID>adele.vance@contoso.example</NameID>"


def bench(xml: bytes, system: Rule = workday_token) -> Bench:
    return Bench(entra_assertion(xml), system, PATH="saml", **ENTRA_SIGNS)


def changed(old: bytes, new: bytes, count: int = -1) -> bytes:
    """A good assertion with `old` replaced."""
    xml = assertion_xml()
    assert old in xml
    return xml.replace(old, new, count)


UNUSABLE: dict[str, bytes] = {
    "another user's": assertion_xml(oid=OTHER),
    "another tenant's": assertion_xml(tenant=OTHER),
    "another audience": assertion_xml(audience="http://www.workday.com/other"),
    "not signed": assertion_xml(signed=False),
    "encrypted": assertion_xml(root="EncryptedAssertion"),
    "a Response": assertion_xml(root="Response"),
    "signature over something else": changed(b'URI="#_a"', b'URI="#_b"'),
    "two audiences": changed(b"</Audience>", b"</Audience><Audience>x</Audience>"),
    "object id twice": changed(b"</AttributeValue>", b"</AttributeValue><AttributeValue/>", 1),
    "a comment in the object id": changed(USER.encode(), USER.encode() + b"<!-- -->9"),
    "an instruction in the audience": changed(b"</Audience>", b"<?x?>/other</Audience>"),
    "an element in the tenant id": changed(TENANT.encode() + b"</Attr", TENANT.encode() + b"<b/></Attr"),
    "with a DTD": b"<!DOCTYPE Assertion>" + assertion_xml(),
    "with an entity": b'<!DOCTYPE a [<!ENTITY x "y">]>' + assertion_xml(),
    "no XML": b"hello",
    "no Subject": assertion_xml(subject=""),
    "two Subjects": assertion_xml(subject=SUBJECT * 2),
    "a second Subject in Advice": assertion_xml(subject=f"{SUBJECT}<Advice><Assertion>{SUBJECT}</Assertion></Advice>"),
    "a Subject elsewhere": assertion_xml(subject=f"<Advice>{SUBJECT}</Advice>"),
    "no NameID": changed(NAME_ID, b""),
    "two NameIDs": changed(NAME_ID, NAME_ID * 2),
    "an empty NameID": changed(NAME_ID, b"<NameID/>"),
    "a comment in the NameID": changed(b"</NameID>", b"<!-- -->x</NameID>"),
    "an encrypted NameID": changed(NAME_ID, b"<EncryptedID/>"),
    "expired": assertion_xml(starts=-7200, ends=-400),
    "not valid yet": assertion_xml(starts=7200),
    "a time that is no time": changed(b"NotBefore=", b'NotBefore="soon" X='),
    "another issuer": changed(TENANT.encode(), OTHER.encode(), 1),
    "another issuer with the tenant in it": changed(b"/</Issuer>", b".evil.example/</Issuer>"),
    "no issuer": changed(b"<Issuer>", b"<X>").replace(b"</Issuer>", b"</X>"),
    "no ID": changed(b' ID="_a"', b"").replace(b"#_a", b"#None"),
    "an empty ID": changed(b'"_a"', b'""').replace(b"#_a", b"#"),
}


@for_each(UNUSABLE)
def test_an_assertion_that_is_not_surely_this_callers_is_never_sent_on(xml: bytes) -> None:
    refusing = bench(xml)
    raised(Misconfigured, refusing.get)
    assert refusing.workday_calls == []


def test_another_audience_is_named_because_it_is_the_commonest_mistake() -> None:
    assert AUDIENCE in (raised(Misconfigured, bench(assertion_xml(audience="spn:guid")).get).hint or "")


def read(encoded: str) -> str:
    """The assertion's name, for the caller that it is about."""
    return read_assertion(encoded, caller(), AUDIENCE, now=time.time()).name_id


@for_each(
    {
        "a foreign character": lambda text: text[:9] + "!" + text[9:],
        "unused bits that are set": lambda text: text[:-1] + "B",
        "a line break": lambda text: text[:40] + "\n" + text[40:],
        "not ASCII": lambda text: text + "ä",
        "padding inside": lambda text: text[:8] + "=" + text[8:],
    }
)
def test_only_canonical_base64url_is_read(change: Callable[[str], str]) -> None:
    xml = assertion_xml()
    encoded = urlsafe_b64encode(xml + b"\n" * ((1 - len(xml)) % 3)).decode().rstrip("=")
    assert read(encoded) == "adele.vance@contoso.example"
    with pytest.raises(Misconfigured, match="base64url"):
        read(change(encoded))


def test_the_size_of_an_assertion_is_bounded() -> None:
    """The bound is on the base64url text: three bytes in four characters."""
    xml = assertion_xml()
    largest = xml + b" " * (MAX_LENGTH * 3 // 4 - len(xml))
    assert bench(largest).get().path == "entra_saml"
    refusing = bench(largest + b" ")
    assert "too large" in str(raised(Misconfigured, refusing.get))
    assert refusing.workday_calls == []


def test_a_token_of_another_type_is_never_sent_on_as_an_assertion() -> None:
    def access_token(asked: Asked) -> HttpResponse:
        document = json.loads(entra_assertion(assertion_xml())(asked).body)
        return json_answer({**document, "issued_token_type": "urn:ietf:params:oauth:token-type:access_token"})

    refusing = Bench(access_token, PATH="saml", **ENTRA_SIGNS)
    raised(InvalidUpstreamResponse, refusing.get)
    assert refusing.workday_calls == []


@for_each(
    {
        "valid in three minutes": assertion_xml(starts=200),
        "expired three minutes ago": assertion_xml(starts=-7200, ends=-200),
        "the application appended to the issuer": changed(b"/</Issuer>", f"/{OTHER}</Issuer>".encode()),
    }
)
def test_what_entra_may_send_is_accepted(xml: bytes) -> None:
    assert read(urlsafe_b64encode(xml).decode()) == "adele.vance@contoso.example"


def test_a_wrong_clock_is_reported_with_the_time_that_it_shows() -> None:
    late = bench(assertion_xml())
    late.now += 86_400
    assert f"{datetime.fromtimestamp(late.now, UTC):%Y-%m-%dT%H}" in (raised(Misconfigured, late.get).hint or "")


def test_the_operator_reads_the_recipient_if_the_system_refuses_the_assertion() -> None:
    refusing = bench(assertion_xml(), lambda _: json_answer({"error": "invalid_grant"}, 400))
    error = raised(Misconfigured, refusing.get)
    assert "Recipient is https://impl.workday.example/login-saml.htmld" in (error.operator or "")


def test_its_id_and_certificate_are_logged_too() -> None:
    certificate = b64encode(b"a certificate").decode()
    key_info = (
        f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
    )
    giving = bench(changed(b"</ds:Signature>", key_info.encode() + b"</ds:Signature>"))
    trace = new_trace()
    giving.broker.lease(giving.subject(), trace)
    assert trace.assertions == [AssertionRecord("_a", "entra", sha256(b"a certificate").hexdigest())]
