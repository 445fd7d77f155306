"""Entra does not accept the user's token in the exchange."""

from __future__ import annotations

from bridge.aadsts.row import Outcome, Row
from bridge.tokens.portal_paths import APP_SETTINGS, REGISTRATIONS, SECURITY_TAB, SIGN_IN_AGAIN

ROWS = (
    Row(
        codes=(50013,),
        outcome=Outcome.MISCONFIGURED,
        title="Entra does not accept the user's token in the exchange",
        sentence="Entra refused the user's token as the basis of the exchange, although it was valid for the bridge.",
        cause="The service app has a signing key of its own: it is set up for SAML single sign-on or has a "
        "claims-mapping policy. Such an app cannot use on-behalf-of.",
        fix=(
            f"{REGISTRATIONS}: make a new registration for the bridge without single sign-on, and use it as service "
            "app.",
            f"{SECURITY_TAB}: set Resource URL to it; {APP_SETTINGS}: set BRIDGE_ENTRA__CLIENT_ID and its "
            "client credential.",
        ),
        az="az ad sp show --id SERVICE_APP_ID --query preferredSingleSignOnMode",
    ),
    Row(
        codes=(500131,),
        outcome=Outcome.MISCONFIGURED,
        title="The user's token is for another app than the one that exchanges it",
        sentence="The token's audience is not the app that asked for the exchange.",
        cause="The bridge's client id belongs to another registration than the connector's Resource URL, or the App ID "
        "URI differs in upper and lower case, which Entra distinguishes here.",
        fix=(
            f"{APP_SETTINGS}: BRIDGE_ENTRA__CLIENT_ID must be the application (client) id of the service app.",
            f"{REGISTRATIONS} > service app > Expose an API: write the Application ID URI in lower case.",
            f"{SECURITY_TAB}: Resource URL names the same app.",
        ),
        az="az ad app show --id SERVICE_APP_ID --query identifierUris",
    ),
    Row(
        codes=(500133,),
        outcome=Outcome.STALE_TOKEN,
        title="The user's token has expired",
        sentence="The user's token was no longer valid when Entra looked at it.",
        cause="It expired before Entra received it, or it was an old copy.",
        fix=(SIGN_IN_AGAIN,),
    ),
    Row(
        codes=(50173, 50132, 50133),
        outcome=Outcome.STALE_TOKEN,
        title="The user's session was ended",
        sentence="The user's session was revoked, most often by a changed password; a fresh sign-in is needed.",
        cause="Tokens from before the change are no longer accepted.",
        fix=(SIGN_IN_AGAIN,),
    ),
    Row(
        codes=(70043,),
        outcome=Outcome.STALE_TOKEN,
        title="A sign-in frequency rule ended the session",
        sentence="A Conditional Access rule says how often the user must sign in, and that time is over.",
        cause="The policy's sign-in frequency is shorter than the life of the connection.",
        fix=(
            SIGN_IN_AGAIN,
            "Entra admin center > Conditional Access > Policies > Session > Sign-in frequency: see which apps it "
            "covers.",
        ),
    ),
    Row(
        codes=(70008, 700082, 700084),
        outcome=Outcome.STALE_TOKEN,
        title="The connection's refresh token has expired",
        sentence="The refresh token behind the connection has expired or was not used for too long.",
        cause="Refresh tokens end after 90 days without use, and after 24 hours for single-page apps.",
        fix=(
            SIGN_IN_AGAIN,
            f"{REGISTRATIONS} > connector app > Authentication: the redirect URI must be of the platform Web, not "
            "Single-page application.",
        ),
        az='az ad app show --id CONNECTOR_APP_ID --query "{web:web.redirectUris,spa:spa.redirectUris}"',
    ),
    Row(
        codes=(240002,),
        outcome=Outcome.MISCONFIGURED,
        title="An ID token was sent for the exchange",
        sentence="Entra exchanges access tokens only, and an ID token was sent.",
        cause="The client sent the field id_token in place of access_token.",
        fix=(
            "In the client: send the field access_token of the token response.",
            f"{SECURITY_TAB}: put the full scope of the service app into Scope.",
        ),
    ),
    Row(
        codes=(240000,),
        outcome=Outcome.MISCONFIGURED,
        title="Entra refused the token, without a published reason",
        sentence="Microsoft publishes no text for this code; its neighbours concern the token that was sent.",
        cause="Most likely not an access token for this app.",
        fix=("Paste the token that was sent into bridge explain, and compare aud, ver and scp.",),
    ),
    Row(
        codes=(700001,),
        outcome=Outcome.MISCONFIGURED,
        title="A SAML token was sent for the exchange",
        sentence="A SAML token was used where on-behalf-of takes an access token.",
        cause="On-behalf-of turns an access token into a SAML assertion, not the other way round.",
        fix=("In the client: send an access token (a JWT) as assertion.",),
    ),
)
