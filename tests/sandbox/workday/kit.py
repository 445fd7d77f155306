"""Helpers of the tests of the sandbox's Workday: assertions signed with signxml, and a caller with a token."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import requests
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureConstructionMethod, SignatureMethod
from signxml.signer import XMLSigner

from sandbox.ca import KeyPair
from sandbox.world import Person, World

Element = etree._Element

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
DS = "http://www.w3.org/2000/09/xmldsig#"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WD = "urn:com.workday/bsvc"
GRANT = "urn:ietf:params:oauth:grant-type:saml2-bearer"
NS = {"saml": SAML, "ds": DS, "wd": WD, "soap": SOAP}

_TEMPLATE = f"""\
<saml:Assertion xmlns:saml="{SAML}" xmlns:ds="{DS}" ID="{{id}}" IssueInstant="{{now}}" Version="2.0">
<saml:Issuer>{{issuer}}</saml:Issuer><ds:Signature Id="placeholder"/><saml:Subject>
<saml:NameID>{{name_id}}</saml:NameID>
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">
<saml:SubjectConfirmationData NotOnOrAfter="{{end}}" Recipient="{{recipient}}"/>
</saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="{{start}}" NotOnOrAfter="{{end}}">
<saml:AudienceRestriction><saml:Audience>{{audience}}</saml:Audience></saml:AudienceRestriction></saml:Conditions>
<saml:AuthnStatement AuthnInstant="{{now}}"><saml:AuthnContext><saml:AuthnContextClassRef>\
urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified</saml:AuthnContextClassRef></saml:AuthnContext>\
</saml:AuthnStatement></saml:Assertion>"""


class _Sha1Signer(XMLSigner):
    def check_deprecated_methods(self) -> None:
        """SHA-1 is the purpose of this signer."""


def instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def encoded(xml: bytes) -> str:
    return base64.urlsafe_b64encode(xml).decode().rstrip("=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Issues valid assertions; a test changes what has to be refused."""

    issuer: str
    audience: str
    recipient: str
    pair: KeyPair = field(repr=False)

    def unsigned(self, name_id: str) -> Element:
        now = datetime.now(UTC)
        text = _TEMPLATE.format(
            id=f"_{uuid4()}",
            issuer=self.issuer,
            audience=self.audience,
            recipient=self.recipient,
            name_id=name_id,
            now=instant(now),
            start=instant(now - timedelta(minutes=1)),
            end=instant(now + timedelta(minutes=5)),
        )
        return etree.fromstring(text)

    def sign(self, assertion: Element, *, pair: KeyPair | None = None, sha1: bool = False, **how: Any) -> Element:
        """An enveloped signature in place of the placeholder. `how` are parameters of signxml."""
        algorithms = {
            "method": SignatureConstructionMethod.enveloped,
            "signature_algorithm": SignatureMethod.RSA_SHA1 if sha1 else SignatureMethod.RSA_SHA256,
            "digest_algorithm": DigestAlgorithm.SHA1 if sha1 else DigestAlgorithm.SHA256,
            "c14n_algorithm": CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        }
        signer = (_Sha1Signer if sha1 else XMLSigner)(**algorithms | how)
        used = pair or self.pair
        signed: Element = signer.sign(assertion, key=used.key, cert=[used.certificate])
        return signed

    def issue(self, name_id: str, change: Callable[[Element], None] | None = None) -> bytes:
        assertion = self.unsigned(name_id)
        if change:
            change(assertion)
        return etree.tostring(self.sign(assertion))


@dataclass(frozen=True, slots=True, kw_only=True)
class Workday:
    """The running tenant as a test calls it."""

    url: str
    world: World
    session: requests.Session = field(repr=False)
    bridge: Issuer
    entra: Issuer
    tokens: dict[str, str] = field(repr=False)
    """Access tokens for several tests, by user name, until a test revokes them."""

    @property
    def token_url(self) -> str:
        return f"{self.url}/ccx/oauth2/{self.world.workday_tenant}/token"

    def exchange_assertion(
        self, assertion: str | bytes, form: Mapping[str, str] | None = None, *, auth: tuple[str, str] | None = None
    ) -> requests.Response:
        """Present an assertion (XML, or text to be sent as it is) as the registered API client."""
        text = assertion if isinstance(assertion, str) else encoded(assertion)
        fields = {"grant_type": GRANT, "client_id": self.world.workday_client_id, "assertion": text} | dict(form or {})
        return self.session.post(self.token_url, data=fields, auth=auth, timeout=10)

    def sign_in(self, person: Person) -> "Caller":
        answer = self.exchange_assertion(self.bridge.issue(person.upn))
        assert answer.status_code == 200, answer.text
        return Caller(self, person, answer.json()["access_token"])

    def control(self, method: str, path: str, **how: Any) -> requests.Response:
        if path == "revoke":
            self.tokens.clear()
        return self.session.request(method, f"{self.url}/sandbox/{path}", timeout=10, **how)


@dataclass(frozen=True, slots=True)
class Caller:
    """A person with an access token."""

    workday: Workday
    person: Person
    token: str = field(repr=False)

    @property
    def wid(self) -> str:
        assert self.person.worker
        return self.person.worker.wid

    def get(self, path: str, **query: str) -> requests.Response:
        return self.rest("GET", path, params=query)

    def rest(self, method: str, path: str, *, service: str = "v1", **how: Any) -> requests.Response:
        url = f"{self.workday.url}/ccx/api/{service}/{self.workday.world.workday_tenant}/{path}"
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.workday.session.request(method, url, headers=headers, timeout=10, **how)

    def soap(self, request: str, *, service: str = "Human_Resources/v30.0", **headers: str) -> requests.Response:
        """Send a request element (prefix `wd`) in an envelope; `{me}` is replaced by the caller's WID."""
        body = request.replace("{me}", self.wid)
        envelope = f'<e:Envelope xmlns:e="{SOAP}" xmlns:wd="{WD}"><e:Body>{body}</e:Body></e:Envelope>'
        return self.send(envelope.encode(), service=service, **headers)

    def send(self, envelope: bytes, *, service: str = "Human_Resources/v30.0", **headers: str) -> requests.Response:
        url = f"{self.workday.url}/ccx/service/{self.workday.world.workday_tenant}/{service}"
        given: Mapping[str, str] = {"Authorization": f"Bearer {self.token}", "Content-Type": "text/xml"} | headers
        return self.workday.session.post(url, data=envelope, headers=given, timeout=10)


def body_of(answer: requests.Response) -> Element:
    """The element in the SOAP body."""
    return etree.fromstring(answer.content).find("soap:Body", NS)[0]  # type: ignore[index]


def texts(answer: requests.Response, xpath: str) -> list[str]:
    """What an XPath finds in a SOAP answer, as texts."""
    found = etree.fromstring(answer.content).xpath(xpath, namespaces=NS)
    assert isinstance(found, list)
    return [str(one) for one in found]


def faultstring(answer: requests.Response) -> str:
    """The fault's text; SOAP faults come with HTTP 500."""
    assert answer.status_code == 500, answer.text
    return texts(answer, "//faultstring/text()")[0]
