"""The custom connector's two files for this very deployment (function key)."""

from __future__ import annotations

from urllib.parse import urlsplit

from bridge.catalog import Catalog
from bridge.connector.api_properties import api_properties
from bridge.connector.deployment import Deployment
from bridge.connector.openapi import definition
from bridge.connector.openapi_parts import Json
from bridge.errors import Misconfigured
from bridge.settings import Settings


def definition_from_settings(settings: Settings, catalog: Catalog) -> Json:
    """`apiDefinition.swagger.json` with what is open here."""
    deployment = _deployment(settings, _host(settings))
    systems = list(settings.systems.values())
    return definition(catalog, deployment, systems=systems, confirm_writes=True, mcp=settings.mcp.is_on)


def properties_from_settings(settings: Settings, catalog: Catalog) -> Json:
    """`apiProperties.json`. The connector app is the first of the allowed clients."""
    return api_properties(_deployment(settings))


def _deployment(settings: Settings, host: str = "") -> Deployment:
    entra, seen = settings.entra, settings.connector
    return Deployment(
        host=host,
        tenant_id=entra.tenant_id,
        client_id=entra.client_id,
        connector_client_id=entra.allowed_clients[0],
        authority=f"https://{entra.cloud.login_host}",
        scope_name=entra.required_scope,
        title=seen.title,
        contact=seen.contact,
    )


def _host(settings: Settings) -> str:
    """Never from a Host header: whoever sends one would choose where everybody's tokens go."""
    if settings.public_url is None:
        raise Misconfigured(
            "The bridge does not know where it is reached.",
            hint="Set BRIDGE_PUBLIC_URL, or use `python -m tools connector build --host …`.",
            operator="BRIDGE_PUBLIC_URL is missing, and there is no WEBSITE_HOSTNAME",
        )
    return urlsplit(settings.public_url).netloc


FILES = {"apiDefinition.swagger.json": definition_from_settings, "apiProperties.json": properties_from_settings}
"""File name → what makes it."""
