"""The authorization code grant (RFC 6749 section 4.1, RFC 7636), for the person named in `login_hint`.

`resource` (RFC 8707) must be exactly what precedes the name in `scope`; otherwise Entra responds with AADSTS9010010
(github.com/anthropics/claude-code/issues/52871, github.com/anthropics/claude-ai-mcp/issues/514).

Differences from Entra: no sign-in page is shown, the user of the hint is signed in (without a hint, the first user); a
public client must use PKCE, which Entra only recommends; there are no refresh tokens; and loopback counts as a
verified domain (see `LOCAL_MCP_SERVER`), as the sandbox has no other.
"""

import hashlib
import html
import re
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from sandbox.entra.aadsts import HEADERS, AadstsError, check_present, check_tenant, form_of
from sandbox.entra.clients import ClientAuthentication, registered
from sandbox.entra.keys import KeyRing
from sandbox.entra.resources import OPENID_SCOPES, Asked, asked
from sandbox.entra.tokens import delegated_response
from sandbox.jws import base64url
from sandbox.server import Request, Response
from sandbox.world import App, Person, World

GRANT = "authorization_code"
CODE_SECONDS = 600.0
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


@dataclass(frozen=True, slots=True)
class Code:
    """What was granted, to whom, and what the token request has to repeat."""

    person: Person
    client: App
    target: Asked
    scope: str
    redirect_uri: str
    challenge: str | None
    ends_at: float


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """`GET /{tenant}/oauth2/v2.0/authorize`, and its grant at the token endpoint."""

    world: World
    keys: KeyRing
    clients: ClientAuthentication
    _codes: dict[str, Code] = field(default_factory=dict, repr=False)
    _redeemed: set[str] = field(default_factory=set, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def authorize(self, request: Request) -> Response:
        """A redirect to the client with a code or an error; an error response if its redirect URI is not known."""
        query = request.query
        try:
            check_tenant(self.world, request)
            client = registered(self.world, query.get("client_id"))
            redirect_uri = _redirect_uri(client, query)
        except AadstsError as error:
            return error.response(request)
        try:
            answer = {"code": self._code(query, client, redirect_uri)}
        except AadstsError as error:
            reported = error.body(request)
            answer = {"error": reported["error"], "error_description": reported["error_description"]}
        if "state" in query:
            answer["state"] = query["state"]
        if query.get("response_mode") == "form_post":
            return Response.html(_form_post(redirect_uri, answer))
        separator = "&" if "?" in redirect_uri else "?"
        return Response(302, headers={"Location": f"{redirect_uri}{separator}{urlencode(answer)}", **HEADERS})

    def redeem(self, request: Request) -> dict[str, Any]:
        """The token response. Raises `AadstsError`."""
        form = form_of(request)
        check_present(form, "code", "redirect_uri")
        client = self._authenticated(request, form)
        code = self._take(form["code"])
        if (client, form["redirect_uri"]) != (code.client, code.redirect_uri):
            raise AadstsError(70000)
        _check_verifier(form.get("code_verifier", ""), code.challenge)
        if "resource" in form:
            self._target(code.client, {"scope": form.get("scope", code.scope), "resource": form["resource"]})
        openid = [word for word in code.scope.split() if word in OPENID_SCOPES]
        response = delegated_response(self.world, self.keys, code.person, code.client, code.target)
        return {**response, "scope": " ".join([code.target.scope, *openid])}

    def _code(self, query: Mapping[str, str], client: App, redirect_uri: str) -> str:
        check_present(query, "response_type", "scope")
        if query["response_type"] != "code":
            raise AadstsError(700054)
        challenge = query.get("code_challenge")
        is_good = query.get("code_challenge_method") == "S256" and _CHALLENGE.fullmatch(challenge or "")
        if not is_good and (challenge is not None or client.public):
            raise AadstsError(9002325)
        target, person = self._target(client, query), self._person(query.get("login_hint", ""))
        code, ends_at = secrets.token_urlsafe(48), time.monotonic() + CODE_SECONDS
        with self._lock:
            self._codes[code] = Code(person, client, target, query["scope"], redirect_uri, challenge, ends_at)
        return code

    def _target(self, client: App, query: Mapping[str, str]) -> Asked:
        resource, scope = query.get("resource"), query["scope"]
        prefixes = {word.rpartition("/")[0] for word in scope.split() if word not in OPENID_SCOPES}
        if resource is not None and prefixes and prefixes != {resource}:
            raise AadstsError(9010010)
        target = asked(self.world, client, scope, bare=False)
        if client.client_id not in target.app.granted_to:
            raise AadstsError(65001, app=client.client_id)
        return target

    def _person(self, hint: str) -> Person:
        wanted = hint or self.world.people[0].key
        person = next((person for person in self.world.people if wanted in (person.key, person.upn)), None)
        if person is None:
            raise AadstsError(50034, user=hint, tenant=self.world.tenant_id)
        return person

    def _authenticated(self, request: Request, form: dict[str, str]) -> App:
        """A public client only names itself; any other client authenticates."""
        named = self.world.app(form.get("client_id"))
        if named is None or not named.public:
            return self.clients.client(request, form)
        if "client_secret" in form:
            raise AadstsError(700025)
        return named

    def _take(self, value: str) -> Code:
        """A code is valid once (RFC 6749 section 4.1.2), and for ten minutes."""
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


def _redirect_uri(client: App, query: Mapping[str, str]) -> str:
    given = query.get("redirect_uri", "")
    if not client.sends_to(given):
        raise AadstsError(50011, detail=given, app=client.client_id)
    return given


def _check_verifier(verifier: str, challenge: str | None) -> None:
    if challenge is None:
        return
    if not verifier:
        raise AadstsError(900144, detail="code_verifier")
    digest = base64url(hashlib.sha256(verifier.encode()).digest())
    if not _VERIFIER.fullmatch(verifier) or digest != challenge:
        raise AadstsError(501481)


def _form_post(redirect_uri: str, answer: dict[str, str]) -> str:
    """The page whose form a browser sends at once (OAuth 2.0 Form Post Response Mode)."""
    fields = "".join(f'<input name="{name}" value="{html.escape(text)}">' for name, text in answer.items())
    form = f'<form method="POST" action="{html.escape(redirect_uri)}">{fields}</form>'
    return f'<body onload="document.forms[0].submit()">{form}'
