"""How a person signs in: the authorization code with PKCE (RFC 6749, RFC 7636) and the device code (RFC 8628).

No page is shown: at the authorize endpoint `login_hint` names who signs in (the first user if it is absent), as a
browser with a session would. `POST /sandbox/device` plays the person who types a device code.
"""

import hashlib
import html
import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from sandbox.entra import tokens
from sandbox.entra.aadsts import HEADERS, AadstsError
from sandbox.entra.clients import ClientAuthentication
from sandbox.entra.keys import KeyRing
from sandbox.entra.resources import Asked, asked
from sandbox.jws import base64url
from sandbox.server import BadRequestError, Request, Response
from sandbox.world import App, Person, World

CODE_GRANT = "authorization_code"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
CODE_SECONDS = 600
DEVICE_SECONDS = 900
INTERVAL_SECONDS = 1  # Entra says 5
_NEEDED = ("client_id", "response_type", "redirect_uri", "scope")


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in on its way. `person` is None until somebody has signed in; `declined` says that they said no."""

    client: App
    target: Asked
    scope: str
    ends: float
    person: Person | None = None
    declined: bool = False
    redirect_uri: str = ""
    challenge: str = ""
    nonce: str = ""


@dataclass(frozen=True, slots=True)
class SignIn:
    """The authorize endpoint, the device-code endpoint, and their grants at the token endpoint. Safe for threads."""

    world: World
    keys: KeyRing
    clients: ClientAuthentication
    _codes: dict[str, Pending] = field(default_factory=dict, repr=False)
    _users: dict[str, str] = field(default_factory=dict, repr=False)  # user code → device code
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def authorize(self, request: Request) -> Response:
        """A redirect with a code, or with an error. What concerns client or redirect URI is shown, never redirected."""
        query = request.query
        try:
            client = self._client(query)
            _check_redirect(client, query.get("redirect_uri", ""))
        except AadstsError as error:
            return error.response(request)
        try:
            for name in _NEEDED:
                if not query.get(name):
                    raise AadstsError(900144, detail=name)
            if query["response_type"] != "code" or (client.public and query.get("code_challenge_method") != "S256"):
                raise AadstsError(9002313)
            pending = self._pending(client, query["scope"], CODE_SECONDS)
            signed_in = replace(
                pending,
                person=self._person(client, pending.target, query.get("login_hint", "")),
                redirect_uri=query["redirect_uri"],
                challenge=query.get("code_challenge", ""),
                nonce=query.get("nonce", ""),
            )
        except AadstsError as error:
            return _redirect(query, {name: str(error.body(request)[name]) for name in ("error", "error_description")})
        return _redirect(query, {"code": self._keep(signed_in)})

    def device(self, request: Request) -> Response:
        """RFC 8628 section 3.2."""
        try:
            form = request.form
            pending = self._pending(self._client(form), form.get("scope", ""), DEVICE_SECONDS)
        except AadstsError as error:
            return error.response(request)
        code, user_code = self._keep(pending), secrets.token_hex(4).upper()
        self._users[user_code] = code
        where = f"{request.base_url}/device"
        message = (
            f"To sign in, use a web browser to open the page {where} and enter the code {user_code} to authenticate."
        )
        times = {"expires_in": DEVICE_SECONDS, "interval": INTERVAL_SECONDS}
        shown = {"user_code": user_code, "verification_uri": where, "message": message}
        return Response.json({"device_code": code, **shown, **times}, headers=HEADERS)

    def enter(self, user_code: str, user: str | None) -> None:
        """Somebody types `user_code` and signs in as `user` (short name) or declines. Raises BadRequestError."""
        with self._lock:
            code = self._users.pop(user_code, "")
            pending = self._codes.get(code)
            person = self.world.person(user) if user else None
            if pending is None or (user and person is None):
                raise BadRequestError("There is no such code, or no such user.")
            self._codes[code] = replace(pending, person=person, declined=person is None)

    def grant(self, request: Request) -> Response:
        """Both grants at the token endpoint."""
        try:
            form = request.form
            client = self._authenticated(request, form)
            pending = self._device_grant(form) if form["grant_type"] == DEVICE_GRANT else self._code_grant(form)
            if pending.client != client:
                raise AadstsError(700005)
            if pending.person is None:
                raise AadstsError(70018)
            return Response.json(self._answer(pending, pending.person, form), headers=HEADERS)
        except AadstsError as error:
            return error.response(request)

    def _client(self, given: Mapping[str, str]) -> App:
        client_id = given.get("client_id", "")
        for app in self.world.apps:
            if app.client_id == client_id:
                return app
        raise AadstsError(700016, app=client_id)

    def _authenticated(self, request: Request, form: dict[str, str]) -> App:
        """A public client proves nothing, and must not pretend to."""
        client = self._client(form)
        if not client.public:
            return self.clients.client(request, form)
        if "client_secret" in form or "client_assertion" in form:
            raise AadstsError(700025, app=client.client_id)
        return client

    def _pending(self, client: App, scope: str, seconds: int) -> Pending:
        target = asked(self.world, client, scope, bare=False)
        return Pending(client, target, scope, time.monotonic() + seconds)

    def _person(self, client: App, target: Asked, hint: str) -> Person:
        people = self.world.people
        person = next((one for one in people if hint in (one.key, one.upn)), None) if hint else people[0]
        if person is None:
            raise AadstsError(50034, user=hint, tenant=self.world.tenant_id)
        if client.client_id not in target.app.granted_to:
            raise AadstsError(65001, app=client.client_id, resource=target.app.client_id)
        return person

    def _keep(self, pending: Pending) -> str:
        code = secrets.token_urlsafe(32)
        with self._lock:
            self._codes[code] = pending
        return code

    def _code_grant(self, form: dict[str, str]) -> Pending:
        with self._lock:
            pending = self._codes.pop(form.get("code", ""), None)
        if pending is None or not pending.redirect_uri:
            raise AadstsError(54005)
        if time.monotonic() > pending.ends:
            raise AadstsError(70008)
        if form.get("redirect_uri") != pending.redirect_uri:
            raise AadstsError(500112)
        verifier = form.get("code_verifier", "").encode()
        if pending.challenge and base64url(hashlib.sha256(verifier).digest()) != pending.challenge:
            raise AadstsError(501481)
        return pending

    def _device_grant(self, form: dict[str, str]) -> Pending:
        code = form.get("device_code", "")
        with self._lock:
            pending = self._codes.get(code)
            if pending is None or pending.redirect_uri:
                raise AadstsError(70019)
            if pending.person is None and not pending.declined and time.monotonic() < pending.ends:
                raise AadstsError(70016)
            del self._codes[code]
        if pending.person is None and not pending.declined:
            raise AadstsError(70020)
        if pending.person:
            self._person(pending.client, pending.target, pending.person.key)
        return pending

    def _answer(self, pending: Pending, person: Person, form: dict[str, str]) -> dict[str, Any]:
        target, client = pending.target, pending.client
        version = target.app.token_version
        audience = target.app.client_id if version == 2 else target.identifier
        claims = tokens.user_claims(
            self.world,
            person,
            version=version,
            audience=audience,
            scope=" ".join(target.scopes),
            client=client.client_id,
        ) | {"appidacr" if version == 1 else "azpacr": "0" if client.public else "1"}
        lifetime = {"expires_in": tokens.LIFETIME_SECONDS, "ext_expires_in": tokens.LIFETIME_SECONDS}
        info = base64url(json.dumps({"uid": person.oid, "utid": self.world.tenant_id}).encode())
        return {
            "token_type": "Bearer",
            "scope": target.scope,
            **lifetime,
            "access_token": tokens.issue(self.keys, claims),
            **({"refresh_token": secrets.token_urlsafe(64)} if target.offline else {}),
            **({"id_token": self._id_token(pending, person)} if "openid" in pending.scope.split() else {}),
            **({"client_info": info} if form.get("client_info") == "1" else {}),
        }

    def _id_token(self, pending: Pending, person: Person) -> str:
        claims = tokens.user_claims(
            self.world, person, version=2, audience=pending.client.client_id, scope="", client=pending.client.client_id
        )
        kept = {name: value for name, value in claims.items() if name not in ("scp", "azp", "azpacr")}
        return tokens.issue(self.keys, kept | ({"nonce": pending.nonce} if pending.nonce else {}))


def _check_redirect(client: App, redirect_uri: str) -> None:
    """Exact, but for the port of a registered http://localhost (RFC 8252 section 7.3)."""
    parts = urlsplit(redirect_uri)
    local = (parts.scheme, parts.hostname) == ("http", "localhost")
    portless = f"http://localhost{parts.path.rstrip('/')}" if local else redirect_uri
    if redirect_uri not in client.reply_urls and portless not in client.reply_urls:
        raise AadstsError(50011, app=client.client_id, detail=redirect_uri)


def _redirect(query: Mapping[str, str], values: dict[str, str]) -> Response:
    """By redirect, or (`response_mode=form_post`) by a page whose form the browser sends at once."""
    parameters = values | ({"state": query["state"]} if "state" in query else {})
    where = query["redirect_uri"]
    if query.get("response_mode") == "form_post":
        fields = "".join(f'<input name="{name}" value="{html.escape(text)}">' for name, text in parameters.items())
        form = f'<form method="POST" action="{html.escape(where)}">{fields}</form>'
        return Response.html(f'<body onload="document.forms[0].submit()">{form}')
    return Response(302, headers={"Location": f"{where}{'&' if '?' in where else '?'}{urlencode(parameters)}"})
