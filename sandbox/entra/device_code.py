"""The device code grant (RFC 8628): a client without a browser gets a code, and a person enters it on another device.

A person uses the page /device. A test uses `POST /sandbox/device` with `{"user_code", "user"}`; without `user` the
person declines.
"""

import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.controls import checked
from sandbox.entra.aadsts import AadstsError, form_of
from sandbox.entra.clients import registered
from sandbox.entra.keys import KeyRing
from sandbox.entra.resources import Asked, asked
from sandbox.entra.tokens import delegated_response
from sandbox.server import BadRequestError, Request, Response
from sandbox.world import App, Person, World

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SECONDS = 900
INTERVAL_SECONDS = 1  # Entra says 5
_PAGE = """<!doctype html><html lang="en"><title>Sandbox: enter code</title>
<form method="post"><label>Code <input name="user_code" autofocus required></label>
<label>Sign in as <select name="user">{people}</select></label> <button>Sign in</button></form>
"""
_DONE = '<!doctype html><html lang="en"><title>Sandbox</title><p>You are signed in. Close this window.'


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in: `person` has entered the code; otherwise `refusal` says pending (70016) or declined (70018)."""

    client: App
    target: Asked
    ends_at: float
    person: Person | None = None
    refusal: int = 70016


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """`POST /{tenant}/oauth2/v2.0/devicecode`, and its grant at the token endpoint. Safe for threads."""

    world: World
    keys: KeyRing
    _pending: dict[str, Pending] = field(default_factory=dict, repr=False)
    _user_codes: dict[str, str] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def start(self, request: Request) -> dict[str, Any]:
        """The device authorization response (RFC 8628 section 3.2). Raises `AadstsError`."""
        form = form_of(request)
        client = _client(self.world, form)
        target = asked(self.world, client, form.get("scope", ""), bare=False)
        if client.client_id not in target.app.granted_to:
            raise AadstsError(65001, app=client.client_id)
        code, user_code, where = secrets.token_urlsafe(48), secrets.token_hex(4).upper(), f"{request.base_url}/device"
        with self._lock:
            self._pending[code] = Pending(client, target, time.monotonic() + SECONDS)
            self._user_codes[user_code] = code
        message = f"To sign in, use a web browser to open {where} and enter the code {user_code} to authenticate."
        shown = {"user_code": user_code, "verification_uri": where, "message": message}
        return {"device_code": code, **shown, "expires_in": SECONDS, "interval": INTERVAL_SECONDS}

    def enter(self, request: Request) -> Response:
        """A test enters the user code. Raises `BadRequestError`."""
        self._decide(checked(request.json(), {"user_code": str, "user": str}))
        return Response(204)

    def page(self, request: Request) -> Response:
        """The page of the verification URI, and the form that it sends. Raises `BadRequestError`."""
        if request.method == "POST":
            self._decide({**request.form, "user_code": request.form.get("user_code", "").strip().upper()})
            return Response.html(_DONE)
        return Response.html(_PAGE.format(people="".join(f"<option>{one.key}</option>" for one in self.world.people)))

    def _decide(self, given: Mapping[str, str]) -> None:
        person = self.world.person(given["user"]) if "user" in given else None
        with self._lock:
            code = self._user_codes.pop(given.get("user_code", ""), None)
            if code is None or (person is None and "user" in given):
                raise BadRequestError("There is no such code, or no such user.")
            self._pending[code] = replace(self._pending[code], person=person, refusal=70018)

    def redeem(self, request: Request) -> dict[str, Any]:
        """The token response; the client repeats the request while the sign-in is pending. Raises `AadstsError`."""
        form = form_of(request)
        client = _client(self.world, form)
        pending = self._take(client, form.get("device_code", ""))
        if pending.person is None:
            raise AadstsError(pending.refusal)
        return delegated_response(self.world, self.keys, pending.person, client, pending.target)

    def _take(self, client: App, code: str) -> Pending:
        """A code is valid once, for the client that asked for it."""
        with self._lock:
            pending = self._pending.get(code)
            if pending is None or pending.client != client:
                raise AadstsError(70019)
            if pending.person is None and pending.refusal == 70016 and time.monotonic() < pending.ends_at:
                raise AadstsError(70016)
            del self._pending[code]
        if time.monotonic() > pending.ends_at:
            raise AadstsError(70020)
        return pending


def _client(world: World, form: dict[str, str]) -> App:
    client = registered(world, form.get("client_id"))
    if "client_secret" in form or "client_assertion" in form:
        raise AadstsError(700025)
    return client
