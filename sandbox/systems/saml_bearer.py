"""SAML assertions as a grant, judged for one signer whom a test may change."""

from dataclasses import dataclass, field

from lxml import etree

from sandbox.jwt_bearer import Trust
from sandbox.workday import assertions

NS = {"saml": "urn:oasis:names:tc:SAML:2.0:assertion"}


@dataclass(slots=True)
class SamlBearer:
    """Verifies for one audience whom `trust` names."""

    audience: str
    trust: Trust = field(default_factory=Trust)
    _verifier: tuple[tuple[str, str], assertions.Verifier] | None = None

    def name_id(self, xml: bytes, token_url: str) -> str:
        """Whom a good assertion names. Raises `assertions.Refused`."""
        return self._judge().verify(xml, token_url=token_url).name_id

    def _judge(self) -> assertions.Verifier:
        """Another one after the trust has changed; the same one otherwise, since it remembers what was used."""
        trusted = (self.trust.issuer, self.trust.certificate)
        if self._verifier is None or self._verifier[0] != trusted:
            provider = assertions.IdentityProvider(
                issuer=trusted[0], certificates=(trusted[1],), recipient_checked=True
            )
            self._verifier = (trusted, assertions.Verifier((provider,), audience=self.audience))
        return self._verifier[1]


def attributes(xml: bytes) -> dict[str, list[str]]:
    """The attributes of an assertion that has been verified."""
    found = etree.fromstring(xml).iterfind("saml:AttributeStatement/saml:Attribute", NS)
    return {
        one.get("Name", ""): [value.text or "" for value in one.iterfind("saml:AttributeValue", NS)] for one in found
    }
