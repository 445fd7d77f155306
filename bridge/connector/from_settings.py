"""The connector's two files for this deployment, from its settings."""

from __future__ import annotations

from urllib.parse import urlsplit

from bridge.catalog import Catalog
from bridge.connector.api_properties import api_properties
from bridge.connector.deployment import Deployment
from bridge.connector.openapi import definition
from bridge.connector.openapi_parts import Json
from bridge.settings import Settings


def definition_from_settings(settings: Settings, catalog: Catalog) -> Json:
    """`apiDefinition.swagger.json` with the operations that are open."""
    host = urlsplit(settings.require_public_url()).netloc  # a Host header could send all users' tokens elsewhere
    deployment = _deployment(settings, host)
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


FILES = {"apiDefinition.swagger.json": definition_from_settings, "apiProperties.json": properties_from_settings}
"""File name → the function that generates it."""
