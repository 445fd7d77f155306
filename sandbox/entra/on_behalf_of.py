"""The token endpoint's one grant: on-behalf-of, answered with an access token or a SAML assertion."""

import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any, Literal

from sandbox.ca import KeyPair
from sandbox.controls import Kind
from sandbox.entra import saml, tokens
from sandbox.entra.aadsts import HEADERS, AadstsError
from sandbox.entra.clients import ClientAuthentication
from sandbox.entra.keys import KeyRing
from sandbox.entra.resources import Asked, asked
from sandbox.jws import Jws, JwsError, base64url, is_current
from sandbox.server import BadRequestError, Request, Response
from sandbox.world import App, Person, World

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SAML2 = "urn:ietf:params:oauth:token-type:saml2"


@dataclass(slots=True)
class Mode:
    """What a test can switch: is the Workday app SAML-only, and which AADSTS code a user (by short name) gets."""

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

    def __call__(self, request: Request) -> Response:
        try:
            return Response.json(self._answer(request), headers=HEADERS)
        except AadstsError as error:
            return error.response(request)

    def _answer(self, request: Request) -> dict[str, Any]:
        form = _form(request)
        self._check_request(request.params["tenant"], form)
        client = self.clients.client(request, form)
        claims = self._incoming(client, form["assertion"])
        wants_saml = form.get("requested_token_type") == SAML2
        target = asked(self.world, client, form.get("scope", ""), bare=wants_saml)
        person = self._person(client, target, claims, wants_saml=wants_saml)
        if wants_saml:
            return self._saml(person, target)
        return self._jwt(person, client, target, with_client_info=form.get("client_info") == "1")

    def _check_request(self, tenant: str, form: dict[str, str]) -> None:
        if tenant in ("common", "consumers"):
            raise AadstsError(9001023)
        if tenant != self.world.tenant_id:
            raise AadstsError(90002, tenant=tenant)
        if "resource" in form:
            raise AadstsError(901002)
        for name in ("grant_type", "assertion", "requested_token_use"):
            if not form.get(name):
                raise AadstsError(900144, detail=name)
        if form["grant_type"] != GRANT:
            raise AadstsError(70003, detail=form["grant_type"])
        if form["requested_token_use"] != "on_behalf_of" or form.get("requested_token_type", SAML2) != SAML2:
            raise AadstsError(9002313)

    def _incoming(self, client: App, assertion: str) -> dict[str, Any]:
        """The claims of the incoming access token, if it is one, of this tenant, in time, and for this client."""
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
        """Whom the answer is about, once the target, its consent and the user's own standing allow it."""
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
        """Token form and audience follow the resource's setting, not the endpoint."""
        version = target.app.token_version
        claims = tokens.user_claims(
            self.world,
            person,
            version=version,
            audience=target.app.client_id if version == 2 else target.identifier,
            scope=" ".join(target.scopes),
            client=client.client_id,
        )
        info = {"uid": person.oid, "utid": self.world.tenant_id}
        return {
            "token_type": "Bearer",
            "scope": target.scope,
            "expires_in": tokens.LIFETIME_SECONDS,
            "ext_expires_in": tokens.LIFETIME_SECONDS,
            "access_token": tokens.issue(self.keys, claims),
            **({"refresh_token": secrets.token_urlsafe(64)} if target.offline else {}),
            **({"client_info": base64url(json.dumps(info).encode())} if with_client_info else {}),
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
    """How the statistics name this call: `obo`, `obo_saml2`, `client_credentials`, or not at all."""
    grant = grant_type(request)
    if grant != GRANT:
        return ("grants", grant) if grant == "client_credentials" else None
    return "grants", "obo_saml2" if request.form.get("requested_token_type") == SAML2 else "obo"


def _form(request: Request) -> dict[str, str]:
    try:
        return request.form
    except BadRequestError as error:
        raise AadstsError(9002313) from error


def _check_kind(client: App, claims: dict[str, Any]) -> None:
    """Only delegated access tokens have scopes; only app-only ones say who the app is without them."""
    if isinstance(claims.get("scp"), str):
        return
    if "azp" in claims or "appid" in claims:
        raise AadstsError(7000114, app=client.client_id)
    raise AadstsError(240002)
