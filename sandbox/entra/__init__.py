"""The sandbox's Entra tenant: discovery, keys, the token endpoint, and its controls."""

from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox.ca import KeyPair, Tls, self_signed
from sandbox.controls import Controls, checked
from sandbox.entra.app_only import GRANT as APP_ONLY
from sandbox.entra.app_only import AppOnly
from sandbox.entra.authorization_code import GRANT as AUTHORIZATION_CODE
from sandbox.entra.authorization_code import AuthorizationCode
from sandbox.entra.clients import ClientAuthentication
from sandbox.entra.device_code import GRANT as DEVICE_CODE
from sandbox.entra.device_code import DeviceCode
from sandbox.entra.discovery import Discovery
from sandbox.entra.graph import Graph
from sandbox.entra.keys import KeyRing
from sandbox.entra.minting import Wish, mint
from sandbox.entra.on_behalf_of import Mode, OnBehalfOf, classify, grant_type
from sandbox.server import BadRequestError, Handler, Request, Response, Route, Server
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class Entra:
    """The tenant's keys and switches. `client_certificate` is the one registered for the bridge's app."""

    world: World
    keys: KeyRing = field(default_factory=KeyRing)
    mode: Mode = field(default_factory=Mode)
    assertion_signing: KeyPair = field(default_factory=lambda: self_signed("Microsoft Azure Federated SSO Certificate"))
    client_certificate: KeyPair = field(default_factory=lambda: self_signed("bridge"))
    stranger: KeyPair = field(default_factory=lambda: self_signed("stranger"))

    def server(self, tls: Tls, *, port: int = 0) -> Server:
        """Bound, not yet started."""
        controls = Controls("token", "keys", "discovery", "graph")
        return Server([*self._routes(controls), *self._control_routes(), *controls.routes()], tls, port=port)

    def token(self, **wish: Any) -> str:
        """What `POST /sandbox/token` mints; `wish` as there. Raises `BadRequestError`."""
        return mint(self.world, self.keys, self.stranger, Wish.parse(wish))

    def _routes(self, controls: Controls) -> list[Route]:
        discovery = Discovery(self.world, self.keys)
        clients = ClientAuthentication(self.world, self.keys, self.client_certificate.certificate)
        on_behalf_of = OnBehalfOf(self.world, self.keys, clients, self.assertion_signing, self.mode)
        app_only = AppOnly(self.world, self.keys, clients)

        codes = AuthorizationCode(self.world, self.keys, clients)
        devices = DeviceCode(self.world, self.keys)
        grants: dict[str, Handler] = {APP_ONLY: app_only, AUTHORIZATION_CODE: codes, DEVICE_CODE: devices}

        def grant(request: Request) -> Response:
            return grants.get(grant_type(request), on_behalf_of)(request)

        documents = {
            "/{tenant}/.well-known/openid-configuration": (discovery.configuration(1), "discovery"),
            "/{tenant}/v2.0/.well-known/openid-configuration": (discovery.configuration(2), "discovery"),
            "/.well-known/oauth-authorization-server/{tenant}/v2.0": (discovery.of_this_address, "discovery"),
            "/{tenant}/discovery/keys": (discovery.key_document(1), "keys"),
            "/{tenant}/discovery/v2.0/keys": (discovery.key_document(2), "keys"),
        }
        token = controls.route("POST", "/{tenant}/oauth2/v2.0/token", grant, endpoint="token", classify=classify)
        gets = (controls.route("GET", path, handler, endpoint=name) for path, (handler, name) in documents.items())
        signing_in = (
            Route("GET", "/{tenant}/oauth2/v2.0/authorize", codes.authorize),
            Route("POST", "/{tenant}/oauth2/v2.0/devicecode", devices.start),
            Route("GET", "/device", devices.page),
            Route("POST", "/device", devices.page),
            Route("POST", "/sandbox/device", devices.enter),
        )
        graph = controls.route("GET", "/v1.0/me", Graph(self.world, self.keys), endpoint="graph")
        return [token, *signing_in, *gets, graph]

    def _control_routes(self) -> list[Route]:
        return [
            Route("POST", "/sandbox/token", lambda r: Response.json({"access_token": self._minted(r)})),
            Route("POST", "/sandbox/rotate-keys", self._rotate),
            Route("POST", "/sandbox/mode", self._set_mode),
        ]

    def _minted(self, request: Request) -> str:
        return mint(self.world, self.keys, self.stranger, Wish.parse(request.json()))

    def _rotate(self, _: Request) -> Response:
        self.keys.rotate()
        return Response.json({"kid": self.keys.current.kid})

    def _set_mode(self, request: Request) -> Response:
        """`{"workday_app": "saml"|"oauth", "answers": {user: AADSTS code}}`; what is not named stays."""
        wanted = checked(request.json(), {"workday_app": ("saml", "oauth"), "answers": dict})
        for user, code in wanted.get("answers", {}).items():
            if self.world.person(user) is None or type(code) is not int:
                raise BadRequestError("'answers' maps short names of users to AADSTS codes.")
        for name, value in wanted.items():
            setattr(self.mode, name, value)
        return Response.json(asdict(self.mode))
