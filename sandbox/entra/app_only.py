"""The client credentials grant, as far as an app needs it to find out whether its own proof is accepted."""

import time
from dataclasses import dataclass
from typing import Any

from sandbox.entra import tokens
from sandbox.entra.aadsts import HEADERS, AadstsError
from sandbox.entra.clients import ClientAuthentication
from sandbox.entra.keys import KeyRing
from sandbox.server import Request, Response
from sandbox.world import App, World

GRANT = "client_credentials"
GRAPH = "https://graph.microsoft.com"
LIFETIME_SECONDS = 3599


@dataclass(frozen=True, slots=True)
class AppOnly:
    """Gives a token for Microsoft Graph without any permission (Microsoft Learn, "OAuth 2.0 client credentials")."""

    world: World
    keys: KeyRing
    clients: ClientAuthentication

    def __call__(self, request: Request) -> Response:
        try:
            if request.params["tenant"] != self.world.tenant_id:
                raise AadstsError(90002, tenant=request.params["tenant"])
            client = self.clients.client(request, request.form)
            if request.form.get("scope") != f"{GRAPH}/.default":
                raise AadstsError(500011, resource=request.form.get("scope", "").removesuffix("/.default"))
            return Response.json(self._answer(client), headers=HEADERS)
        except AadstsError as error:
            return error.response(request)

    def _answer(self, client: App) -> dict[str, Any]:
        now = int(time.time())
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
        token = tokens.issue(self.keys, claims)
        lifetime = {"expires_in": LIFETIME_SECONDS, "ext_expires_in": LIFETIME_SECONDS}
        return {"token_type": "Bearer", **lifetime, "access_token": token}
