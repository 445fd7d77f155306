"""Codes of a browser sign-in. They do not occur in an exchange, but people paste them."""

from __future__ import annotations

from bridge.aadsts.row import Outcome, Row
from bridge.tokens.portal_paths import ENTERPRISE, REGISTRATIONS, SECURITY_TAB

ROWS = (
    Row(
        codes=(50011,),
        outcome=Outcome.MISCONFIGURED,
        title="The redirect URI is not registered",
        sentence="The connector's redirect URI is not registered with the connector app, or not in the same letters.",
        cause="Each connector has a redirect URI of its own, "
        "https://global.consent.azure-apim.net/redirect/…, known only after its first save, and another one in each "
        "environment.",
        fix=(
            f"{SECURITY_TAB}: save once, then copy Redirect URL.",
            f"{REGISTRATIONS} > connector app > Authentication > Add a platform > Web: paste it exactly; not under "
            "Single-page application.",
        ),
        az="az ad app show --id CONNECTOR_APP_ID --query web.redirectUris",
    ),
    Row(
        codes=(90008,),
        outcome=Outcome.MISCONFIGURED,
        title="The app has no permission for sign-in",
        sentence="The app has to have at least Microsoft Graph's User.Read.",
        cause="An app made on the command line has no permissions; the portal adds User.Read by itself.",
        fix=(
            f"{REGISTRATIONS} > connector app > API permissions > Add a permission > Microsoft Graph > Delegated: "
            "add User.Read, grant admin consent, and wait some minutes.",
        ),
        az="az ad app permission add --id CONNECTOR_APP_ID --api 00000003-0000-0000-c000-000000000000 "
        "--api-permissions e1fe6dd8-ba31-4d61-89e7-88639da4683d=Scope",
    ),
    Row(
        codes=(50126,),
        outcome=Outcome.USER_REFUSED,
        title="Wrong user name or password",
        sentence="The user name or the password is wrong.",
        cause="A typing error, or an old password that a tool has kept.",
        fix=("Sign in again by hand. On-behalf-of never uses a password.",),
    ),
    Row(
        codes=(75011, 75001, 75003, 75005, 75008, 75016, 7500514, 7500529, 750054, 76021, 76026),
        outcome=Outcome.MISCONFIGURED,
        title="A SAML sign-in request is not right",
        sentence="The SAML sign-in page of Entra was called with a request that it does not accept.",
        cause="This is the browser sign-in of the business system, not the exchange: somebody opened Entra's SAML "
        "address without a request, or the system's request does not fit (binding, authentication context).",
        fix=(
            f"{ENTERPRISE} > the target > Single sign-on: start from the Test button, or from the system's own sign-in "
            "page.",
            "The bridge's token endpoint is …/oauth2/v2.0/token, never …/saml2.",
        ),
    ),
)
