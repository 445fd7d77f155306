"""Entra's assertion, before it is used: one that is not surely this caller's is never sent on."""

from __future__ import annotations

import pytest

from bridge.credentials.entra_assertion import MAX_LENGTH, check
from bridge.errors import Misconfigured
from tests.credentials.support import AUDIENCE, Bench, assertion_xml, entra_assertion
from tests.credentials.test_broker import ENTRA_SIGNS
from tests.support.tokens import TENANT, USER


def refused(bench: Bench) -> Misconfigured:
    with pytest.raises(Misconfigured) as caught:
        bench.broker.get(bench.subject(), bench.trace())
    return caught.value


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
        bench.broker.get(bench.subject(), bench.trace())
        assert len(bench.workday_calls) == 1


@pytest.mark.parametrize(
    "text", ["PHNhb!!!WxwOg", "ä", "QQ\nQQ=x"], ids=["other characters", "not ASCII", "a pad inside"]
)
def test_what_is_not_base64url_is_no_assertion(text: str) -> None:
    with pytest.raises(Misconfigured, match="can't be used"):
        check(text, Bench(entra_assertion(assertion_xml()), **ENTRA_SIGNS).subject().caller, AUDIENCE)
