"""Verdicts on the audience: the token is for another API. This is the most common mistake."""

from __future__ import annotations

from bridge.tokens.portal_paths import API_CONNECTIONS, NEW_CONNECTION, REGISTRATIONS, SECURITY_TAB, TEST_TAB
from bridge.tokens.verdict import Verdict

_RESOURCE_URL = f"{SECURITY_TAB}: set Resource URL to the service app, {{expected}}."

ROWS = (
    Verdict(
        code="audience_missing",
        title="The token names no audience",
        sentence="The token does not say for whom it is meant: it has no aud, or one that is not a single text.",
        cause="Entra always writes one audience. The token was changed, made by hand, or issued by another "
        "server that did not know the API.",
        fix=(f"{SECURITY_TAB}: the identity provider must be Microsoft Entra ID.", NEW_CONNECTION),
    ),
    Verdict(
        code="audience_apihub",
        title="The token is for Power Platform itself (apihub.azure.com)",
        sentence="The token's audience is {found}: it was issued for Power Platform's own connector service, not for "
        "this API.",
        cause="Either the wrong token was decoded (the one in the browser always says apihub.azure.com, the one that "
        "the API receives does not), or on-behalf-of login is not active, or the connection is older than that "
        "setting.",
        fix=(
            f"{TEST_TAB}: run an operation and look at the response header x-ms-apihub-obo. true means that "
            "on-behalf-of was used; decode what the API receives instead (this bridge shows it at /api/whoami).",
            f"{SECURITY_TAB}: identity provider Microsoft Entra ID, Enable on-behalf-of login true, Resource URL of "
            "the service app. Save, reload the page, and check that the values were saved.",
            f"{REGISTRATIONS} > connector app > Expose an API > Authorized client applications: add "
            f"{API_CONNECTIONS} (Azure API Connections) for its scope.",
            NEW_CONNECTION,
        ),
        az='az ad app show --id CONNECTOR_APP_ID --query "api.preAuthorizedApplications[].appId"',
    ),
    Verdict(
        code="audience_graph",
        title="The token is for Microsoft Graph",
        sentence="The token's audience is Microsoft Graph ({found}). Only Graph can check such a token, and it cannot "
        "be exchanged for another one.",
        cause="The client asked for a scope without the API's name (User.Read, or the bare access_as_user), and Entra "
        "then takes Graph.",
        fix=(
            _RESOURCE_URL,
            f"{SECURITY_TAB}: write the scope in full, api://SERVICE_APP_ID/access_as_user.",
            "Own client: ask for api://SERVICE_APP_ID/access_as_user, and for nothing of Graph in the same request.",
        ),
    ),
    Verdict(
        code="audience_outlook",
        title="The token is for Outlook",
        sentence="The token's audience is Outlook / Exchange Online ({found}). Neither this API nor Microsoft Graph "
        "takes it.",
        cause="The client asked for a scope of https://outlook.office.com or https://outlook.office365.com. Graph has "
        "permissions with the same names (Mail.Read) under its own address.",
        fix=(
            _RESOURCE_URL,
            "If you want mail through Graph: ask for https://graph.microsoft.com/Mail.Read in place of "
            "https://outlook.office.com/Mail.Read.",
        ),
    ),
    Verdict(
        code="audience_power_automate",
        title="The token is for Power Automate",
        sentence="The token's audience is Power Automate ({found}), not this API.",
        cause="The token was made for starting a flow by its HTTP request trigger, and was sent here.",
        fix=(
            _RESOURCE_URL,
            "If you want to start a flow: send the token to the flow's address. The trigger expects the audience "
            "https://service.flow.microsoft.com/ with its slash, so ask for the scope "
            "https://service.flow.microsoft.com//.default with two slashes.",
        ),
        az="az account get-access-token --scope https://service.flow.microsoft.com//.default",
    ),
    Verdict(
        code="audience_microsoft_service",
        title="The token is for another Microsoft service",
        sentence="The token is meant for a Microsoft service ({found}), not for this API.",
        cause="The client asked for that service's scope or resource, often because an example was copied.",
        fix=(
            _RESOURCE_URL,
            "Own client: ask for api://SERVICE_APP_ID/access_as_user.",
        ),
    ),
    Verdict(
        code="audience_trailing_slash",
        title="The audience differs by a slash at its end",
        sentence="The token's audience is {found}, the API expects {expected}: they differ only by the slash at the "
        "end.",
        cause="Audiences are compared character by character. An identifier that ends in / is requested with two "
        "slashes, identifier//.default; with one, the token comes without the slash.",
        fix=(
            "Client: ask for the API's identifier, exactly as registered, followed by /.default. If the identifier "
            "ends in /, two slashes follow each other, and that is right.",
            f"{SECURITY_TAB}: write Resource URL exactly as {{expected}}.",
            f"{REGISTRATIONS} > service app > Expose an API: look up the registered form; the API's own "
            "configuration must say the same.",
        ),
        az="az ad app show --id SERVICE_APP_ID --query identifierUris",
    ),
    Verdict(
        code="audience_case",
        title="The audience differs by upper and lower case",
        sentence="The token's audience is {found}, the API expects {expected}: they differ only by upper and lower "
        "case.",
        cause="Audiences are compared character by character. The App ID URI was registered or requested in another "
        "case. Entra itself then refuses on-behalf-of too (AADSTS500131).",
        fix=(
            f"{REGISTRATIONS} > service app > Expose an API: write the Application ID URI in lower case.",
            f"{SECURITY_TAB}: write Resource URL exactly as {{expected}}.",
            NEW_CONNECTION,
        ),
        az="az ad app show --id SERVICE_APP_ID --query identifierUris",
    ),
    Verdict(
        code="audience_form",
        title="The right app, but its audience is written in another form",
        sentence="The token's audience is {found}, the API expects {expected}: the same app, written differently.",
        cause="A v2 token always has the bare client id as its audience; a v1 token has what was asked for, the App ID "
        "URI (api://…) or the id. The API's registration decides which version it gets.",
        fix=(
            "In the API's own configuration: accept {found} as well. It is the same app.",
            f"{REGISTRATIONS} > service app > Manifest: requestedAccessTokenVersion 2 gives v2 tokens (the bare id), "
            "null or 1 gives v1 tokens.",
        ),
        az='az ad app show --id SERVICE_APP_ID --query "{uris:identifierUris,version:api.requestedAccessTokenVersion}"',
    ),
    Verdict(
        code="client_is_resource",
        title="Client and API are the same app",
        sentence="The app {found} asked for a token for itself: connector and API use one app registration.",
        cause="The connector's Client ID and its Resource URL name the same app. With on-behalf-of login Entra answers "
        "AADSTS90009 next, and the token has Graph's scopes in place of the API's.",
        fix=(
            f"{REGISTRATIONS}: have two, a service app for the API and a connector app for the connector.",
            f"{SECURITY_TAB}: Client ID is the connector app, Resource URL is the service app.",
            f"{REGISTRATIONS} > connector app > API permissions: add the service app's scope, then Grant admin "
            "consent.",
        ),
        az="az ad app permission list --id CONNECTOR_APP_ID",
    ),
    Verdict(
        code="audience_is_client_id",
        title="The audience is a client id that is not this API's",
        sentence="The token's audience is the client id {found}, the API expects {expected}.",
        cause="The client did not say for which API it wants the token (the resource parameter of RFC 8707, or the "
        "API's scope), so the issuer named the client itself; or the Resource URL is another app's id. MCP clients "
        "with dynamic discovery are known for the first.",
        fix=(
            "MCP client or own client: send the API's identifier as resource (RFC 8707), or ask for its scope in full.",
            f"{SECURITY_TAB}: set Resource URL to {{expected}}. It must not be the connector app's id.",
            f"{REGISTRATIONS} > Overview: see which app has the id {{found}}.",
        ),
        az="az ad sp show --id AUDIENCE_OF_THE_TOKEN --query displayName",
    ),
    Verdict(
        code="audience_foreign",
        title="The token is for another API",
        sentence="The token's audience is {found}, the API expects {expected}.",
        cause="The connector's Resource URL, or the scope that the client asked for, names another API.",
        fix=(
            _RESOURCE_URL,
            f"{REGISTRATIONS} > service app > Expose an API: see the Application ID URI.",
            NEW_CONNECTION,
        ),
        az="az ad app show --id SERVICE_APP_ID --query identifierUris",
    ),
)
