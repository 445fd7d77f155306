"""An Entra and a Workday of a few lines, for the tests of this room. The real stand-ins are in sandbox/."""

from __future__ import annotations

import hashlib
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from bridge.base.http_client import Deadline, HttpResponse
from bridge.credentials import Broker, Credential, CredentialRequest
from bridge.inbound import Caller
from bridge.settings import SamlSettings, Settings, load
from bridge.trace import Trace
from tests.support.catalog import CATALOG
from tests.support.client import Asked, Rule, ScriptedClient, json_answer
from tests.support.env import env, workday
from tests.support.tokens import BRIDGE, CONNECTOR, TENANT, USER, claims

LOGIN = f"https://login.microsoftonline.com/{TENANT}"
TOKEN_URL = f"{LOGIN}/oauth2/v2.0/token"
CORRELATION_ID = "11111111-2222-3333-4444-555555555555"
AUDIENCE = "http://www.workday.com/contoso_dpt1"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
SUBJECT = (
    "<Subject><NameID>adele.vance@contoso.example</NameID>"
    '<SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
    '<SubjectConfirmationData Recipient="https://impl.workday.example/login-saml.htmld"/></SubjectConfirmation></Subject>'
)


def caller(name: str = "adele", /, **overrides: object) -> Caller:
    """A validated caller, whose token is opaque here."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    return Caller(
        tenant_id=TENANT,
        object_id=USER if name == "adele" else digest[:32],
        audience=BRIDGE,
        issuer=f"{LOGIN}/v2.0",
        version="2.0",
        client_id=CONNECTOR,
        scopes=("access_as_user",),
        expires_at=time.time() + 3600,
        claims=claims(**{"upn": f"{name}.vance@contoso.example", **overrides}),
        token_hash=digest,
        token=f"incoming-token-of-{name}",
    )


def entra_error(code: int, *, status: int = 400, error: str = "invalid_grant", **more: object) -> Rule:
    """Entra's refusal, shaped like the real one."""
    body = {
        "error": error,
        "error_description": f"AADSTS{code}: Something about user adele. Trace ID: t-1 Correlation ID: c-1",
        "error_codes": [code],
        "trace_id": "t-1",
        "correlation_id": "c-1",
        **more,
    }
    return lambda _: json_answer(body, status)


def oauth_token(asked: Asked) -> HttpResponse:
    """An access token whose text names the assertion that it was given for."""
    return json_answer(
        {"token_type": "Bearer", "expires_in": 4000, "access_token": f"oauth-for-{asked.form['assertion']}"}
    )


def instant(seconds: float) -> str:
    """xs:dateTime with milliseconds, as Entra writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def assertion_xml(
    *,
    oid: str = USER,
    tenant: str = TENANT,
    audience: str = AUDIENCE,
    signed: bool = True,
    root: str = "Assertion",
    subject: str = SUBJECT,
    starts: float = 0.0,
    ends: float = 3900.0,
) -> bytes:
    """What Entra's assertion looks like to the bridge, which validates its form and not its signature's value."""
    signature = (
        f'<ds:Signature xmlns:ds="{DSIG}"><ds:SignedInfo><ds:Reference URI="#_a"/></ds:SignedInfo></ds:Signature>'
        if signed
        else ""
    )
    attributes = "".join(
        f'<Attribute Name="http://schemas.microsoft.com/identity/claims/{name}"><AttributeValue>{value}</AttributeValue>'
        "</Attribute>"
        for name, value in (("objectidentifier", oid), ("tenantid", tenant))
    )
    starts_at, ends_at = instant(time.time() + starts), instant(time.time() + ends)
    return (
        f'<{root} xmlns="{SAML}" ID="_a" Version="2.0"><Issuer>https://sts.windows.net/{TENANT}/</Issuer>{signature}'
        f'{subject}<Conditions NotBefore="{starts_at}" NotOnOrAfter="{ends_at}">'
        f"<AudienceRestriction><Audience>{audience}</Audience></AudienceRestriction></Conditions>"
        f"<AttributeStatement>{attributes}</AttributeStatement></{root}>"
    ).encode()


def entra_assertion(xml: bytes) -> Rule:
    """Entra's response to on-behalf-of with requested_token_type=saml2."""
    body = {
        "token_type": "Bearer",
        "expires_in": 3600,
        "access_token": urlsafe_b64encode(xml).decode(),
        "issued_token_type": "urn:ietf:params:oauth:token-type:saml2",
    }
    return lambda _: json_answer(body)


def workday_token(asked: Asked) -> HttpResponse:
    """Workday's response, without expires_in. The token's text names the subject."""
    root = etree.fromstring(urlsafe_b64decode(asked.form["assertion"] + "==="))
    name = root.findtext(f"{{{SAML}}}Subject/{{{SAML}}}NameID")
    return json_answer({"access_token": f"workday-for-{name}", "token_type": "Bearer", "refresh_token": "r"})


def local_key(saml: SamlSettings) -> rsa.RSAPrivateKey:
    """The settings' private key."""
    assert isinstance(saml.key.key, rsa.RSAPrivateKey)
    return saml.key.key


def entra(token: Rule) -> Callable[[Asked], HttpResponse]:
    """Entra with this token endpoint, which is all that on-behalf-of asks."""

    def answer(asked: Asked) -> HttpResponse:
        assert asked.url == TOKEN_URL
        return token(asked)

    return answer


def new_trace(correlation_id: str = CORRELATION_ID) -> Trace:
    """The trace of a request that may take half a minute."""
    return Trace(correlation_id, Deadline(30))


class Bench:
    """A broker over a scripted network. `overrides` are settings of the system `workday`, without their prefix."""

    def __init__(self, token: Rule, system: Rule = workday_token, /, **overrides: str | None) -> None:
        self.token = token
        self.client = ScriptedClient(
            {"login.microsoftonline.com": entra(lambda asked: self.token(asked)), "workday.example": system}
        )
        self.settings: Settings = load(env(**workday(**overrides)), CATALOG)
        self.now = time.time()
        self.broker = Broker(self.settings, CATALOG.systems, self.client, clock=lambda: self.now)

    def subject(self, name: str = "adele", service: bool = False, /, **overrides: object) -> CredentialRequest:
        return CredentialRequest(caller(name, **overrides), self.settings.systems["workday"], service)

    def get(self, name: str = "adele", service: bool = False, /, **overrides: object) -> Credential:
        """The credential of a new request."""
        return self.broker.lease(self.subject(name, service, **overrides), new_trace()).credential

    def get_anew(self, name: str = "adele") -> Credential:
        """The credential of a request for which nothing is remembered."""
        return self.broker.lease(self.subject(name), new_trace(), remember=False).credential

    @property
    def obo_calls(self) -> list[Asked]:
        return self.client.to("/oauth2/v2.0/token")

    @property
    def workday_calls(self) -> list[Asked]:
        return self.client.to("/ccx/oauth2/")
