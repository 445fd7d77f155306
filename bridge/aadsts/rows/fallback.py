"""Responses without a known code: the OAuth fields decide.

The suberrors are those of MSAL's classification of UI-required errors.
"""

from __future__ import annotations

from collections.abc import Mapping

from bridge.aadsts.row import Outcome, Row
from bridge.public_codes import PUBLIC_CODES
from bridge.tokens.portal_paths import APP_SETTINGS, ENTERPRISE, REGISTRATIONS, SIGN_INS

_LOOK = f"{SIGN_INS} > User sign-ins (non-interactive): open the failed entry; it names the rule or the setting."


def _general(code: str, outcome: Outcome) -> Row:
    """A row with the texts of the outcome's public code."""
    texts = PUBLIC_CODES[outcome.public_code]
    return Row(
        code=code,
        outcome=outcome,
        title=texts.title,
        sentence=texts.sentence,
        cause=texts.cause,
        fix=texts.fix,
        az=texts.az,
    )


ROWS = (
    _general("entra_claims_challenge", Outcome.CLAIMS_CHALLENGE),
    _general("entra_consent_required", Outcome.CONSENT_REQUIRED),
    _general("entra_stale_token", Outcome.STALE_TOKEN),
    _general("entra_throttled", Outcome.THROTTLED),
    _general("entra_transient", Outcome.TRANSIENT),
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
        sentence="Entra refused to exchange the user's token, for a reason that this table does not contain.",
        cause="Most often the scope, the permissions or the client credential of the service app.",
        fix=(
            "Open https://login.microsoftonline.com/error and enter the code after AADSTS: Microsoft explains it.",
            _LOOK,
        ),
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
