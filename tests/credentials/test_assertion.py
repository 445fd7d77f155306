"""The assertion that the bridge signs, judged by others: the official schema, the xmlsec C library, pysaml2."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import xmlsec
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from saml2.saml import assertion_from_string

from bridge.credentials.assertion import SKEW_SECONDS, Assertion, AssertionIssuer
from bridge.settings import SamlSettings, load
from tests.credentials.support import AUDIENCE, DSIG, SAML, local_key
from tests.support.cases import for_each
from tests.support.catalog import CATALOG
from tests.support.env import env, workday
from tests.support.keys import certificate, certificate_pem
from tests.support.settings import workday_saml
from tests.support.threads import at_once
from tests.support.tokens import BRIDGE

NS = {"s": SAML, "ds": DSIG}
SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).parents[2] / "sandbox/schemas/saml-schema-assertion-2.0.xsd"))
HOSTILE = "<b>&amp;\"'</b>]]> \u202eevil\u202c 𝒰 \r\n\t"


@pytest.fixture(scope="module")
def saml() -> SamlSettings:
    return workday_saml(SAML__ATTRIBUTES='{"Department": "department"}')


def issue(saml: SamlSettings, name: str = "adele@contoso.example", **attributes: str) -> Assertion:
    values = {attribute: (value,) for attribute, value in attributes.items()}
    return AssertionIssuer(saml).issue(name, values, local_key(saml))


def parsed(assertion: Assertion) -> etree._Element:
    return etree.fromstring(assertion.xml)


def values(root: etree._Element, path: str) -> list[str]:
    return [str(found) for found in root.xpath(path, namespaces=NS)]  # type: ignore[union-attr]


def test_it_says_what_rfc_7522_requires(saml: SamlSettings) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    assertion = issue(saml)
    root = parsed(assertion)
    token_url = "https://wd2-impl-services1.workday.example/ccx/oauth2/contoso_dpt1/token"
    assert values(root, "/s:Assertion/@ID") == [assertion.id]
    assert values(root, "/s:Assertion/s:Issuer/text()") == [f"api://{BRIDGE}/workday"]
    assert values(root, "//s:Audience/text()") == [AUDIENCE]
    assert values(root, "//s:NameID/text()") == ["adele@contoso.example"]
    assert values(root, "//s:SubjectConfirmation/@Method") == ["urn:oasis:names:tc:SAML:2.0:cm:bearer"]
    assert values(root, "//s:SubjectConfirmationData/@Recipient") == [token_url]
    assert values(root, "//s:AuthnContextClassRef/text()") == ["urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified"]
    [not_before] = values(root, "//s:Conditions/@NotBefore")
    ends = values(root, "//@NotOnOrAfter")
    assert len(ends) == 2
    start = datetime.fromisoformat(not_before)
    assert start >= before - timedelta(seconds=SKEW_SECONDS)
    assert all(datetime.fromisoformat(end) - start == timedelta(seconds=SKEW_SECONDS + 120) for end in ends)


def test_it_is_valid_by_the_official_schema_with_and_without_attributes(saml: SamlSettings) -> None:
    for assertion in (issue(saml), issue(saml, Department=HOSTILE)):
        SCHEMA.assertValid(parsed(assertion))


def test_the_signature_follows_the_issuer_and_covers_the_root_by_rsa_sha256_and_exclusive_c14n(
    saml: SamlSettings,
) -> None:
    assertion = issue(saml)
    root = parsed(assertion)
    assert [child.tag.rpartition("}")[2] for child in root][:3] == ["Issuer", "Signature", "Subject"]
    assert values(root, "//ds:CanonicalizationMethod/@Algorithm") == ["http://www.w3.org/2001/10/xml-exc-c14n#"]
    assert values(root, "//ds:SignatureMethod/@Algorithm") == ["http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"]
    assert values(root, "//ds:DigestMethod/@Algorithm") == ["http://www.w3.org/2001/04/xmlenc#sha256"]
    assert values(root, "//ds:Reference/@URI") == [f"#{assertion.id}"]
    assert values(root, "//ds:Signature/@Id") == []


def verify_with_xmlsec(xml: bytes, name: str = "workday") -> None:
    root = etree.fromstring(xml)
    xmlsec.tree.add_ids(root, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(certificate_pem(name), xmlsec.constants.KeyDataFormatCertPem)
    signature = xmlsec.tree.find_node(root, xmlsec.constants.NodeSignature)
    assert signature is not None
    context.verify(signature)


@pytest.mark.parametrize("name", ["adele@contoso.example", HOSTILE, "ß" * 200], ids=["plain", "hostile", "long"])
def test_the_xmlsec_c_library_accepts_it(saml: SamlSettings, name: str) -> None:
    verify_with_xmlsec(issue(saml, name, Department=HOSTILE).xml)


def test_names_and_attributes_are_sent_exactly_as_given(saml: SamlSettings) -> None:
    root = parsed(issue(saml, HOSTILE, Department=HOSTILE))
    assert values(root, "//s:NameID/text()") == [HOSTILE]
    assert values(root, "//s:AttributeValue/text()") == [HOSTILE]


def test_pysaml2_reads_it_as_an_assertion(saml: SamlSettings) -> None:
    read = assertion_from_string(issue(saml).xml)
    assert read is not None
    assert read.verify()
    assert read.subject.name_id.text == "adele@contoso.example"


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"adele@", b"megan@"), (AUDIENCE.encode(), b"http://other"), (b"cm:bearer", b"cm:holder-of-key")],
    ids=["name", "audience", "method"],
)
def test_a_changed_assertion_is_refused_by_xmlsec(saml: SamlSettings, old: bytes, new: bytes) -> None:
    xml = issue(saml).xml
    assert old in xml
    with pytest.raises(xmlsec.Error):
        verify_with_xmlsec(xml.replace(old, new))


def test_another_systems_certificate_does_not_verify_it(saml: SamlSettings) -> None:
    with pytest.raises(xmlsec.Error):
        verify_with_xmlsec(issue(saml).xml, "another")


def test_it_carries_the_certificate_of_the_signing_key(saml: SamlSettings) -> None:
    [text] = values(parsed(issue(saml)), "//ds:X509Certificate/text()")
    assert b64decode(text) == certificate("workday").public_bytes(Encoding.DER)


def test_ids_are_unique_and_one_issuer_serves_many_threads(saml: SamlSettings) -> None:
    issuer = AssertionIssuer(saml)

    def issue_25(name: str) -> list[Assertion]:
        return [issuer.issue(name, {}, local_key(saml)) for _ in range(25)]

    names = [f"user{number}" for number in range(4)]
    issued = dict(zip(names, at_once(partial(issue_25, name) for name in names), strict=True))
    assert len({assertion.id for assertions in issued.values() for assertion in assertions}) == 100
    for name, assertions in issued.items():
        assert {values(parsed(one), "//s:NameID/text()")[0] for one in assertions} == {name}
        for assertion in assertions[::10]:
            verify_with_xmlsec(assertion.xml)


def test_an_assertion_holds_nothing_of_the_person_before(saml: SamlSettings) -> None:
    issuer = AssertionIssuer(saml)
    people: list[tuple[str, dict[str, tuple[str, ...]]]] = [
        ("adele", {"Department": ("Retail",)}),
        ("alex", {}),
        ("megan", {"Office": ("Oslo", "Bergen")}),
    ]
    for name, attributes in people:
        root = parsed(issuer.issue(name, attributes, local_key(saml)))
        assert values(root, "//s:NameID/text()") == [name]
        assert values(root, "//s:Attribute/@Name") == list(attributes)
        assert values(root, "//s:AttributeValue/text()") == [text for texts in attributes.values() for text in texts]
        assert len(values(root, "//ds:SignatureValue/text()")) == 1


def test_its_times_are_whole_seconds_by_the_issuers_clock(saml: SamlSettings) -> None:
    at = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
    root = parsed(AssertionIssuer(saml, clock=lambda: at.timestamp() + 0.9).issue("a", {}, local_key(saml)))
    assert values(root, "/s:Assertion/@IssueInstant") == ["2031-05-06T07:08:09Z"]
    assert values(root, "//s:Conditions/@NotOnOrAfter") == ["2031-05-06T07:10:09Z"]


def test_an_assertion_does_not_show_in_a_repr(saml: SamlSettings) -> None:
    assert "adele" not in repr(issue(saml))


# --- what other systems require


CONTEXT = "urn:oasis:names:tc:SAML:2.0:ac:classes:PreviousSession"


def test_constants_lists_context_and_qualifier_are_valid_signed_and_as_set() -> None:
    vendor = workday_saml(
        SAML__ATTRIBUTES='{"Groups": "groups"}',
        SAML__CONSTANTS='{"api_key": "{client_id}", "use_username": "true", "at": "{tenant}"}',
        SAML__AUTHN_CONTEXT=CONTEXT,
        SAML__NAME_QUALIFIER="www.successfactors.example",
    )
    assertion = AssertionIssuer(vendor).issue("adele", {"Groups": ("g1", HOSTILE)}, local_key(vendor))
    root = parsed(assertion)
    SCHEMA.assertValid(root)
    verify_with_xmlsec(assertion.xml)
    sent = {
        name: values(root, f"//s:Attribute[@Name='{name}']/s:AttributeValue/text()")
        for name in values(root, "//s:Attribute/@Name")
    }
    assert sent == {
        "api_key": ["api-client-id"],
        "use_username": ["true"],
        "at": ["contoso_dpt1"],
        "Groups": ["g1", HOSTILE],
    }
    assert values(root, "//s:AuthnContextClassRef/text()") == [CONTEXT]
    assert values(root, "//s:AuthnStatement/@SessionIndex") == [assertion.id]
    assert values(root, "//s:NameID/@NameQualifier") == ["www.successfactors.example"]


def test_a_service_account_has_not_signed_in_and_a_user_has_when_the_token_says(saml: SamlSettings) -> None:
    issuer = AssertionIssuer(saml, clock=lambda: 2_000_000_000.0)
    service = issuer.issue("isu", {}, local_key(saml), service=True)
    assert values(parsed(service), "//s:AuthnStatement/@AuthnInstant") == []
    SCHEMA.assertValid(parsed(service))
    verify_with_xmlsec(service.xml)
    for signed_in_at, reported in ((None, "33:20"), (1_999_999_900, "31:40"), (9e15, "33:20")):
        root = parsed(issuer.issue("adele", {}, local_key(saml), signed_in_at=signed_in_at))
        assert values(root, "//s:AuthnStatement/@AuthnInstant") == [f"2033-05-18T03:{reported}Z"]


@for_each(
    [
        ("SAML__CONSTANTS", '{"a": "{secret}"}', "has {secret}"),
        ("SAML__CONSTANTS", '{"Department": "x"}', "sets Department, which ATTRIBUTES sets too"),
        ("SAML__AUTHN_CONTEXT", "PreviousSession", "is not a URI"),
    ]
)
def test_mistakes_in_their_settings_are_named(name: str, value: str, problem: str) -> None:
    settings = workday(**{"SAML__ATTRIBUTES": '{"Department": "department"}', name: value})
    [found] = load(env(**settings), CATALOG).broken["workday"]
    assert found.setting.endswith(name)
    assert found.problem.startswith(problem)
