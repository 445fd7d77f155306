"""Verdicts on permissions: the token is genuine and for this API, but does not allow the request."""

from __future__ import annotations

from bridge.tokens.portal_paths import APP_SETTINGS, NEW_CONNECTION, REGISTRATIONS, SECURITY_TAB
from bridge.tokens.verdict import Verdict

ROWS = (
    Verdict(
        code="object_id_invalid",
        title="The token does not say which user",
        sentence="The token has no usable object id (oid), which is how a user is recognised.",
        cause="Entra always writes the oid, as a GUID in lower case. The token was changed, or made by hand.",
        fix=(NEW_CONNECTION, "If you made the token yourself: let Microsoft Entra ID issue it."),
    ),
    Verdict(
        code="guest_not_allowed",
        status=403,
        oauth_error=None,
        title="Guests are not served",
        sentence="The user is a guest in this tenant ({found}), and this API serves members only.",
        cause="A guest has another organisation's account. Acting as that person inside a business system is refused "
        "unless the operator allows it.",
        fix=(
            "Sign in with an account that belongs to this organisation.",
            f"{APP_SETTINGS}: BRIDGE_ENTRA__ALLOW_GUESTS=true serves guests as well. Check first who they are.",
        ),
        az="az ad user show --id USER_OBJECT_ID --query userType",
    ),
    Verdict(
        code="agent_user_not_allowed",
        status=403,
        oauth_error=None,
        title="Agent users are not served",
        sentence="The user of this token is an agent user: an account that the agent {found} uses in its own right. "
        "This API serves people only.",
        cause="An agent user (Microsoft Entra Agent ID) has a token like a person's, but no person has signed in. "
        "Changes in a business system would be made by a machine in its own name.",
        fix=(
            "In the agent: call on behalf of the person who talks to it, not as its agent user.",
            "Ask the administrator of the API: its settings decide whether agent users are served (for this bridge: "
            "docs/settings.md, ALLOW_AGENT_USERS).",
        ),
        az="az ad user show --id USER_OBJECT_ID",
    ),
    Verdict(
        code="client_not_allowed",
        status=403,
        oauth_error=None,
        title="This client is not allowed",
        sentence="The token was asked for by the app {found}, which is not one of the clients that this API serves.",
        cause="Another app than the connector app got the token, the connector app was made anew and has a new id, or "
        "the object id was taken for the application (client) id.",
        fix=(
            f"{REGISTRATIONS} > connector app > Overview: compare Application (client) ID with {{found}}.",
            f"{APP_SETTINGS}: put the connector app's id into BRIDGE_ENTRA__ALLOWED_CLIENTS.",
        ),
        az="az ad app show --id CONNECTOR_APP_ID --query appId",
    ),
    Verdict(
        code="scope_near_miss",
        status=403,
        oauth_error="insufficient_scope",
        title="The scope is almost right",
        sentence="The token has the scope {found}; the API asks for {expected}. Scopes are compared character by "
        "character.",
        cause="The scope was exposed or configured in another case, or with its prefix. A token (scp) has the "
        "short name; a request has the full name, api://SERVICE_APP_ID/access_as_user.",
        fix=(
            f"{REGISTRATIONS} > service app > Expose an API: compare the scope's name, letter by letter, with "
            "{expected}.",
            f"{APP_SETTINGS}: BRIDGE_ENTRA__REQUIRED_SCOPE is the short name, as exposed.",
        ),
        az='az ad app show --id SERVICE_APP_ID --query "api.oauth2PermissionScopes[].value"',
    ),
    Verdict(
        code="scope_graph_only",
        status=403,
        oauth_error="insufficient_scope",
        title="The token has only Microsoft Graph's scopes",
        sentence="The token has the scopes {found}, which are Microsoft Graph's; the API asks for {expected}.",
        cause="The connector app has permissions for Graph (User.Read) but none for the service app, or one app plays "
        "both parts.",
        fix=(
            f"{REGISTRATIONS} > connector app > API permissions > Add a permission > My APIs: add the service app's "
            "{expected}, then Grant admin consent.",
            f"{SECURITY_TAB}: Resource URL names the service app, not the connector app and not Graph.",
            NEW_CONNECTION,
        ),
        az="az ad app permission list-grants --id CONNECTOR_APP_ID --show-resource-name",
    ),
    Verdict(
        code="insufficient_scope",
        status=403,
        oauth_error="insufficient_scope",
        title="A scope is missing",
        sentence="The token has {found}; the API asks for the scope {expected}.",
        cause="The connector app does not have that permission on the service app, or nobody has consented to it. The "
        "Scope field of the connector does not decide this; the granted permissions do.",
        fix=(
            f"{REGISTRATIONS} > service app > Expose an API: a scope named {{expected}} must exist and be enabled.",
            f"{REGISTRATIONS} > connector app > API permissions > Add a permission > My APIs: add {{expected}}, then "
            "Grant admin consent.",
            NEW_CONNECTION,
        ),
        az="az ad app permission admin-consent --id CONNECTOR_APP_ID",
    ),
)
