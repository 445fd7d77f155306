"""The user has to do something first, or is refused."""

from __future__ import annotations

from bridge.aadsts.row import Outcome, Row
from bridge.tokens.portal_paths import AGENT_CONNECTIONS, REGISTRATIONS, SIGN_IN_AGAIN, SIGN_INS

_SAME_POLICY = (
    "Entra admin center > Conditional Access > Policies: let the policy apply to the service app too, so that the "
    "prompt comes when the connection is made."
)
_LOOK = f"{SIGN_INS}: open the failed entry and its tab Conditional Access; it names the policy."

ROWS = (
    Row(
        codes=(65001,),
        outcome=Outcome.CONSENT_REQUIRED,
        title="Consent is missing",
        sentence="Nobody has consented to this app calling the API for the user.",
        cause="Admin consent was not given, or only for another permission. The agent then often says that it could "
        "not connect and asks to open the connection manager.",
        fix=(
            f"{REGISTRATIONS} > the app in the message > API permissions: choose Grant admin consent.",
            f"{REGISTRATIONS} > the API > Expose an API > Authorized client applications: add the app, and no prompt "
            "is needed any more.",
        ),
        az="az ad app permission admin-consent --id APP_ID_IN_THE_MESSAGE",
    ),
    Row(
        codes=(65004,),
        outcome=Outcome.CONSENT_REQUIRED,
        title="The user declined",
        sentence="The user was asked for consent and declined.",
        cause="The prompt was closed or refused.",
        fix=(
            SIGN_IN_AGAIN,
            f"{REGISTRATIONS} > the app > API permissions > Grant admin consent: then users are not asked.",
        ),
        az="az ad app permission admin-consent --id CONNECTOR_APP_ID",
    ),
    Row(
        codes=(90094,),
        outcome=Outcome.CONSENT_REQUIRED,
        title="An administrator has to consent",
        sentence="The permission needs an administrator's consent, which has not been given.",
        cause="Users of this organisation may not consent for themselves, or the scope is set to admins only.",
        fix=(f"{REGISTRATIONS} > the app > API permissions: an administrator chooses Grant admin consent.",),
        az="az ad app permission admin-consent --id CONNECTOR_APP_ID",
    ),
    Row(
        codes=(50076, 50072, 50074, 50078, 50079),
        outcome=Outcome.CLAIMS_CHALLENGE,
        title="Multifactor authentication is required",
        sentence="The target asks for multifactor authentication, which a connector cannot show in the middle of a "
        "call.",
        cause="A Conditional Access policy covers the target but not the service app, so the user was not asked for "
        "it when the connection was made.",
        fix=(_SAME_POLICY, SIGN_IN_AGAIN, _LOOK),
    ),
    Row(
        codes=(50158,),
        outcome=Outcome.CLAIMS_CHALLENGE,
        title="An external check is required",
        sentence="A Conditional Access policy sends the user to another service: terms of use, or a partner's "
        "multifactor authentication.",
        cause="That page can only be shown at a sign-in.",
        fix=(_SAME_POLICY, SIGN_IN_AGAIN, _LOOK),
    ),
    Row(
        codes=(53003, 53000, 53001, 53002, 53004, 50097, 50129),
        outcome=Outcome.CLAIMS_CHALLENGE,
        title="Conditional Access blocks the call",
        sentence="A Conditional Access policy requires a known device, an approved app or a lower risk.",
        cause="Power Platform calls from Microsoft's servers, not from the user's device, so a device rule can't be "
        "met there.",
        fix=(
            _LOOK,
            "Entra admin center > Conditional Access > Policies: leave the target out of the device rule for this "
            "path, or apply the rule to the service app in its place.",
        ),
    ),
    Row(
        codes=(530032, 530035),
        outcome=Outcome.USER_REFUSED,
        title="A security policy blocks the user",
        sentence="The organisation's security policy or security defaults block this sign-in.",
        cause="An administrator's rule; no prompt would help.",
        fix=(_LOOK,),
    ),
    Row(
        codes=(50034, 50020, 51004, 16000),
        outcome=Outcome.USER_REFUSED,
        title="The user does not exist in this tenant",
        sentence="Entra does not find this user in the tenant of the target.",
        cause="The account belongs to another organisation, or is a guest there.",
        fix=(
            f"{AGENT_CONNECTIONS}: sign in with an account of this organisation.",
            "Entra admin center > Users: check that the account exists.",
        ),
        az="az ad user show --id USER_OBJECT_ID --query userPrincipalName",
    ),
    Row(
        codes=(50057, 50053),
        outcome=Outcome.USER_REFUSED,
        title="The account is disabled or locked",
        sentence="The user's account is disabled or locked.",
        cause="An administrator disabled it, or too many wrong passwords locked it.",
        fix=("Entra admin center > Users > the user: see whether the account is enabled, and why it is locked.",),
        az="az ad user show --id USER_OBJECT_ID --query accountEnabled",
    ),
    Row(
        codes=(50055, 50144),
        outcome=Outcome.CLAIMS_CHALLENGE,
        title="The password has expired",
        sentence="The user's password has expired and must be changed first.",
        cause="The organisation's password rule.",
        fix=("The user signs in at https://myaccount.microsoft.com and changes the password.", SIGN_IN_AGAIN),
    ),
    Row(
        codes=(9002341,),
        outcome=Outcome.CLAIMS_CHALLENGE,
        title="The user must permit single sign-on",
        sentence="The user has to permit single sign-on once before it works silently.",
        cause="A rule of the user's region asks for it.",
        fix=(SIGN_IN_AGAIN,),
    ),
)
