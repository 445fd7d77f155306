"""SAML assertions as a grant, from one signer that a test can change."""

from dataclasses import dataclass, field

from lxml import etree

from sandbox.jwt_bearer import Trust
from sandbox.workday import assertions

NS = {"saml": "urn:oasis:names:tc:SAML:2.0:assertion"}


@dataclass(slots=True)
class SamlBearer:
    """Verifies assertions for one audience, from the signer that `trust` names."""

    audience: str
    trust: Trust = field(default_factory=Trust)
    _verifier: tuple[tuple[str, str], assertions.Verifier] | None = None

    def name_id(self, xml: bytes, token_url: str) -> str:
        """The NameID of a valid assertion. Raises `assertions.Refused`."""
        return self._current().verify(xml, token_url=token_url).name_id

    def _current(self) -> assertions.Verifier:
        """A new one after the trust has changed; otherwise the same, which remembers the IDs that have been used."""
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
