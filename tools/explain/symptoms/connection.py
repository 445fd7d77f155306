"""A connection of Power Platform, or the exchange behind it, does not work."""

from __future__ import annotations

from bridge.tokens.portal_paths import (
    AGENT_CONNECTIONS,
    API_CONNECTIONS,
    CONNECTIONS,
    NEW_CONNECTION,
    REGISTRATIONS,
    SECURITY_TAB,
    TEST_TAB,
)
from tools.explain.symptoms.symptom import Symptom

ROWS = (
    Symptom(
        code="connection_acl",
        message="Error from token exchange: Permission denied due to missing connection ACL",
        says=(
            r"missing connection ACL",
            r"is not allowed to access connection",
            r"ConnectionAuthorizationFailed",
            r"does not have permission for connection",
        ),
        ours=False,
        title="The connection is not shared with who uses it",
        sentence="Power Platform refuses the connection itself: it belongs to somebody else, or is gone.",
        cause="A flow or an app was made, imported or switched on by another person than the connection's owner. The "
        "request never left Power Platform.",
        fix=(
            f"{CONNECTIONS}: the owner opens the connection's menu and shares it, or the user makes a connection of "
            "their own.",
            "make.powerautomate.com > My flows > the flow > Edit: choose a connection of your own in the step that "
            "fails, and save.",
        ),
    ),
    Symptom(
        code="exchange_wrong_cloud",
        message="Bad authorization token. The access token is from wrong audience or resource.",
        says=(r"Bad authorization token\. The access token is from wrong audience",),
        ours=False,
        title="Power Platform and Entra are set to different clouds",
        sentence="Power Platform's own token exchange got a token for another cloud's audience.",
        cause="The environment is in a government cloud, the connector's sign-in address is the commercial one, or the "
        "other way round.",
        fix=(
            f"{SECURITY_TAB}: Authorization URL https://login.microsoftonline.us for GCC High and DoD, "
            "https://login.microsoftonline.com for commercial and GCC.",
            "If both fit: Power Platform admin center > Help + support: it is Microsoft's exchange that fails.",
        ),
    ),
    Symptom(
        code="connector_token_exchange",
        message="x-ms-failure-cause: apihub-token-exchange",
        says=(r"apihub-token-exchange", r"Error from token exchange", r"S2S\d{5}", r"Failed to acquire OBO token"),
        title="Power Platform's token exchange failed",
        sentence="The connector service could not get a token for the API: the request never reached the API.",
        cause="Consent is missing, the connector app's secret is wrong, a Conditional Access policy asks for more, or "
        "client and resource are the same app. The AADSTS code in the message says which.",
        fix=(
            f"{TEST_TAB}: run an operation and read the whole body of the answer; it holds an AADSTS code. Paste that.",
            f"{SECURITY_TAB}: check Client ID, Client secret (enter it again), Tenant ID and Resource URL.",
            f"{REGISTRATIONS} > connector app > API permissions: Grant admin consent.",
        ),
        az="az ad app permission admin-consent --id CONNECTOR_APP_ID",
    ),
    Symptom(
        code="connection_stale",
        message="Authorization has been denied for this request.",
        says=(r"Authorization has been denied for this request",),
        title="The API refuses the connection's token",
        sentence="The API answered 401 to the token of this connection.",
        cause="After a changed secret, identity provider or solution upgrade the old connection keeps its old token; "
        "or Resource URL names another API.",
        fix=(
            NEW_CONNECTION,
            f"{SECURITY_TAB}: the identity provider must still be Microsoft Entra ID, not Generic OAuth 2.0; enter the "
            "secret again; check Resource URL.",
        ),
    ),
    Symptom(
        code="on_behalf_of_inactive",
        message="x-ms-apihub-obo: false",
        says=(r"x-ms-apihub-obo\W{1,6}false",),
        title="On-behalf-of was not used",
        sentence="The response header x-ms-apihub-obo is false: Power Platform sent the connection's own token.",
        cause="On-behalf-of login is not switched on, the connection is older than the setting, or another connector "
        "of this environment already uses on-behalf-of for the same resource; the second one then stays false without "
        "an error.",
        fix=(
            f"{SECURITY_TAB}: identity provider Microsoft Entra ID, Enable on-behalf-of login true; save, reload, and "
            "see that it is still so.",
            NEW_CONNECTION,
            "make.powerapps.com > Custom connectors: keep one on-behalf-of connector per resource and environment.",
        ),
    ),
    Symptom(
        code="no_refresh_token",
        message="Failed to refresh access token for service: oauth2. Error: Missing refresh token.",
        says=(r"Missing refresh token", r"Failed to refresh access token for service"),
        title="The connection cannot renew its token",
        sentence="There is no refresh token, so the connection works for about an hour and then stops.",
        cause="With the identity provider Generic OAuth 2.0 the scope must hold offline_access. Microsoft Entra ID as "
        "provider asks for it by itself.",
        fix=(
            f"{SECURITY_TAB}: add offline_access to Scope, or choose the identity provider Microsoft Entra ID.",
            f"{NEW_CONNECTION} A refresh token only comes with a new sign-in.",
        ),
    ),
    Symptom(
        code="connect_prompt",
        message="I couldn't connect. Open connection manager to connect.",
        says=(
            r"couldn['’]t connect\. Open connection manager",
            r"open (the )?connection manager",
            r"works for (the )?maker",
            r"maker works",
            r"consent card",
            r"One or more of your connections may not be authenticated",
        ),
        title="The user has no working connection",
        sentence="The agent has no connection for this user, or it needs consent.",
        cause="Each new user gets one connect card, by design. If it never succeeds, or works for the maker only: "
        "consent is missing, the connector is not shared, or Power Platform is not pre-authorised.",
        fix=(
            f"{REGISTRATIONS} > connector app > Expose an API > Authorized client applications: add "
            f"{API_CONNECTIONS} for its scope.",
            f"{REGISTRATIONS} > connector app > API permissions: Grant admin consent.",
            "make.powerapps.com > Custom connectors > your connector > Share: Can view, for the users.",
            f"{AGENT_CONNECTIONS}: connect, as a second user who is not the maker.",
        ),
        az="az ad app permission admin-consent --id CONNECTOR_APP_ID",
    ),
    Symptom(
        code="connector_throttled",
        message="Rate limit is exceeded. Try again in 22 seconds.",
        says=(r"Rate limit is exceeded", r"\b429\b.{0,60}(limit|many|throttl)"),
        ours=False,
        title="Power Platform limits the connection",
        sentence="A connection may send 500 requests a minute.",
        cause="All users share one connection (the maker's), or a flow loops.",
        fix=(f"{AGENT_CONNECTIONS}: let each user have a connection of their own, not the maker's.",),
    ),
)
