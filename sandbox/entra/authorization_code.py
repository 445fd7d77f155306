"""The authorization code grant with PKCE (RFC 6749 section 4.1, RFC 7636), for the person named in `login_hint`.

No page is shown: who asks is signed in as that test user, the first one without a hint. Redirect URIs on loopback are
those of a public client, and any port will do, as at Entra. The tenant's verified domain is loopback: an MCP server on
this machine is known to Entra under its address, so that clients that send it as `resource` (RFC 8707) are served.
"""

import hashlib
import html
import re
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from sandbox.entra import tokens
from sandbox.entra.aadsts import HEADERS, AadstsError
from sandbox.entra.keys import KeyRing
from sandbox.entra.resources import OPENID_SCOPES, Asked, asked
from sandbox.jws import base64url
from sandbox.server import BadRequestError, Request, Response
from sandbox.world import App, Person, World

GRANT = "authorization_code"
CODE_SECONDS = 600.0
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_LOCAL_SERVER = re.compile(r"http://(localhost|127\.0\.0\.1):[0-9]{1,5}/mcp")


@dataclass(frozen=True, slots=True)
class Code:
    """What was granted, to whom, and what the token request has to repeat."""

    person: Person
    client: App
    target: Asked
    scope: str
    redirect_uri: str
    challenge: str
    ends_at: float


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """`GET /{tenant}/oauth2/v2.0/authorize`, and its grant at the token endpoint."""

    world: World
    keys: KeyRing
    _codes: dict[str, Code] = field(default_factory=dict, repr=False)
    _redeemed: set[str] = field(default_factory=set, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def authorize(self, request: Request) -> Response:
        """Back to the client with a code, or with an error; an error page if it is not known where to."""
        query = request.query
        try:
            client, redirect_uri = self._client(request), self._redirect_uri(query)
        except AadstsError as error:
            return error.response(request)
        try:
            answer = {"code": self._code(query, client, redirect_uri)}
        except AadstsError as error:
            told = error.body(request)
            answer = {"error": told["error"], "error_description": told["error_description"]}
        if "state" in query:
            answer["state"] = query["state"]
        if query.get("response_mode") == "form_post":
            return Response.html(_form_post(redirect_uri, answer))
        separator = "&" if "?" in redirect_uri else "?"
        return Response(302, headers={"Location": f"{redirect_uri}{separator}{urlencode(answer)}", **HEADERS})

    def __call__(self, request: Request) -> Response:
        """The token request."""
        try:
            if request.params["tenant"] != self.world.tenant_id:
                raise AadstsError(90002, tenant=request.params["tenant"])
            return Response.json(self._redeem(_form(request)), headers=HEADERS)
        except AadstsError as error:
            return error.response(request)

    def _client(self, request: Request) -> App:
        if request.params["tenant"] != self.world.tenant_id:
            raise AadstsError(90002, tenant=request.params["tenant"])
        client_id = request.query.get("client_id", "")
        if not client_id:
            raise AadstsError(900144, detail="client_id")
        client = next((app for app in self.world.apps if app.client_id == client_id), None)
        if client is None:
            raise AadstsError(700016, app=client_id)
        return client

    def _redirect_uri(self, query: Any) -> str:
        given = str(query.get("redirect_uri", ""))
        parts = urlsplit(given)
        if parts.scheme != "http" or parts.netloc.rpartition(":")[0] not in LOOPBACK or parts.fragment:
            raise AadstsError(50011, detail=given, app=str(query.get("client_id")))
        return given

    def _code(self, query: Any, client: App, redirect_uri: str) -> str:
        for name in ("response_type", "scope"):
            if not query.get(name):
                raise AadstsError(900144, detail=name)
        if query["response_type"] != "code":
            raise AadstsError(700054)
        challenge = query.get("code_challenge", "")
        if query.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge):
            raise AadstsError(9002325)
        target = self._target(client, query)
        code = secrets.token_urlsafe(48)
        ends_at = time.monotonic() + CODE_SECONDS
        with self._lock:
            self._codes[code] = Code(
                self._person(query.get("login_hint", "")),
                client,
                target,
                query["scope"],
                redirect_uri,
                challenge,
                ends_at,
            )
        return code

    def _target(self, client: App, query: Any) -> Asked:
        """Entra takes `resource` only if it is an App ID URI of the app that the scope names."""
        target = asked(self.world, client, query["scope"], bare=False)
        if client.client_id not in target.app.granted_to:
            raise AadstsError(65001, app=client.client_id)
        resource = query.get("resource")
        known = (target.app.client_id, *target.app.identifiers)
        local = target.app == self.world.bridge and _LOCAL_SERVER.fullmatch(resource or "")
        if resource is not None and resource not in known and not local:
            raise AadstsError(9010010)
        return target

    def _person(self, hint: str) -> Person:
        wanted = hint or self.world.people[0].key
        person = next((person for person in self.world.people if wanted in (person.key, person.upn)), None)
        if person is None:
            raise AadstsError(50034, user=hint, tenant=self.world.tenant_id)
        return person

    def _redeem(self, form: dict[str, str]) -> dict[str, Any]:
        for name in ("client_id", "code", "redirect_uri", "code_verifier"):
            if not form.get(name):
                raise AadstsError(900144, detail=name)
        if "client_secret" in form:
            raise AadstsError(700025)
        code = self._take(form["code"])
        if (form["client_id"], form["redirect_uri"]) != (code.client.client_id, code.redirect_uri):
            raise AadstsError(70000)
        verifier = form["code_verifier"]
        digest = base64url(hashlib.sha256(verifier.encode()).digest())
        if not _VERIFIER.fullmatch(verifier) or digest != code.challenge:
            raise AadstsError(501481)
        if "resource" in form:
            self._target(code.client, {"scope": form.get("scope", code.scope), "resource": form["resource"]})
        return self._tokens(code)

    def _take(self, value: str) -> Code:
        """A code is good once (RFC 6749 section 4.1.2), and for ten minutes."""
        with self._lock:
            if value in self._redeemed:
                raise AadstsError(54005)
            code = self._codes.pop(value, None)
            self._redeemed.add(value)
        if code is None:
            raise AadstsError(9002313)
        if time.monotonic() > code.ends_at:
            raise AadstsError(70008)
        return code

    def _tokens(self, code: Code) -> dict[str, Any]:
        app = code.target.app
        claims = tokens.user_claims(
            self.world,
            code.person,
            version=app.token_version,
            audience=app.client_id if app.token_version == 2 else code.target.identifier,
            scope=" ".join(code.target.scopes),
            client=code.client.client_id,
        )
        openid = [word for word in code.scope.split() if word in OPENID_SCOPES]
        return {
            "token_type": "Bearer",
            "scope": " ".join([code.target.scope, *openid]),
            "expires_in": tokens.LIFETIME_SECONDS,
            "ext_expires_in": tokens.LIFETIME_SECONDS,
            "access_token": tokens.issue(self.keys, claims),
        }


def _form_post(redirect_uri: str, answer: dict[str, str]) -> str:
    """The page whose form a browser sends at once (OAuth 2.0 Form Post Response Mode)."""
    fields = "".join(f'<input name="{name}" value="{html.escape(text)}">' for name, text in answer.items())
    form = f'<form method="POST" action="{html.escape(redirect_uri)}">{fields}</form>'
    return f'<body onload="document.forms[0].submit()">{form}'


def _form(request: Request) -> dict[str, str]:
    try:
        return request.form
    except BadRequestError as error:
        raise AadstsError(9002313) from error
