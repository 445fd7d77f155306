"""What decides a token's audience at the products that issue tokens for MCP servers, as one table.

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
    """`about_audience` says what decides the audience of an access token there.

    `needs_parameter`: only the client's parameter `resource` (or a default of the tenant) makes it the MCP server.
    `registers`: its registration endpoint serves anybody. `says_pkce`: its metadata say that it supports PKCE.
    `opaque`: its access tokens can be read by nobody but itself.
    """

    about_audience: str
    needs_parameter: bool = False
    registers: bool = True
    says_pkce: bool = True
    opaque: bool = False


ENTRA: Final = Product(
    "Entra issues for the API that the scope names, and refuses a resource that differs from what precedes the scope's "
    "name (AADSTS9010010). The audience of a v2 token is the API's client id, whatever was asked for: the server has "
    "to accept that.",
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
        "An access token of Cognito has client_id and scope, and as a rule no audience. Let the server compare the "
        "client id with a list, and ask for a scope of the resource server that you register for it.",
        says_pkce=False,
    ),
    "Google": Product(
        "Google's access tokens are opaque and for Google's own APIs. Put an authorization server before it that "
        "issues tokens for this server.",
        registers=False,
        opaque=True,
    ),
    "GitHub": Product(
        "GitHub's access tokens are opaque and for GitHub's own API. Put an authorization server before it that issues "
        "tokens for this server, or check each token with GitHub's API, the client id included.",
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
"""How the registration endpoint ends, for issuers under a domain of the customer's own."""


def product_of(issuer: str, metadata: Mapping[str, object] | None = None) -> Product | None:
    """The product behind an issuer, by its name or its metadata; None if it is not known."""
    name, said = name_of(issuer), metadata or {}
    if name.startswith("Microsoft Entra") or "cloud_instance_name" in said:
        return ENTRA
    endpoint = str(said.get("registration_endpoint"))
    ending = next((end for end in _BY_REGISTRATION if endpoint.endswith(end)), "")
    return PRODUCTS.get(name or _BY_REGISTRATION.get(ending, ""))
