"""The SAML metadata of the bridge as the identity provider of one system (SAML metadata 2.0 section 2.4.3).

For systems that take a file in place of single fields. The bridge signs nobody in by a browser, but the schema asks
for a SingleSignOnService: its address is that of the metadata themselves.
"""

from __future__ import annotations

from base64 import b64encode

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate
from lxml import etree

from bridge.errors import Misconfigured
from bridge.settings import SystemSettings

METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
MEDIA_TYPE = "application/samlmetadata+xml"


def saml_metadata(system: SystemSettings, public_url: str | None) -> bytes:
    """An EntityDescriptor in UTF-8, with the certificate in use and the next one. `public_url`: the bridge's own.

    Raises `Misconfigured` if the bridge doesn't sign for this system, or doesn't know where it is reached.
    """
    saml = system.saml
    if saml is None or public_url is None:
        operator = "BRIDGE_PUBLIC_URL is missing" if saml else f"{system.setting('SAML__SIGNER')} is not bridge"
        raise Misconfigured(f"There is no SAML metadata for {system.name}.", operator=operator)
    location = f"{public_url}/api/saml/metadata/{system.name}"
    root = etree.Element(f"{{{METADATA}}}EntityDescriptor", nsmap={"md": METADATA, "ds": DSIG}, entityID=saml.issuer)
    provider = _child(root, METADATA, "IDPSSODescriptor", protocolSupportEnumeration=PROTOCOL)
    for certificate in filter(None, (saml.key.certificate, saml.next_certificate)):
        _add_key(provider, certificate)
    _child(provider, METADATA, "NameIDFormat").text = saml.name_id.format
    _child(provider, METADATA, "SingleSignOnService", Binding=REDIRECT, Location=location)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _add_key(provider: etree._Element, certificate: Certificate) -> None:
    info = _child(_child(provider, METADATA, "KeyDescriptor", use="signing"), DSIG, "KeyInfo")
    der = certificate.public_bytes(Encoding.DER)
    _child(_child(info, DSIG, "X509Data"), DSIG, "X509Certificate").text = b64encode(der).decode("ascii")


def _child(parent: etree._Element, namespace: str, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{namespace}}}{name}", attributes)
