"""How a client gets a token: the resource metadata (RFC 9728), challenges, and OAuth settings for manual entry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from bridge.api.message import Response
from bridge.api.problem import problem_response
from bridge.check.mcp import VS_CODE
from bridge.errors import BridgeError
from bridge.mcp import WELL_KNOWN
from bridge.settings import Settings
from bridge.settings.mcp import server_address

_SCOPE: Final = re.compile(r', scope="[^"]*"')
_NO_RESOURCE: Final = (
    "The client did not say for which API it wants the token: it sent neither the parameter resource (RFC 8707) nor "
    "the API's scope in full. Choose manual OAuth settings in the client, and enter those of the member oauthSettings."
)
_OTHER_RESOURCE: Final = (
    "The client asked for a token for another resource. Choose manual OAuth settings in the client, and enter those of "
    "the member oauthSettings; if it sends the parameter resource (RFC 8707), its value is the member resource."
)
_BY_HAND: Final = (
    "Sign in first. Microsoft Entra has no dynamic client registration: enter a client id of the member oauthSettings "
    "in the client by hand."
)
_HINTS: Final[Mapping[str, str]] = {
    "no_token": _BY_HAND,
    "audience_missing": _NO_RESOURCE,
    "audience_is_client_id": _NO_RESOURCE,
    "client_is_resource": _NO_RESOURCE,
}


def server_url(settings: Settings) -> str:
    """The server's address. Raises `Misconfigured` if the bridge does not know it."""
    return server_address(settings.require_public_url())


def resource(settings: Settings) -> str:
    """The advertised resource: the audience of tokens for this server."""
    return settings.mcp.resource or server_url(settings)


def scope(settings: Settings) -> str:
    """The full scope: of the advertised resource if Entra issues tokens for it, else of the App ID URI."""
    entra, advertised = settings.entra, resource(settings)
    base = advertised if advertised in entra.audiences else f"api://{entra.client_id}"
    return f"{base}/{entra.required_scope}"


def resource_metadata(settings: Settings) -> dict[str, object]:
    """RFC 9728 section 2."""
    return {
        "resource": resource(settings),
        "authorization_servers": [f"{settings.entra.authority}/{settings.entra.tenant_id}/v2.0"],
        "scopes_supported": [scope(settings)],
        "bearer_methods_supported": ["header"],
        "resource_name": settings.connector.title or "OBO-SAML bridge",
    }


def oauth_settings(settings: Settings) -> dict[str, object]:
    """The settings that a person enters in a client that cannot discover them."""
    base = f"{settings.entra.authority}/{settings.entra.tenant_id}/oauth2/v2.0"
    return {
        "clientIds": [client for client in settings.entra.allowed_clients if client != VS_CODE],
        "authorizationUrl": f"{base}/authorize",
        "tokenUrl": f"{base}/token",
        "refreshUrl": f"{base}/token",
        "scope": scope(settings),
    }


def refusal_of_the_token(error: BridgeError, settings: Settings | None, correlation_id: str) -> Response:
    """A problem response whose challenge names the metadata (RFC 9728 section 5.1, RFC 6750 section 3)."""
    if settings is None or settings.public_url is None or error.status not in (401, 403):
        return problem_response(error, correlation_id)
    verdict = str(error.members.get("verdict", ""))
    explained = copy(error)  # other callers may share the same error
    explained.members = {**error.members, "resource": resource(settings), "oauthSettings": oauth_settings(settings)}
    if verdict in _HINTS or verdict.startswith("audience_"):
        explained.hint = _HINTS.get(verdict, _OTHER_RESOURCE)
    response = problem_response(explained, correlation_id)
    if error.challenge is None:
        return response
    base = urlsplit(server_url(settings))
    where = f"{base.scheme}://{base.netloc}/{WELL_KNOWN}{base.path}"
    challenge = f'{_SCOPE.sub("", error.challenge)}, resource_metadata="{where}", scope="{scope(settings)}"'
    return replace(response, headers={**response.headers, "WWW-Authenticate": challenge})
