"""Verdicts on the signature: those that need the issuer's keys."""

from __future__ import annotations

from bridge.tokens.portal_paths import NEW_CONNECTION, REGISTRATIONS, SECURITY_TAB
from bridge.tokens.verdict import Verdict

ROWS = (
    Verdict(
        code="unknown_key",
        title="The token is signed with an unknown key",
        sentence="The token names the signing key {found}, which is not among this tenant's keys.",
        cause="The token is old and its key was replaced, it comes from another issuer, or the service app has a "
        "signing key of its own (a claims-mapping policy, or SAML single sign-on), which Entra publishes only under "
        "the key address with ?appid=. For such an app Entra refuses on-behalf-of as well (AADSTS50013).",
        fix=(
            NEW_CONNECTION,
            "If it stays so: bridge check compares the service app's keys with the tenant's.",
            f"{REGISTRATIONS}: if the service app has a key of its own, make a new registration for the API, without "
            "single sign-on and without a claims-mapping policy, and use that one.",
            f"{SECURITY_TAB}: set Resource URL to the new registration.",
        ),
        az="az rest --method get --url "
        "\"https://graph.microsoft.com/v1.0/servicePrincipals(appId='SERVICE_APP_ID')/claimsMappingPolicies\"",
    ),
    Verdict(
        code="key_issuer_mismatch",
        title="The signing key is not meant for this tenant",
        sentence="The key that the token names belongs to {found}, but the token says that {expected} issued it.",
        cause="The key is genuine, but Entra does not use it for this tenant or this token version. The token was "
        "changed, or made by hand.",
        fix=(NEW_CONNECTION, "If you made the token yourself: let Microsoft Entra ID issue it."),
    ),
    Verdict(
        code="bad_signature",
        title="The signature does not match",
        sentence="The token's signature does not fit its content.",
        cause="The token was changed after it was issued, part of it was lost, or it was signed with another key. "
        "Tokens for Microsoft Graph never pass this check outside Graph.",
        fix=(
            "Copy the token again, whole. Sites that decode a token may show it edited.",
            NEW_CONNECTION,
        ),
    ),
)
