"""A SAML assertion that this app signs for the caller if Entra issues none. Workday must trust SIGNING_ISSUER."""

import base64
import os
import uuid
from datetime import UTC, datetime, timedelta

from lxml import etree
from signxml import methods
from signxml.signer import XMLSigner


def issue(name_id: str, audience: str, recipient: str) -> str:
    """A SAML 2.0 assertion in base64url, signed by the key of SIGNING_KEY."""
    now, saml = datetime.now(UTC), 'xmlns="urn:oasis:names:tc:SAML:2.0:assertion"'
    start, end = (f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (now, now + timedelta(minutes=5)))
    root = etree.fromstring(f"""<Assertion {saml} ID="_{uuid.uuid4()}" IssueInstant="{start}" Version="2.0">
<Issuer/><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="placeholder"/><Subject><NameID/>
<SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><SubjectConfirmationData NotOnOrAfter="{end}"/>
</SubjectConfirmation></Subject><Conditions NotBefore="{start}" NotOnOrAfter="{end}"><AudienceRestriction><Audience/>
</AudienceRestriction></Conditions></Assertion>""")
    values = {"Issuer": os.environ["SIGNING_ISSUER"], "NameID": name_id, "Audience": audience}
    for element in root.iter("{*}Issuer", "{*}NameID", "{*}Audience"):
        element.text = values[etree.QName(element).localname]
    root.find(".//{*}SubjectConfirmationData").set("Recipient", recipient)
    signed = XMLSigner(methods.enveloped, c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#").sign(
        root, key=os.environ["SIGNING_KEY"], cert=os.environ["SIGNING_CERTIFICATE"]
    )
    return base64.urlsafe_b64encode(etree.tostring(signed)).decode()
