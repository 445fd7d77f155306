"""OpenID Connect discovery and key documents, in both versions, for one tenant."""

from dataclasses import dataclass
from typing import Any

from sandbox.entra.aadsts import AadstsError
from sandbox.entra.keys import KeyRing
from sandbox.entra.tokens import issuer
from sandbox.server import Handler, Request, Response
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class Discovery:
    """The issuers are Entra's; the addresses are those of this server."""

    world: World
    keys: KeyRing

    def configuration(self, version: int) -> Handler:
        return lambda request: self._of_tenant(request, self._configuration(request, version))

    def of_this_address(self, request: Request) -> Response:
        """Authorization server metadata (RFC 8414), whose issuer is the address under which the client asks.

        Clients compare the two, and the sandbox has no address under Entra's name. Entra serves nothing at this path.
        As at Entra, `code_challenge_methods_supported` is missing.
        """
        address = f"{request.base_url}/{request.params['tenant']}/v2.0"
        return self._of_tenant(request, self._configuration(request, 2) | {"issuer": address})

    def key_document(self, version: int) -> Handler:
        """The JWKS, in which each key names its issuer with the placeholder `{tenantid}`."""
        return lambda request: self._of_tenant(request, self.keys.document(issuer("{tenantid}", version)))

    def _of_tenant(self, request: Request, document: dict[str, Any]) -> Response:
        if request.params["tenant"] == self.world.tenant_id:
            return Response.json(document)
        return AadstsError(90002, tenant=request.params["tenant"]).response(request)

    def _configuration(self, request: Request, version: int) -> dict[str, Any]:
        tenant = f"{request.base_url}/{request.params['tenant']}"
        v2 = "v2.0/" if version == 2 else ""
        return {
            "issuer": issuer(self.world.tenant_id, version),
            "authorization_endpoint": f"{tenant}/oauth2/{v2}authorize",
            "device_authorization_endpoint": f"{tenant}/oauth2/{v2}devicecode",
            "token_endpoint": f"{tenant}/oauth2/{v2}token",
            "jwks_uri": f"{tenant}/discovery/{v2}keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "tenant_region_scope": "EU",
            "cloud_instance_name": "microsoftonline.com",
        }
