"""The on-behalf-of grant, which gives an access token or a SAML assertion."""

import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any, Literal

from sandbox.ca import KeyPair
from sandbox.controls import Kind
from sandbox.entra import saml, tokens
from sandbox.entra.aadsts import AadstsError, check_present, form_of
from sandbox.entra.clients import ClientAuthentication
from sandbox.entra.keys import KeyRing
from sandbox.entra.resources import Asked, asked
from sandbox.jws import Jws, JwsError, base64url, is_current
from sandbox.server import BadRequestError, Request
from sandbox.world import App, Person, World

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SAML2 = "urn:ietf:params:oauth:token-type:saml2"


@dataclass(slots=True)
class Mode:
    """What a test can switch: whether the Workday app is SAML-only, and the AADSTS code for a user (by short name)."""

    workday_app: Literal["saml", "oauth"] = "saml"
    answers: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OnBehalfOf:
    """`POST /{tenant}/oauth2/v2.0/token` (Microsoft Learn, "OAuth 2.0 On-Behalf-Of flow")."""

    world: World
    keys: KeyRing
    clients: ClientAuthentication
    assertion_signing: KeyPair
    mode: Mode

    def __call__(self, request: Request) -> dict[str, Any]:
        """The token response. Raises `AadstsError`."""
        form = form_of(request)
        _check_form(form)
        client = self.clients.client(request, form)
        claims = self._incoming(client, form["assertion"])
        wants_saml = form.get("requested_token_type") == SAML2
        target = asked(self.world, client, form.get("scope", ""), bare=wants_saml)
        person = self._person(client, target, claims, wants_saml=wants_saml)
        if wants_saml:
            return self._saml(person, target)
        return self._jwt(person, client, target, with_client_info=form.get("client_info") == "1")

    def _incoming(self, client: App, assertion: str) -> dict[str, Any]:
        """The claims of the incoming access token, which must be valid, of this tenant and for this client."""
        try:
            jws = Jws.parse(assertion)
        except JwsError as error:
            raise AadstsError(50013, detail=f"[Reason - {error}.]") from error
        claims, key = jws.claims, self.keys.find(jws.header.get("kid"))
        if key is None:
            raise AadstsError(50013, detail="[Reason - The key was not found.]")
        if not jws.is_signed_by(key):
            raise AadstsError(50013, detail="[Reason - Key was found, but use of the key to verify failed.]")
        if claims.get("iss") not in [tokens.issuer(self.world.tenant_id, version) for version in (1, 2)]:
            raise AadstsError(50013, detail="[Reason - The issuer is not this tenant.]")
        _check_kind(client, claims)
        if not is_current(claims):
            raise AadstsError(500133, detail=f"Current time: {time.time():.0f}, expiry: {claims.get('exp')}.")
        if claims.get("aud") not in (client.client_id, *client.identifiers):
            raise AadstsError(500131, app=client.client_id, detail=str(claims.get("aud")))
        return claims

    def _person(self, client: App, target: Asked, claims: dict[str, Any], *, wants_saml: bool) -> Person:
        """The user of the response, if the target, its consent and the state of the user's account allow it."""
        facts = {"app": client.client_id, "resource": target.app.client_id, "tenant": self.world.tenant_id}
        if target.app.saml and self.mode.workday_app == "saml" and not wants_saml:
            raise AadstsError(399274, **facts)
        if wants_saml and not target.app.saml:
            raise AadstsError(50003, **facts)
        if client.client_id not in target.app.granted_to and client != target.app:
            raise AadstsError(65001, **facts)
        person = self.world.person_of(str(claims.get("oid")))
        if person is None:
            raise AadstsError(50034, user=str(claims.get("oid")), **facts)
        if code := self.mode.answers.get(person.key, person.refusal):
            raise AadstsError(code, user=person.upn, **facts)
        return person

    def _jwt(self, person: Person, client: App, target: Asked, *, with_client_info: bool) -> dict[str, Any]:
        info = base64url(json.dumps({"uid": person.oid, "utid": self.world.tenant_id}).encode())
        return {
            **tokens.delegated_response(self.world, self.keys, person, client, target),
            **({"refresh_token": secrets.token_urlsafe(64)} if target.offline else {}),
            **({"client_info": info} if with_client_info else {}),
        }

    def _saml(self, person: Person, target: Asked) -> dict[str, Any]:
        lifetime = int(saml.LIFETIME.total_seconds())
        xml = saml.assertion(self.world, person, target.app, target.identifier, self.assertion_signing)
        return {
            "token_type": "Bearer",
            "scope": target.scope,
            "expires_in": lifetime,
            "expires_on": int(time.time()) + lifetime,
            "resource": target.identifier,
            "access_token": base64url(xml),
            "issued_token_type": SAML2,
        }


def grant_type(request: Request) -> str:
    """The grant that a token request names; empty if it names none."""
    try:
        return request.form.get("grant_type", "")
    except BadRequestError:
        return ""


def classify(request: Request) -> tuple[Kind, str] | None:
    """The grant under which the statistics count this call: `obo`, `obo_saml2`, `client_credentials`, or none."""
    grant = grant_type(request)
    if grant != GRANT:
        return ("grants", grant) if grant == "client_credentials" else None
    return "grants", "obo_saml2" if request.form.get("requested_token_type") == SAML2 else "obo"


def _check_form(form: dict[str, str]) -> None:
    if "resource" in form:
        raise AadstsError(901002)
    check_present(form, "grant_type", "assertion", "requested_token_use")
    if form["grant_type"] != GRANT:
        raise AadstsError(70003, detail=form["grant_type"])
    if form["requested_token_use"] != "on_behalf_of" or form.get("requested_token_type", SAML2) != SAML2:
        raise AadstsError(9002313)


def _check_kind(client: App, claims: dict[str, Any]) -> None:
    """Delegated access tokens have scopes; app-only tokens name the app and have none; the rest are ID tokens."""
    if isinstance(claims.get("scp"), str):
        return
    if "azp" in claims or "appid" in claims:
        raise AadstsError(7000114, app=client.client_id)
    raise AadstsError(240002)
