"""Verdicts on the issuer: another issuer, another tenant, or another version of token."""

from __future__ import annotations

from bridge.tokens.portal_paths import APP_SETTINGS, NEW_CONNECTION, REGISTRATIONS, SECURITY_TAB
from bridge.tokens.verdict import Verdict

ROWS = (
    Verdict(
        code="issuer_missing",
        title="The token names no issuer",
        sentence="The token has no issuer (iss), so nobody vouches for it.",
        cause="It was made by hand or by a test tool. Entra always names itself.",
        fix=(f"{SECURITY_TAB}: the identity provider must be Microsoft Entra ID.", NEW_CONNECTION),
    ),
    Verdict(
        code="issuer_near_miss",
        title="The issuer differs by a slash or by case",
        sentence="The token's issuer is {found}, the API expects {expected}: the same address, written differently.",
        cause="Issuers are compared character by character. Entra's v1 issuer ends in a slash, its v2 issuer in /v2.0 "
        "without one.",
        fix=(
            "In the API's own configuration: set the issuer to exactly {found}.",
            "Power Automate, HTTP request trigger: correct the value of the iss claim in the access policy.",
        ),
    ),
    Verdict(
        code="foreign_issuer",
        title="Somebody else issued the token",
        sentence="The token was issued by {found}, the API trusts {expected}.",
        cause="The client signed in somewhere else: WorkOS, Auth0, Okta, Azure AD B2C, External ID, or a token server "
        "of its own.",
        fix=(
            f"{SECURITY_TAB}: the identity provider must be Microsoft Entra ID, the Authorization URL "
            "https://login.microsoftonline.com, the Tenant ID that of your tenant.",
            "If the other issuer is the right one: tell the API to trust it, by its exact iss.",
        ),
    ),
    Verdict(
        code="wrong_cloud",
        title="The token comes from another Microsoft cloud",
        sentence="The token was issued by {found}, the API trusts {expected}: these are different Microsoft clouds.",
        cause="Public, US Government and China clouds have their own sign-in addresses and tenants. One side is set to "
        "the wrong one.",
        fix=(
            f"{SECURITY_TAB}: Authorization URL is https://login.microsoftonline.com (public), "
            "https://login.microsoftonline.us (US Government) or https://login.partner.microsoftonline.cn (China).",
            f"{APP_SETTINGS}: set BRIDGE_ENTRA__CLOUD to public, usgov or china.",
        ),
        az="az cloud show --query endpoints.activeDirectory",
    ),
    Verdict(
        code="personal_account",
        title="Signed in with a personal Microsoft account",
        sentence="The user signed in with a personal Microsoft account, not with an account of your organisation.",
        cause="The browser was still signed in with an outlook.com, hotmail.com or live.com account.",
        fix=(
            f"{NEW_CONNECTION} Choose the work account when asked.",
            f"{REGISTRATIONS} > connector app > Authentication: allow accounts in this organizational directory only.",
        ),
        az="az ad app show --id CONNECTOR_APP_ID --query signInAudience",
    ),
    Verdict(
        code="tenant_missing",
        title="The token names no tenant",
        sentence="The token has no tenant id (tid).",
        cause="Entra always names the tenant. The token was changed, or made by hand.",
        fix=(f"{SECURITY_TAB}: the identity provider must be Microsoft Entra ID.", NEW_CONNECTION),
    ),
    Verdict(
        code="tenant_contradiction",
        title="The token contradicts itself about its tenant",
        sentence="The token's tid is {found}, but its issuer belongs to tenant {expected}.",
        cause="Entra always writes the same tenant in both places. The token was changed, or made by hand.",
        fix=(NEW_CONNECTION, "If you made the token yourself: let Microsoft Entra ID issue it."),
    ),
    Verdict(
        code="wrong_tenant",
        title="The token comes from another tenant",
        sentence="The user signed in to tenant {found}; this API serves tenant {expected}.",
        cause="The connector's Tenant ID is common or another tenant's, the user was signed in to another "
        "organisation, or the environment belongs to another tenant than the API.",
        fix=(
            f"{SECURITY_TAB}: set Tenant ID to {{expected}}.",
            f"{NEW_CONNECTION} Sign in with an account of the right organisation.",
            f"{APP_SETTINGS}: check BRIDGE_ENTRA__TENANT_ID.",
        ),
        az="az account show --query tenantId",
    ),
    Verdict(
        code="token_version",
        title="The token has another version than the API expects",
        sentence="The token is {found}; the API expects {expected}.",
        cause="Entra writes v1 tokens (issuer sts.windows.net, aud often the App ID URI) or v2 tokens (issuer "
        "login.microsoftonline.com/…/v2.0, aud always the client id). The API's own registration decides which, "
        "not the address that the client asked.",
        fix=(
            f"{REGISTRATIONS} > service app > Manifest: requestedAccessTokenVersion 2 gives v2 tokens, null or 1 "
            "gives v1 tokens.",
            "Or let the API accept both issuers of the tenant, each with its own audience form.",
        ),
        az="az ad app update --id SERVICE_APP_ID --set api.requestedAccessTokenVersion=2",
    ),
)
