"""The products that issue tokens for MCP servers, and what decides the audience of their tokens, as one table.

Sources, read in November 2026: learn.microsoft.com/entra/identity-platform, workos.com/docs/authkit/mcp,
auth0.com/ai/docs/mcp/guides/resource-param-compatibility-profile, keycloak.org/securing-apps/mcp-authz-server,
apollographql.com/docs/apollo-mcp-server/guides/auth-okta, docs.aws.amazon.com/cognito, docs.descope.com,
docs.scalekit.com, docs.github.com.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tools.explain.issuers import name_of


@dataclass(frozen=True, slots=True)
class Product:
    """`about_audience` says what decides the audience of an access token, and what to set.

    `needs_parameter`: the audience is the MCP server only if the client sends `resource` (or the tenant has a default).
    `registers`: any client may register. `says_pkce`: its metadata names PKCE. `opaque`: only the product itself can
    read its access tokens.
    """

    about_audience: str
    needs_parameter: bool = False
    registers: bool = True
    says_pkce: bool = True
    opaque: bool = False


ENTRA: Final = Product(
    "Entra issues a token for the API that the scope names, and refuses a resource that differs from the part of the "
    "scope before its name (AADSTS9010010). The audience of a v2 token is always the API's client id: the server must "
    "accept that.",
    says_pkce=False,
)
PRODUCTS: Final[Mapping[str, Product]] = {
    "WorkOS": Product(
        "AuthKit makes resource the audience if the client sends it, and the client id otherwise. Add the server's "
        "address as a resource indicator in the WorkOS dashboard (Connect > Configuration).",
        needs_parameter=True,
    ),
    "Auth0": Product(
        "Auth0 has its own parameter audience; resource counts only with the Resource Parameter Compatibility Profile "
        "(Dashboard > Settings > Advanced). Create an API whose identifier is the server's address; as the tenant's "
        "default audience it serves clients that send neither.",
        needs_parameter=True,
    ),
    "Keycloak": Product(
        "Keycloak ignores resource unless the experimental feature resource-indicators is on: the audience comes from "
        "client scopes, and may be absent. Add an audience mapper with the server's address to the scope that clients "
        "ask for.",
    ),
    "Okta": Product(
        "At Okta each custom authorization server has one audience: set it to the server's address (Security > API). "
        "Tokens of the org authorization server are for Okta alone.",
        registers=False,
    ),
    "Amazon Cognito": Product(
        "An access token of Cognito has client_id and scope, and usually no audience. Let the server compare the "
        "client id with a list, and request a scope of the resource server that you register for it.",
        says_pkce=False,
    ),
    "Google": Product(
        "Google's access tokens are opaque and for Google's own APIs. Use an authorization server that issues "
        "tokens for this server, and that signs users in at Google.",
        registers=False,
        opaque=True,
    ),
    "GitHub": Product(
        "GitHub's access tokens are opaque and for GitHub's own API. Use an authorization server that issues tokens "
        "for this server and signs users in at GitHub, or check each token and its client id with GitHub's API.",
        registers=False,
        opaque=True,
    ),
    "Descope": Product("At Descope each MCP server is a resource, with an issuer and an audience of its own."),
    "Scalekit": Product(
        "Scalekit issues for the MCP server that is registered there; the audience holds its resource id (res_…). "
        "Register the server's address exactly as clients enter it.",
    ),
}


_BY_REGISTRATION: Final = {"/oauth2/v1/clients": "Okta", "/oidc/register": "Auth0"}
"""The end of the registration endpoint's address → the product, for issuers on a customer's own domain."""


def product_of(issuer: str, metadata: Mapping[str, object] | None = None) -> Product | None:
    """The product of an issuer, by the issuer's name or metadata; None if it is not known."""
    name, said = name_of(issuer), metadata or {}
    if name.startswith("Microsoft Entra") or "cloud_instance_name" in said:
        return ENTRA
    endpoint = str(said.get("registration_endpoint"))
    ending = next((end for end in _BY_REGISTRATION if endpoint.endswith(end)), "")
    return PRODUCTS.get(name or _BY_REGISTRATION.get(ending, ""))
