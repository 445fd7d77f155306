"""The connector's `apiProperties.json`: Entra sign-in with on-behalf-of."""

from __future__ import annotations

from bridge.connector.deployment import Deployment
from bridge.connector.openapi_parts import Json

_TENANT_ID: Json = {
    "type": "string",
    "metadata": {"sourceType": "AzureActiveDirectoryTenant"},
    "uiDefinition": {"constraints": {"required": "false", "hidden": "true"}},
}


def api_properties(deployment: Deployment) -> Json:
    """`apiProperties.json` as an object, keys in a fixed order.

    It holds no secret, and no redirect URL: that is not known before the connector is saved for the first time.
    """
    token: Json = {"type": "oauthSetting", "oAuthSettings": _entra(deployment)}
    return {
        "properties": {
            "connectionParameters": {"token": token, "token:TenantId": _TENANT_ID},
            "iconBrandColor": deployment.brand_color,
            "capabilities": [],
            "policyTemplateInstances": [],
        }
    }


def _entra(deployment: Deployment) -> Json:
    """On-behalf-of is set twice because the platform reads both places; the published schema has neither."""
    custom = {
        "loginUri": deployment.authority,
        "tenantId": deployment.tenant_id,
        "resourceUri": deployment.resource,
        "enableOnbehalfOfLogin": "true",
    }
    return {
        "identityProvider": "aad",
        "clientId": deployment.connector_client_id,
        "scopes": [deployment.scope],
        "redirectMode": "GlobalPerConnector",
        "properties": {
            "IsFirstParty": "False",
            "AzureActiveDirectoryResourceId": deployment.resource,
            "IsOnbehalfofLoginSupported": True,
        },
        "customParameters": {name: {"value": value} for name, value in custom.items()},
    }
