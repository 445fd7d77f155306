"""The sandbox's Entra tenant: discovery, JWKS, the endpoints for sign-in and tokens, and the sandbox controls."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, get_type_hints

from sandbox.ca import KeyPair, Tls, self_signed
from sandbox.controls import Controls, checked
from sandbox.entra import app_only, authorization_code, device_code
from sandbox.entra.aadsts import answering, check_tenant
from sandbox.entra.clients import ClientAuthentication
from sandbox.entra.custom_tokens import CustomToken, issue
from sandbox.entra.discovery import Discovery
from sandbox.entra.graph import Graph
from sandbox.entra.keys import KeyRing
from sandbox.entra.on_behalf_of import Mode, OnBehalfOf, classify, grant_type
from sandbox.server import BadRequestError, Request, Response, Route, Server
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class Entra:
    """The tenant's keys and switches. `client_certificate` is registered for the bridge's app, `other_key` nowhere."""

    world: World
    keys: KeyRing = field(default_factory=KeyRing)
    mode: Mode = field(default_factory=Mode)
    assertion_signing: KeyPair = field(default_factory=lambda: self_signed("Microsoft Azure Federated SSO Certificate"))
    client_certificate: KeyPair = field(default_factory=lambda: self_signed("bridge"))
    other_key: KeyPair = field(default_factory=lambda: self_signed("other key"))

    def server(self, tls: Tls, *, port: int = 0) -> Server:
        """Bound, not yet started."""
        controls = Controls("token", "keys", "discovery", "graph")
        return Server([*self._routes(controls), *self._control_routes(), *controls.routes()], tls, port=port)

    def token(self, **wanted: Any) -> str:
        """The token that `POST /sandbox/token` issues; `wanted` as there. Raises `BadRequestError`."""
        return self._issued(wanted)

    def _routes(self, controls: Controls) -> list[Route]:
        discovery = Discovery(self.world, self.keys)
        clients = ClientAuthentication(self.world, self.keys, self.client_certificate.certificate)
        codes = authorization_code.AuthorizationCode(self.world, self.keys, clients)
        devices = device_code.DeviceCode(self.world, self.keys)
        on_behalf_of = OnBehalfOf(self.world, self.keys, clients, self.assertion_signing, self.mode)
        grants: dict[str, Callable[[Request], dict[str, Any]]] = {
            app_only.GRANT: app_only.AppOnly(self.world, self.keys, clients),
            authorization_code.GRANT: codes.redeem,
            device_code.GRANT: devices.redeem,
        }

        def grant(request: Request) -> dict[str, Any]:
            check_tenant(self.world, request)
            return grants.get(grant_type(request), on_behalf_of)(request)

        watched = (
            ("GET", "/{tenant}/.well-known/openid-configuration", discovery.configuration(1), "discovery"),
            ("GET", "/{tenant}/v2.0/.well-known/openid-configuration", discovery.configuration(2), "discovery"),
            ("GET", "/.well-known/oauth-authorization-server/{tenant}/v2.0", discovery.of_this_address, "discovery"),
            ("GET", "/{tenant}/discovery/keys", discovery.key_document(1), "keys"),
            ("GET", "/{tenant}/discovery/v2.0/keys", discovery.key_document(2), "keys"),
            ("GET", "/v1.0/me", Graph(self.world, self.keys), "graph"),
        )
        token = answering(grant)
        return [
            controls.route("POST", "/{tenant}/oauth2/v2.0/token", token, endpoint="token", classify=classify),
            *(controls.route(method, path, handler, endpoint=name) for method, path, handler, name in watched),
            Route("GET", "/{tenant}/oauth2/v2.0/authorize", codes.authorize),
            Route("POST", "/{tenant}/oauth2/v2.0/devicecode", answering(devices.start)),
            Route("GET", "/device", devices.page),
            Route("POST", "/device", devices.page),
            Route("POST", "/sandbox/device", devices.enter),
        ]

    def _control_routes(self) -> list[Route]:
        return [
            Route("POST", "/sandbox/token", lambda r: Response.json({"access_token": self._issued(r.json())})),
            Route("POST", "/sandbox/rotate-keys", self._rotate),
            Route("POST", "/sandbox/mode", self._set_mode),
        ]

    def _issued(self, wanted: Any) -> str:
        return issue(self.world, self.keys, self.other_key, CustomToken.parse(wanted))

    def _rotate(self, _: Request) -> Response:
        self.keys.rotate()
        return Response.json({"kid": self.keys.current.kid})

    def _set_mode(self, request: Request) -> Response:
        """`{"workday_app": "saml"|"oauth", "answers": {user: AADSTS code}}`; other fields keep their values."""
        wanted = checked(request.json(), get_type_hints(Mode))
        for user, code in wanted.get("answers", {}).items():
            if self.world.person(user) is None or type(code) is not int:
                raise BadRequestError("'answers' maps short names of users to AADSTS codes.")
        for name, value in wanted.items():
            setattr(self.mode, name, value)
        return Response.json(asdict(self.mode))
