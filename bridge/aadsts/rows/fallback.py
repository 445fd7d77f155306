"""Responses without a known code: the OAuth fields decide.

The suberrors are those of MSAL's classification of UI-required errors.
"""

from __future__ import annotations

from collections.abc import Mapping

from bridge.aadsts.row import Outcome, Row
from bridge.tokens.portal_paths import AGENT_CONNECTIONS, APP_SETTINGS, ENTERPRISE, REGISTRATIONS, SIGN_INS

_LOOK = f"{SIGN_INS} > User sign-ins (non-interactive): open the failed entry; it names the rule or the setting."

ROWS = (
    Row(
        code="entra_claims_challenge",
        outcome=Outcome.CLAIMS_CHALLENGE,
        title="Entra requires more from the user than the sign-in included",
        sentence="A Conditional Access policy on the target system asks the user for something that the sign-in to the "
        "connector did not include.",
        cause="Multifactor authentication, a compliant device or terms of use are required for the target. A connector "
        "cannot show that prompt in the middle of a call.",
        fix=(
            "Entra admin center > Conditional Access > Policies: let the same policy apply to the service app, so that "
            "the prompt comes when the connection is made.",
            f"{AGENT_CONNECTIONS}: sign in again after that.",
            _LOOK,
        ),
    ),
    Row(
        code="entra_consent_required",
        outcome=Outcome.CONSENT_REQUIRED,
        title="Consent is missing",
        sentence="Nobody has consented yet to the service app calling the target system for users.",
        cause="The delegated permission is not granted for the whole organisation.",
        fix=(f"{REGISTRATIONS} > service app > API permissions: choose Grant admin consent.",),
        az="az ad app permission admin-consent --id SERVICE_APP_ID",
    ),
    Row(
        code="entra_stale_token",
        outcome=Outcome.STALE_TOKEN,
        title="Entra requires a new sign-in",
        sentence="Entra no longer accepts this user's token as a basis for another one.",
        cause="The session was revoked, the password changed, or a sign-in rule ended it.",
        fix=(f"{AGENT_CONNECTIONS}: sign in to the connection again.", _LOOK),
    ),
    Row(
        code="entra_user_refused",
        outcome=Outcome.USER_REFUSED,
        title="Entra refuses this user",
        sentence="Entra refuses this user for the target system, and signing in again would not change it.",
        cause="A policy forbids it, or the state of the account does.",
        fix=(_LOOK, f"{ENTERPRISE} > the target > Users and groups: check that the user is assigned."),
    ),
    Row(
        code="entra_client_refused",
        outcome=Outcome.MISCONFIGURED,
        app_wide=True,
        title="Entra does not accept the app's client credential",
        sentence="Entra refused the service app's secret, certificate or managed identity.",
        cause="The secret expired, another value was pasted, or the credential belongs to another app.",
        fix=(
            f"{REGISTRATIONS} > service app > Certificates & secrets: check which are listed and when they expire.",
            f"{APP_SETTINGS}: correct the BRIDGE_ENTRA__CLIENT_… setting, then run bridge check.",
        ),
        az="az ad app credential list --id SERVICE_APP_ID",
    ),
    Row(
        code="entra_refused",
        outcome=Outcome.MISCONFIGURED,
        title="Entra refused the exchange",
        sentence="Entra refused to exchange the user's token, for a reason that this table does not know.",
        cause="Most often the scope, the permissions or the client credential of the service app.",
        fix=(
            "Open https://login.microsoftonline.com/error and enter the code after AADSTS: Microsoft explains it.",
            _LOOK,
        ),
    ),
    Row(
        code="entra_throttled",
        outcome=Outcome.THROTTLED,
        title="Entra is limiting requests",
        sentence="Entra asks the bridge to wait: there were too many requests in a short time.",
        cause="Many users began at once, or a flow repeats a failing call.",
        fix=("Wait a minute and try again.", "Power Automate: look for a flow that repeats a failing action."),
    ),
    Row(
        code="entra_transient",
        outcome=Outcome.TRANSIENT,
        title="Entra is not available at the moment",
        sentence="Entra could not answer just now. Nothing was done.",
        cause="A temporary fault at Microsoft, or in the network between.",
        fix=("Try again in a moment.", "Azure portal > Service Health: look for an incident of Microsoft Entra ID."),
    ),
)

BY_SUBERROR: Mapping[str, str] = {
    "consent_required": "entra_consent_required",
    "bad_token": "entra_stale_token",
    "token_expired": "entra_stale_token",
    "basic_action": "entra_claims_challenge",
    "additional_action": "entra_claims_challenge",
    "user_password_expired": "entra_claims_challenge",
    "protection_policy_required": "entra_claims_challenge",
    "device_authentication_failed": "entra_claims_challenge",
    "message_only": "entra_user_refused",
    "client_mismatch": "entra_refused",
}

BY_ERROR: Mapping[str, str] = {
    "interaction_required": "entra_claims_challenge",
    "login_required": "entra_claims_challenge",
    "consent_required": "entra_consent_required",
    "invalid_grant": "entra_stale_token",
    "access_denied": "entra_user_refused",
    "invalid_client": "entra_client_refused",
    "unauthorized_client": "entra_client_refused",
    "slow_down": "entra_throttled",
    "temporarily_unavailable": "entra_transient",
    "server_error": "entra_transient",
}
