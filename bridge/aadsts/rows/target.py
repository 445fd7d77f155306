"""The target system is not set up for the exchange."""

from __future__ import annotations

from bridge.aadsts.row import Outcome, Row
from bridge.tokens.portal_paths import APP_SETTINGS, ENTERPRISE, REGISTRATIONS, SECURITY_TAB

ROWS = (
    Row(
        codes=(399274,),
        outcome=Outcome.SAML_ONLY,
        app_wide=True,
        title="The app is set up for SAML single sign-on and gets no OAuth tokens",
        sentence="Entra gives no OAuth token to or for an enterprise application that is set up for SAML single "
        "sign-on.",
        cause="Since October 2024 a SAML application cannot be the target of OAuth requests; older tenants may be "
        "exempt, so success in another tenant proves nothing. The message names the application that it concerns.",
        fix=(
            "If it is the target: leave it as it is and ask for a SAML assertion in place of a token. This "
            "bridge does that by itself with BRIDGE_SYSTEMS__…__PATH set to auto or saml.",
            f"If it is the connector's resource: {SECURITY_TAB}: set Resource URL to the service app, never to the "
            "SAML application.",
            f"If it is the service app or the connector app: {REGISTRATIONS}: make a new registration without single "
            "sign-on and use that one.",
        ),
        az="az ad sp show --id APP_ID_IN_THE_MESSAGE --query "
        '"{name:displayName,mode:preferredSingleSignOnMode,appId:appId}"',
    ),
    Row(
        codes=(500011, 50001),
        outcome=Outcome.MISCONFIGURED,
        app_wide=True,
        title="The target is not known in this tenant",
        sentence="Entra does not know the target that the scope names in this tenant, or it is disabled.",
        cause="The identifier in the scope is not registered: a typing error, a missing or extra slash, a web address "
        "that is no App ID URI (https://….azurewebsites.net cannot be one), or an application that was never added to "
        "this tenant.",
        fix=(
            f"{ENTERPRISE} > the target > Single sign-on: compare Identifier (Entity ID) with the scope, letter by "
            "letter.",
            f"{APP_SETTINGS}: BRIDGE_SYSTEMS__…__RESOURCE_SCOPE is that identifier, then /.default. If it ends in /, "
            "two slashes follow each other.",
            "For MCP clients, which send the server's address as resource: register it as App ID URI on a verified "
            "domain, or publish the api:// form.",
        ),
        az='az ad sp list --display-name TARGET_NAME --query "[].{appId:appId,names:servicePrincipalNames}"',
    ),
    Row(
        codes=(50003,),
        outcome=Outcome.MISCONFIGURED,
        app_wide=True,
        title="The SAML application has no signing certificate",
        sentence="The target's enterprise application has no active SAML signing certificate, so Entra cannot sign.",
        cause="The certificate was deleted or never activated.",
        fix=(f"{ENTERPRISE} > the target > Single sign-on > SAML Certificates: add one and make it active.",),
        az="az ad sp show --id TARGET_APP_ID --query preferredTokenSigningKeyThumbprint",
    ),
    Row(
        codes=(50105, 501051),
        outcome=Outcome.NOT_ASSIGNED,
        title="The user is not assigned to the target",
        sentence="The target allows assigned users only, and this user is not assigned.",
        cause="Assignment required is set on the enterprise application, and the user is in none of its groups.",
        fix=(f"{ENTERPRISE} > the target > Users and groups: add the user, or a group of theirs.",),
        az="az ad sp show --id TARGET_APP_ID --query appRoleAssignmentRequired",
    ),
    Row(
        codes=(50124, 501241),
        outcome=Outcome.USER_REFUSED,
        title="The user lacks the attribute that names them",
        sentence="The target's SAML claims use an attribute that this user does not have.",
        cause="The NameID or another claim is taken from an attribute that is empty for this user (employee id, "
        "extension attribute), or a transformation failed.",
        fix=(
            f"{ENTERPRISE} > the target > Single sign-on > Attributes & Claims: see which attribute Unique User "
            "Identifier uses.",
            "Entra admin center > Users > the user > Properties: fill in that attribute.",
        ),
        az="az ad user show --id USER_OBJECT_ID",
    ),
    Row(
        codes=(65005, 650052, 650054, 650056, 650057),
        outcome=Outcome.MISCONFIGURED,
        app_wide=True,
        title="The app is not allowed to ask for the target",
        sentence="The target is not among the permissions of the app that asks, or the target's scope does not exist.",
        cause="No scope is exposed on the target, or its permission was not added to the app that asks (the service "
        "app, or the connector app for the first hop).",
        fix=(
            f"{REGISTRATIONS} > the target > Expose an API: a scope (user_impersonation, access_as_user) must be there "
            "and enabled.",
            f"{REGISTRATIONS} > the app that asks > API permissions > Add a permission: add that scope, then Grant "
            "admin consent.",
        ),
        az="az ad app permission list --id SERVICE_APP_ID",
    ),
    Row(
        codes=(650053,),
        outcome=Outcome.MISCONFIGURED,
        app_wide=True,
        title="The scope was taken for one of Microsoft Graph",
        sentence="The scope was written without its API, so Entra looked for it in Microsoft Graph, without success.",
        cause="A bare name such as access_as_user always means Graph.",
        fix=(
            f"{SECURITY_TAB}: write the scope in full, api://SERVICE_APP_ID/access_as_user.",
            f"{REGISTRATIONS} > service app > Expose an API: copy the scope's full name from there.",
        ),
        az="az ad app show --id SERVICE_APP_ID --query identifierUris",
    ),
    Row(
        codes=(70011, 700022, 700023, 28000, 28002, 28003),
        outcome=Outcome.MISCONFIGURED,
        app_wide=True,
        title="The scope is not valid",
        sentence="Entra cannot read the scope: it is misspelt, or mixes several APIs, or .default with other scopes.",
        cause="/.default must be the only scope, for one API. An identifier that ends in / needs two slashes before "
        ".default.",
        fix=(
            f"{APP_SETTINGS}: BRIDGE_SYSTEMS__…__RESOURCE_SCOPE must be one scope of one target.",
            f"{SECURITY_TAB}: Scope must name one API only.",
            "Try it: bridge explain with the scope as its argument.",
        ),
    ),
    Row(
        codes=(9010010,),
        outcome=Outcome.MISCONFIGURED,
        app_wide=True,
        title="Resource and scope name different APIs",
        sentence="The request's resource and its scope do not belong to the same API.",
        cause="An MCP client sends its server's address as resource (RFC 8707) while the scope names the api:// form.",
        fix=(
            f"{REGISTRATIONS} > service app > Expose an API: register the server's address on a verified domain as "
            "Application ID URI.",
            "Or publish the api:// form as resource in /.well-known/oauth-protected-resource.",
        ),
        az="az ad app show --id SERVICE_APP_ID --query identifierUris",
    ),
    Row(
        codes=(90009,),
        outcome=Outcome.MISCONFIGURED,
        app_wide=True,
        title="The app asks for a token for itself",
        sentence="Client and resource are the same app, which Entra allows only with the bare client id as resource.",
        cause="The connector's Client ID and Resource URL name the same registration.",
        fix=(
            f"{SECURITY_TAB}: Client ID is the connector app, Resource URL is the service app: two registrations.",
            f"{REGISTRATIONS} > connector app > API permissions: add the service app's scope, then Grant admin "
            "consent.",
        ),
        az="az ad app permission list --id CONNECTOR_APP_ID",
    ),
)
