"""Verdicts on the form: what was sent is not a usable access token."""

from __future__ import annotations

from bridge.tokens.portal_paths import NEW_CONNECTION, REGISTRATIONS, SECURITY_TAB
from bridge.tokens.verdict import Verdict

ROWS = (
    Verdict(
        code="no_token",
        oauth_error=None,
        title="There is no access token",
        sentence="The request carries no access token.",
        cause="The connector was saved without authentication, its connection is older than the authentication, or "
        "the address was opened directly in a browser.",
        fix=(
            f"{SECURITY_TAB}: choose OAuth 2.0 with the identity provider Microsoft Entra ID, and save.",
            NEW_CONNECTION,
            "By hand: send the header Authorization with the value Bearer, one space and the access token.",
        ),
    ),
    Verdict(
        code="not_bearer",
        oauth_error=None,
        title="The Authorization header is not a bearer token",
        sentence="The Authorization header uses {found}, but this API takes a bearer token.",
        cause="The connector is set to API key or Basic authentication, or the word Bearer was left out before the "
        "token. Copilot Studio sends an API key as it is, without the word.",
        fix=(
            f"{SECURITY_TAB}: choose OAuth 2.0 with the identity provider Microsoft Entra ID, and save.",
            "By hand: the header's value is Bearer, one space, then the access token.",
        ),
    ),
    Verdict(
        code="bearer_twice",
        title="The word Bearer is there twice",
        sentence="The Authorization header says Bearer twice.",
        cause="A policy, a script or a person put Bearer before a value that already began with it.",
        fix=(
            "make.powerapps.com > Custom connectors > your connector > Edit > Definition > Policies: remove the policy "
            "that sets the Authorization header.",
            "By hand: paste only the token, without the word Bearer, where the tool adds the word itself.",
        ),
    ),
    Verdict(
        code="token_too_long",
        title="The token is too long",
        sentence="The token has {found} characters; no more than {expected} are read.",
        cause="An Entra token with 200 groups is about 9,000 characters long. What is longer is not one, or carries "
        "far too many claims.",
        fix=(
            f"{REGISTRATIONS} > service app > Token configuration: remove the groups claim, or limit it to groups "
            "assigned to the application.",
            "Check that one token was pasted, not a whole response.",
        ),
        az="az ad app show --id SERVICE_APP_ID --query groupMembershipClaims",
    ),
    Verdict(
        code="not_a_jwt",
        title="The token is not a JWT",
        sentence="What was sent is not a JSON Web Token: a JWT is three parts of letters, digits, - and _ with dots "
        "between them.",
        cause="An API key, a refresh token, an authorization code, a SAML assertion or the opaque token of a personal "
        "Microsoft account was sent in place of an access token, or the token was cut off when it was copied.",
        fix=(
            f"{SECURITY_TAB}: the identity provider must be Microsoft Entra ID, with the Resource URL of the service "
            "app.",
            "By hand: take the field access_token of the token response, whole; it begins with eyJ.",
        ),
    ),
    Verdict(
        code="malformed_token",
        title="The token is damaged",
        sentence="The token looks like a JWT, but its {found} cannot be read.",
        cause="Characters were lost or changed on the way: a line break, a cut-off end, or URL encoding.",
        fix=(
            "Copy the token again, whole, from the Network tab of the browser's developer tools (F12) or from the "
            "token response.",
            NEW_CONNECTION,
        ),
    ),
    Verdict(
        code="encrypted_token",
        title="The token is encrypted",
        sentence="The token is encrypted (five parts), and only the app it is meant for can read it.",
        cause="Token encryption is switched on for the app that the token is for, or the token belongs to another "
        "product.",
        fix=(
            f"{REGISTRATIONS} > service app > Manifest: remove tokenEncryptionKeyId.",
            f"{SECURITY_TAB}: check that Resource URL names the service app.",
        ),
        az="az ad app show --id SERVICE_APP_ID --query tokenEncryptionKeyId",
    ),
    Verdict(
        code="unsigned_token",
        title="The token is not signed",
        sentence="The token carries no signature, so anybody could have written it.",
        cause="It was made by hand, by a test tool, or its last part was cut off.",
        fix=(
            "Take the token from the token response of Microsoft Entra ID, whole: three parts with two dots.",
            f"{SECURITY_TAB}: the identity provider must be Microsoft Entra ID.",
        ),
    ),
    Verdict(
        code="algorithm_not_accepted",
        title="The token is signed in another way",
        sentence="The token is signed with {found}; Entra signs access tokens with {expected}, and nothing else is "
        "accepted.",
        cause="Somebody other than Microsoft Entra ID issued the token, or it was made by hand.",
        fix=(
            f"{SECURITY_TAB}: the identity provider must be Microsoft Entra ID.",
            "Compare the issuer (iss) with your tenant: paste the token into bridge explain.",
        ),
    ),
    Verdict(
        code="critical_header",
        title="The token demands an extension",
        sentence="The token's header has a crit field, which Entra never sends.",
        cause="Somebody other than Microsoft Entra ID made the token (RFC 7515 section 4.1.11).",
        fix=(f"{SECURITY_TAB}: the identity provider must be Microsoft Entra ID.",),
    ),
    Verdict(
        code="key_id_missing",
        title="The token does not name its key",
        sentence="The token's header has no usable kid, so its key cannot be found.",
        cause="Entra always names the key. Somebody else made the token, or it was changed.",
        fix=(f"{SECURITY_TAB}: the identity provider must be Microsoft Entra ID.",),
    ),
    Verdict(
        code="id_token",
        title="This is an ID token",
        sentence="This is an ID token: it tells a client who signed in ({found}). An API takes an access token.",
        cause="The client sent the field id_token in place of access_token, or it asked for no scope of this API. "
        "Entra refuses an ID token in an on-behalf-of request too (AADSTS240002).",
        fix=(
            "In the client: send the field access_token of the token response.",
            f"{SECURITY_TAB}: put the full scope of the service app into Scope, api://SERVICE_APP_ID/access_as_user.",
        ),
    ),
    Verdict(
        code="app_only",
        title="The token is for an app, not for a user",
        sentence="The token says which app calls ({found}), but no user has signed in.",
        cause="The client used the client-credentials grant or a managed identity. Such a token is not for "
        "acting on behalf of a user.",
        fix=(
            f"{SECURITY_TAB}: use OAuth 2.0 with Microsoft Entra ID and set Enable on-behalf-of login to true.",
            f"{REGISTRATIONS} > connector app > API permissions: use a delegated permission, not an application "
            "permission.",
        ),
        az="az ad app permission list --id CONNECTOR_APP_ID",
    ),
    Verdict(
        code="agent_app_only",
        reported_as="app_only",
        title="The token is for an agent by itself, not for a user",
        sentence="The token says that the agent {found} calls as itself; no user has signed in.",
        cause="The agent identity (Microsoft Entra Agent ID) requested a token for itself. The API acts for signed-in "
        "users only, so an agent must call on behalf of one.",
        fix=(
            "In the agent: exchange the user's token (on-behalf-of) in place of requesting a token with the agent's "
            "own credential.",
            "Copilot Studio > your agent > Settings > Security > Authentication: choose Authenticate with Microsoft.",
        ),
    ),
    Verdict(
        code="proof_of_possession",
        title="The token is bound to a key",
        sentence="The token has a cnf claim: it may only be used with proof of a key, not as a bearer token.",
        cause="The client asked Entra for a proof-of-possession token (PoP or mutual TLS). Without its proof it may be "
        "a stolen copy.",
        fix=("In the client: request a bearer token (token_type Bearer) for this API.", NEW_CONNECTION),
    ),
)
