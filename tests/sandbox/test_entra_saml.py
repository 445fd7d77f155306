"""The assertion of the sandbox's Entra, validated by the official schema and the xmlsec C library."""

import base64
import datetime
import time
from pathlib import Path
from typing import Any

import pytest
import xmlsec
from lxml import etree

import sandbox
from sandbox.entra import Entra
from sandbox.world import contoso
from tests.sandbox.conftest import Obo

WORLD = contoso()
SAML2 = "urn:ietf:params:oauth:token-type:saml2"
SCHEMA = Path(sandbox.__file__).parent / "schemas" / "saml-schema-assertion-2.0.xsd"
NS = {"saml": "urn:oasis:names:tc:SAML:2.0:assertion", "ds": "http://www.w3.org/2000/09/xmldsig#"}
AUDIENCE = WORLD.workday.identifiers[0]


@pytest.fixture
def exchange(obo: Obo) -> Any:
    """`exchange(user, scope)`: the response to the bridge's request for a SAML assertion."""

    def send(user: str = "adele", scope: str = f"{AUDIENCE}/.default") -> Any:
        return obo(token={"user": user}, scope=scope, requested_token_type=SAML2).json()

    return send


def decoded(answer: dict[str, Any]) -> etree._Element:
    token = answer["access_token"]
    return etree.fromstring(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))


def text(root: etree._Element, path: str) -> str:
    """The one text or attribute at `path`."""
    found: Any = root.xpath(path, namespaces=NS)
    (one,) = found
    return str(one)


def moment(root: etree._Element, path: str) -> float:
    return datetime.datetime.fromisoformat(text(root, path)).timestamp()


def test_the_token_response(exchange: Any) -> None:
    answer = exchange()
    assert answer["issued_token_type"] == SAML2
    assert (answer["token_type"], answer["resource"], answer["expires_in"]) == ("Bearer", AUDIENCE, 3600)
    assert answer["scope"] == f"{AUDIENCE}/user_impersonation"
    assert answer["expires_on"] == pytest.approx(time.time() + 3600, abs=10)
    assert "refresh_token" not in answer
    assert "=" not in answer["access_token"]


def test_a_named_scope_is_accepted_too(exchange: Any) -> None:
    assert text(decoded(exchange(scope=f"{AUDIENCE}/user_impersonation")), "//saml:Audience/text()") == AUDIENCE


def test_it_is_valid_by_the_official_schema(exchange: Any) -> None:
    etree.XMLSchema(file=str(SCHEMA)).assertValid(decoded(exchange()))


def verify(root: etree._Element, certificate_pem: str) -> None:
    signature = root.find("ds:Signature", NS)
    assert signature is not None
    xmlsec.tree.add_ids(root, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(certificate_pem, xmlsec.constants.KeyDataFormatCertPem)
    context.verify(signature)


def test_xmlsec_verifies_it_with_the_tenants_certificate(exchange: Any, tenant: Entra) -> None:
    verify(decoded(exchange()), tenant.assertion_signing.certificate_pem)


def test_xmlsec_refuses_it_when_changed_or_with_another_certificate(exchange: Any, tenant: Entra) -> None:
    with pytest.raises(xmlsec.Error):
        verify(decoded(exchange()), tenant.other_key.certificate_pem)
    changed = decoded(exchange())
    name_id = changed.find(".//saml:NameID", NS)
    assert name_id is not None
    name_id.text = "alex@contoso.com"
    with pytest.raises(xmlsec.Error):
        verify(changed, tenant.assertion_signing.certificate_pem)


def test_the_form_of_the_signature(exchange: Any) -> None:
    root = decoded(exchange())
    assert root[1].tag == f"{{{NS['ds']}}}Signature"
    assert text(root, "//ds:Reference/@URI") == "#" + str(root.get("ID"))
    assert text(root, "//ds:CanonicalizationMethod/@Algorithm") == "http://www.w3.org/2001/10/xml-exc-c14n#"
    assert text(root, "//ds:SignatureMethod/@Algorithm") == "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"


@pytest.mark.parametrize("user", ["adele", "miriam"])
def test_it_names_the_caller_in_subject_and_attributes(exchange: Any, user: str) -> None:
    root, person = decoded(exchange(user)), WORLD.person(user)
    assert person is not None
    attributes = {
        str(attribute.get("Name")).rpartition("/")[2]: attribute.findtext("saml:AttributeValue", namespaces=NS)
        for attribute in root.iterfind(".//saml:Attribute", NS)
    }
    expected = {
        "objectidentifier": person.oid,
        "tenantid": WORLD.tenant_id,
        "name": person.upn,
        "givenname": person.given_name,
        "surname": person.family_name,
    }
    assert text(root, "//saml:NameID/text()") == person.upn
    assert expected.items() <= attributes.items()


def test_issuer_audience_and_recipient_are_those_of_the_saml_app(exchange: Any) -> None:
    root = decoded(exchange())
    assert text(root, "saml:Issuer/text()") == f"https://sts.windows.net/{WORLD.tenant_id}/"
    assert text(root, "//saml:Audience/text()") == AUDIENCE
    assert text(root, "//saml:SubjectConfirmation/@Method") == "urn:oasis:names:tc:SAML:2.0:cm:bearer"
    assert text(root, "//saml:SubjectConfirmationData/@Recipient") == WORLD.workday.reply_urls[0]
    assert not root.xpath("//@InResponseTo")


def test_the_times_are_those_of_entra(exchange: Any) -> None:
    root, now = decoded(exchange()), time.time()
    assert moment(root, "saml:Conditions/@NotBefore") == pytest.approx(now, abs=10)
    assert moment(root, "saml:Conditions/@NotOnOrAfter") == pytest.approx(now + 65 * 60, abs=10)
    assert moment(root, "//saml:SubjectConfirmationData/@NotOnOrAfter") == pytest.approx(now + 5 * 60, abs=10)


def test_each_assertion_has_an_id_of_its_own(exchange: Any) -> None:
    assert decoded(exchange()).get("ID") != decoded(exchange()).get("ID")
