"""Another API, a library or a system says in its own words why it refuses a token."""

from __future__ import annotations

from bridge.tokens.portal_paths import NEW_CONNECTION, REGISTRATIONS, SECURITY_TAB
from tools.explain.symptoms.symptom import Symptom

ROWS = (
    Symptom(
        code="flow_trigger_claims",
        message="MisMatchingOAuthClaims: One or more claims either missing or does not match with the open "
        "authentication access control policy.",
        says=(
            r"MisMatchingOAuthClaims",
            r"claims either missing or does not match with the open authentication access control policy",
        ),
        ours=False,
        title="The flow's trigger does not accept the token",
        sentence="Power Automate's HTTP trigger compares aud, iss and tid of the token, and one of them differs.",
        cause="Most often the slash: the trigger expects the audience https://service.flow.microsoft.com/ with it, "
        "which only comes for a scope with two slashes. Next the tenant, or a v2 token.",
        fix=(
            "Client: ask for the scope https://service.flow.microsoft.com//.default, with two slashes.",
            "Paste the token here: bridge explain - --expect aud=https://service.flow.microsoft.com/ "
            "iss=https://sts.windows.net/TENANT_ID/ tid=TENANT_ID",
            "make.powerautomate.com > the flow > the trigger: see whom it allows.",
        ),
        az="az account get-access-token --scope https://service.flow.microsoft.com//.default",
    ),
    Symptom(
        code="system_refuses_token",
        message="Invalid Access Token",
        says=(r"Invalid Access Token",),
        title="The business system does not take Entra's token",
        sentence="Workday (or another system) was sent a token that it did not issue itself.",
        cause="A connector that calls Workday directly sends Entra's token, often with the audience apihub.azure.com. "
        "Workday takes only its own tokens, which its token endpoint gives for a SAML assertion.",
        fix=(
            f"{SECURITY_TAB}: let the connector call this bridge, with the service app as Resource URL; the bridge "
            "exchanges the token.",
            "docs/workday.md says what to set up on Workday's side.",
        ),
    ),
    Symptom(
        code="audience_refused",
        message="IDX10214: Audience validation failed.",
        says=(
            r"IDX10214",
            r"audience mismatch",
            r"Audience validation failed",
            r"Invalid audience",
            r"wrong audience or resource",
            r"Audience doesn['’]t match",
            r"InvalidAuthenticationAudience",
            r"AudienceUriValidationFailed",
            r"audience is (invalid|wrong)",
            r"\baud is (a )?GUID",
            r"\baud ?= ?(the )?client.?id",
            r"wrong resource URL",
        ),
        title="The token is for another audience than the API expects",
        sentence="The API compared the token's aud with what it expects, and they differ.",
        cause="Audiences are compared character by character: another API, a slash, upper and lower case, or api:// "
        "against the bare id.",
        fix=(
            "Paste the token itself: bridge explain - --expect aud=WHAT_THE_API_EXPECTS",
            f"{SECURITY_TAB}: Resource URL must be the API's Application ID URI or client id, as the API expects it.",
        ),
        az="az ad app show --id SERVICE_APP_ID --query identifierUris",
    ),
    Symptom(
        code="issuer_refused",
        message="IDX10205: Issuer validation failed.",
        says=(r"IDX10205", r"IDX10204", r"IDX40001", r"Invalid issuer", r"Issuer validation failed"),
        title="The token comes from another issuer than the API expects",
        sentence="The API compared the token's iss with what it expects, and they differ.",
        cause="Most often v1 against v2: https://sts.windows.net/TENANT_ID/ against "
        "https://login.microsoftonline.com/TENANT_ID/v2.0. The API's registration decides which comes.",
        fix=(
            f"{REGISTRATIONS} > service app > Manifest: requestedAccessTokenVersion 2 gives v2 tokens, null or 1 v1.",
            "Paste the token itself: bridge explain - --expect iss=WHAT_THE_API_EXPECTS",
        ),
        az="az ad app show --id SERVICE_APP_ID --query api.requestedAccessTokenVersion",
    ),
    Symptom(
        code="signature_refused",
        message="IDX10501: Signature validation failed.",
        says=(r"IDX1050[0138]", r"IDX10511", r"Signature verification failed", r"signature validation failed"),
        title="The signature could not be checked",
        sentence="The API could not verify the token's signature.",
        cause="The token is Microsoft Graph's (never verifiable elsewhere), its app has a signing key of its own "
        "(?appid= on the key address), or the API looks at another tenant's keys.",
        fix=("Paste the token itself into bridge explain and look at aud and iss.",),
    ),
    Symptom(
        code="lifetime_refused",
        message="IDX10223: Lifetime validation failed. The token is expired.",
        says=(r"IDX10223", r"Lifetime validation failed", r"Signature has expired", r"token (is|has) expired"),
        title="The token has expired",
        sentence="The API says that the token's time is over.",
        cause="A copied token was used too late, or the connection could not renew its token.",
        fix=(NEW_CONNECTION,),
    ),
    Symptom(
        code="resource_not_registered",
        message="invalid_target",
        says=(r"invalid_target",),
        ours=False,
        title="The issuer does not know the API that was asked for",
        sentence="The authorization server refused the resource parameter (RFC 8707): it does not know that API.",
        cause="An MCP client sends the server's address as resource, and it is not registered with the issuer (WorkOS: "
        "Resource; Entra: Application ID URI).",
        fix=(
            "WorkOS dashboard > Connect > Resource indicators: add the MCP server's address, exactly as its metadata "
            "names it.",
            f"{REGISTRATIONS} > service app > Expose an API: with Entra, register it there, on a verified domain.",
        ),
    ),
    Symptom(
        code="app_service_authentication",
        message="You do not have permission to view this directory or page.",
        says=(r"You do not have permission to view this directory or page", r"x-ms-middleware-request-id"),
        title="App Service authentication (Easy Auth) answered, not the app",
        sentence="The platform's own authentication in front of the app refused the caller.",
        cause="Easy Auth is switched on, and its list of allowed client applications does not have this client; "
        "clients that register themselves (DCR) can never be on it.",
        fix=(
            "Azure portal > your function app > Settings > Authentication: remove the provider. This bridge validates "
            "tokens itself.",
        ),
        az="az webapp auth show --resource-group RESOURCE_GROUP --name FUNCTION_APP",
    ),
    Symptom(
        code="not_a_member",
        message="The user is not a member of the organization.",
        says=(r"The user is not a member of the organization", r"0x80072560"),
        ours=False,
        title="The user is not in that Dataverse environment",
        sentence="Dataverse does not know the user in this environment.",
        cause="The connector's host or Resource URL names another environment, or the user has no role there.",
        fix=(
            "make.powerapps.com > Custom connectors > your connector > Edit > General: check Host; Security: Resource "
            "URL.",
            "Power Platform admin center > Environments > the environment > Users: add the user.",
        ),
    ),
    Symptom(
        code="system_permission",
        message="Processing error occurred. The task submitted is not authorized.",
        says=(r"The task submitted is not authorized",),
        title="The user may not do this in Workday",
        sentence="Workday knows the user and refuses the task.",
        cause="The domain or the business process does not allow it for Employee as Self, or the change is inactive.",
        fix=(
            "Workday > View Domain > the domain: add Employee as Self, then Activate Pending Security Policy Changes.",
        ),
    ),
    Symptom(
        code="resource_answers_203",
        message="203 Non-Authoritative Information",
        says=(r"\b203\b.{0,60}(error|Non-Authoritative)", r"Non-Authoritative Information"),
        ours=False,
        title="The service showed its sign-in page in place of an answer",
        sentence="Azure DevOps answers 203 with a sign-in page if the token is for another resource.",
        cause="Resource URL is not the service's application id.",
        fix=(f"{SECURITY_TAB}: Resource URL 499b84ac-1321-427f-aa17-267ca6975798 for Azure DevOps.",),
    ),
)
