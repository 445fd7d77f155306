"""Entra's assertion, before it is used: one that is not surely this caller's is never sent on."""

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
from tests.credentials.support import AUDIENCE, SUBJECT, Bench, assertion_xml, caller, entra_assertion, workday_token
from tests.credentials.test_broker import ENTRA_SIGNS
from tests.support.client import Asked, Rule, json_answer
from tests.support.tokens import TENANT, USER


def refused(bench: Bench) -> Misconfigured:
    with pytest.raises(Misconfigured) as caught:
        bench.get()
    return caught.value


NAME_ID = b"<NameID>adele.vance@contoso.example</NameID>"
UNUSABLE: list[tuple[str, bytes]] = [
    ("another user's", assertion_xml(oid="99999999-3333-4444-8555-666677778888")),
    ("another tenant's", assertion_xml(tenant="99999999-3333-4444-8555-666677778888")),
    ("another audience", assertion_xml(audience="http://www.workday.com/other")),
    ("not signed", assertion_xml(signed=False)),
    ("encrypted", assertion_xml(root="EncryptedAssertion")),
    ("a Response", assertion_xml(root="Response")),
    ("signature over something else", assertion_xml().replace(b'URI="#_a"', b'URI="#_b"')),
    ("two audiences", assertion_xml().replace(b"</Audience>", b"</Audience><Audience>x</Audience>")),
    ("object id twice", assertion_xml().replace(b"</AttributeValue>", b"</AttributeValue><AttributeValue/>", 1)),
    ("a comment in the object id", assertion_xml().replace(USER.encode(), USER.encode() + b"<!-- -->9")),
    ("an instruction in the audience", assertion_xml().replace(b"</Audience>", b"<?x?>/other</Audience>")),
    (
        "an element in the tenant id",
        assertion_xml().replace(TENANT.encode() + b"</Attr", TENANT.encode() + b"<b/></Attr"),
    ),
    ("with a DTD", b"<!DOCTYPE Assertion>" + assertion_xml()),
    ("with an entity", b'<!DOCTYPE a [<!ENTITY x "y">]>' + assertion_xml()),
    ("no XML", b"hello"),
    ("no Subject", assertion_xml(subject="")),
    ("two Subjects", assertion_xml(subject=SUBJECT * 2)),
    (
        "a second Subject in Advice",
        assertion_xml(subject=f"{SUBJECT}<Advice><Assertion>{SUBJECT}</Assertion></Advice>"),
    ),
    ("a Subject elsewhere", assertion_xml(subject=f"<Advice>{SUBJECT}</Advice>")),
    ("no NameID", assertion_xml().replace(NAME_ID, b"")),
    ("two NameIDs", assertion_xml().replace(NAME_ID, NAME_ID * 2)),
    ("an empty NameID", assertion_xml().replace(NAME_ID, b"<NameID/>")),
    ("a comment in the NameID", assertion_xml().replace(b"</NameID>", b"<!-- -->x</NameID>")),
    ("an encrypted NameID", assertion_xml().replace(NAME_ID, b"<EncryptedID/>")),
    ("expired", assertion_xml(starts=-7200, ends=-400)),
    ("not valid yet", assertion_xml(starts=7200)),
    ("times that are none", assertion_xml().replace(b"NotBefore=", b'NotBefore="soon" X=')),
    ("another issuer", assertion_xml().replace(TENANT.encode(), b"99999999-3333-4444-8555-666677778888", 1)),
    ("another issuer with the tenant in it", assertion_xml().replace(b"/</Issuer>", b".evil.example/</Issuer>")),
    ("no issuer", assertion_xml().replace(b"<Issuer>", b"<X>").replace(b"</Issuer>", b"</X>")),
    ("no ID", assertion_xml().replace(b' ID="_a"', b"").replace(b"#_a", b"#None")),
    ("an empty ID", assertion_xml().replace(b'"_a"', b'""').replace(b"#_a", b"#")),
]


@pytest.mark.parametrize("xml", [row[1] for row in UNUSABLE], ids=[row[0] for row in UNUSABLE])
def test_an_assertion_of_entras_that_is_not_this_callers_is_never_sent_on(xml: bytes) -> None:
    bench = Bench(entra_assertion(xml), BRIDGE_SYSTEMS__WORKDAY__PATH="saml", **ENTRA_SIGNS)
    refused(bench)
    assert bench.workday_calls == []


def test_another_audience_is_named_because_it_is_the_commonest_mistake() -> None:
    bench = Bench(
        entra_assertion(assertion_xml(audience="spn:guid")), BRIDGE_SYSTEMS__WORKDAY__PATH="saml", **ENTRA_SIGNS
    )
    assert AUDIENCE in (refused(bench).hint or "")


