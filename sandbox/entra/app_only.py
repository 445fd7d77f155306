"""The client credentials grant, with which an app finds out whether Entra accepts its client authentication."""

import time
from dataclasses import dataclass
from typing import Any

from sandbox.entra import tokens
from sandbox.entra.aadsts import AadstsError, form_of
from sandbox.entra.clients import ClientAuthentication
from sandbox.entra.keys import KeyRing
from sandbox.server import Request
from sandbox.world import World

GRANT = "client_credentials"
GRAPH = "https://graph.microsoft.com"
LIFETIME_SECONDS = 3599


@dataclass(frozen=True, slots=True)
class AppOnly:
    """Gives a token for Microsoft Graph without any permission (Microsoft Learn, "OAuth 2.0 client credentials")."""

    world: World
    keys: KeyRing
    clients: ClientAuthentication

    def __call__(self, request: Request) -> dict[str, Any]:
        """The token response. Raises `AadstsError`."""
        form, now = form_of(request), int(time.time())
        client = self.clients.client(request, form)
        if form.get("scope") != f"{GRAPH}/.default":
            raise AadstsError(500011, resource=form.get("scope", "").removesuffix("/.default"))
        claims = {
            "aud": GRAPH,
            "iss": tokens.issuer(self.world.tenant_id, 1),
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME_SECONDS,
            "appid": client.client_id,
            "appidacr": "1",
            "idtyp": "app",
            "tid": self.world.tenant_id,
            "ver": "1.0",
        }
        return tokens.token_response(self.keys, claims, lifetime_seconds=LIFETIME_SECONDS)
