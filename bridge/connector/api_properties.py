"""The connector's `apiProperties.json`: Entra sign-in with on-behalf-of."""

from __future__ import annotations

from bridge.connector.openapi import DEFAULT_SCOPE, PUBLIC_AUTHORITY
from bridge.connector.openapi_parts import Json

ICON_BRAND_COLOR = "#1f5f8b"
_TENANT_ID: Json = {
    "type": "string",
    "metadata": {"sourceType": "AzureActiveDirectoryTenant"},
    "uiDefinition": {"constraints": {"required": "false", "hidden": "true"}},
}


def api_properties(
    *,
    tenant_id: str,
    client_id: str,
    connector_client_id: str,
    authority: str = PUBLIC_AUTHORITY,
    scope: str = DEFAULT_SCOPE,
    brand_color: str = ICON_BRAND_COLOR,
) -> Json:
    """`apiProperties.json` as an object, keys in a fixed order.

    `client_id` is that of the service app (the resource), `connector_client_id` that of the connector app (the client).
    On-behalf-of is said twice because the platform reads both places; the published schema knows neither. There is no
    secret here, and no redirect URL: it is not known before the connector is saved for the first time.
    """
    resource = f"api://{client_id}"
    return {
        "properties": {
            "connectionParameters": {
                "token": {
                    "type": "oauthSetting",
                    "oAuthSettings": {
                        "identityProvider": "aad",
                        "clientId": connector_client_id,
                        "scopes": [f"{resource}/{scope}"],
                        "redirectMode": "GlobalPerConnector",
                        "properties": {
                            "IsFirstParty": "False",
                            "AzureActiveDirectoryResourceId": resource,
                            "IsOnbehalfofLoginSupported": True,
                        },
                        "customParameters": {
                            "loginUri": {"value": authority},
                            "tenantId": {"value": tenant_id},
                            "resourceUri": {"value": resource},
                            "enableOnbehalfOfLogin": {"value": "true"},
                        },
                    },
                },
                "token:TenantId": _TENANT_ID,
            },
            "iconBrandColor": brand_color,
            "capabilities": [],
            "policyTemplateInstances": [],
        }
    }