@pytest.mark.parametrize(
    "changed",
    [
        lambda text: text[:9] + "!" + text[9:],
        lambda text: text[:-1] + "B",
        lambda text: text[:40] + "\n" + text[40:],
        lambda text: text + "ä",
        lambda text: text[:8] + "=" + text[8:],
    ],
    ids=["a foreign character", "bits that nobody reads", "a line break", "not ASCII", "a pad inside"],
)
def test_only_canonical_base64url_is_read(changed: Callable[[str], str]) -> None:
    xml = assertion_xml()
    encoded = urlsafe_b64encode(xml + b"\n" * ((1 - len(xml)) % 3)).decode().rstrip("=")
    assert read_assertion(encoded, caller(), AUDIENCE, now=time.time()).name_id == "adele.vance@contoso.example"
    with pytest.raises(Misconfigured, match="base64url"):
        read_assertion(changed(encoded), caller(), AUDIENCE, now=time.time())


@pytest.mark.parametrize(("length", "is_too_large"), [(0, False), (1, True)], ids=["at the bound", "beyond it"])
def test_the_size_of_an_assertion_is_bounded(length: int, is_too_large: bool) -> None:
    """The bound is on the base64url text: three bytes in four characters."""
    xml = assertion_xml()
    padded = xml + b" " * (MAX_LENGTH * 3 // 4 + length - len(xml))
    bench = Bench(entra_assertion(padded), BRIDGE_SYSTEMS__WORKDAY__PATH="saml", **ENTRA_SIGNS)
    if is_too_large:
        assert "too large" in str(refused(bench))
        assert bench.workday_calls == []
    else:
        bench.get()
        assert len(bench.workday_calls) == 1


@pytest.mark.parametrize(
    "text", ["PHNhb!!!WxwOg", "ä", "QQ\nQQ=x"], ids=["other characters", "not ASCII", "a pad inside"]
)
def test_what_is_not_base64url_is_no_assertion(text: str) -> None:
    with pytest.raises(Misconfigured, match="can't be used"):
        read_assertion(text, caller(), AUDIENCE, now=time.time())


def test_a_token_of_another_type_is_never_sent_on_as_an_assertion() -> None:
    def access_token(asked: Asked) -> HttpResponse:
        document = json.loads(entra_assertion(assertion_xml())(asked).body)
        return json_answer({**document, "issued_token_type": "urn:ietf:params:oauth:token-type:access_token"})

    bench = Bench(access_token, BRIDGE_SYSTEMS__WORKDAY__PATH="saml", **ENTRA_SIGNS)
    with pytest.raises(InvalidUpstreamResponse):
        bench.get()
    assert bench.workday_calls == []


def test_a_clock_that_differs_by_minutes_does_no_harm() -> None:
    for xml in (assertion_xml(starts=200), assertion_xml(starts=-7200, ends=-200)):
        assert read_assertion(urlsafe_b64encode(xml).decode(), caller(), AUDIENCE, now=time.time()).id == "_a"


def test_entra_may_append_the_application_to_the_issuer() -> None:
    xml = assertion_xml().replace(b"/</Issuer>", b"/11112222-3333-4444-8555-666677778888</Issuer>")
    assert read_assertion(urlsafe_b64encode(xml).decode(), caller(), AUDIENCE, now=time.time()).id == "_a"


def test_a_wrong_clock_is_reported_with_what_it_says() -> None:
    bench = Bench(entra_assertion(assertion_xml()), BRIDGE_SYSTEMS__WORKDAY__PATH="saml", **ENTRA_SIGNS)
    bench.now += 86_400
    assert f"{datetime.fromtimestamp(bench.now, UTC):%Y-%m-%dT%H}" in (refused(bench).hint or "")


def test_another_recipient_is_the_operators_to_know_if_the_system_refuses() -> None:
    answers: list[Rule] = [workday_token, lambda _: json_answer({"error": "invalid_grant"}, 400)]
    for answer, noted in zip(answers, (False, True), strict=True):
        bench = Bench(entra_assertion(assertion_xml()), answer, BRIDGE_SYSTEMS__WORKDAY__PATH="saml", **ENTRA_SIGNS)
        if noted:
            assert "Recipient is https://impl.workday.example/login-saml.htmld" in (refused(bench).operator or "")
        else:
            assert bench.get().path == "entra_saml"


def test_its_id_and_certificate_are_logged_too() -> None:
    certificate = b64encode(b"a certificate").decode()
    key_info = (
        f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
    )
    xml = assertion_xml().replace(b"</ds:Signature>", key_info.encode() + b"</ds:Signature>")
    bench = Bench(entra_assertion(xml), BRIDGE_SYSTEMS__WORKDAY__PATH="saml", **ENTRA_SIGNS)
    trace = bench.trace()
    bench.broker.lease(bench.subject(), trace)
    assert trace.assertions == [AssertionRecord("_a", "entra", sha256(b"a certificate").hexdigest())]
