"""The bridge's own error codes that are no verdict on a token: what a maker pastes from the Test tab."""

from __future__ import annotations

from bridge.diagnosis.places import APP_SETTINGS
from bridge.diagnosis.verdict import Advice

_LOG = "Azure portal > your function app > Application Insights > Logs: look for the correlationId of the answer."
_CHECK = "Run bridge check; it names every problem with its mend."

BRIDGE_CODES: tuple[Advice, ...] = (
    Advice(
        code="bridge_misconfigured",
        title="The bridge is not set up correctly",
        sentence="The bridge answered 424: a setting, a certificate or a permission is wrong, and a retry won't help.",
        cause="The operator's log line for this request says which; the caller is not told.",
        mend=(_CHECK, _LOG, f"{APP_SETTINGS}: correct the setting, and save; the app restarts by itself."),
    ),
    Advice(
        code="name_id_refused",
        title="The user has no usable name for the system",
        sentence="The claim that names the user in the business system is absent, or does not match the pattern.",
        cause="The token lacks the optional claim, the user name has another form, or the account is on the deny list.",
        mend=(
            "Entra admin center > App registrations > service app > Token configuration: add the claim that "
            "BRIDGE_SYSTEMS__…__SAML__NAME_ID_CLAIM names.",
            f"{APP_SETTINGS}: compare BRIDGE_SYSTEMS__…__SAML__NAME_ID_PATTERN with the user's name.",
        ),
    ),
    Advice(
        code="user_unknown_to_system",
        title="The system does not know the user",
        sentence="The business system does not know the user whom the assertion names.",
        cause="The account does not exist there, or under another user name.",
        mend=("Workday > View Worker > Workday Account: compare User Name with the name that /api/whoami shows.",),
    ),
    Advice(
        code="outcome_unknown",
        title="Nobody knows whether the change was made",
        sentence="The request had left when the line broke, so the change may or may not have been made.",
        cause="The system did not answer in time. The bridge does not try again, because it could change it twice.",
        mend=("Look into the system first; repeat only if the change is not there.", _LOG),
    ),
    Advice(
        code="refused_by_system",
        title="The system refused the request",
        sentence="The business system understood the request and refused it; its message is in the answer.",
        cause="A rule of the system: a date in the past, a value that is not on its list, a change already under way.",
        mend=("Read the message in detail and correct the input.",),
    ),
    Advice(
        code="credential_rejected_by_system",
        title="The system does not accept the bridge's credential",
        sentence="The business system refused the token or the assertion, also after a fresh one.",
        cause="Issuer, audience, certificate or client id differ between the bridge and the system.",
        mend=(_CHECK, "docs/workday.md has the table of what must be equal on both sides."),
    ),
    Advice(
        code="consent_required",
        title="Consent is missing",
        sentence="Nobody has consented yet to the bridge calling the target system for users.",
        cause="The service app's permission on the target is not granted for the organisation.",
        mend=("Entra admin center > App registrations > service app > API permissions: choose Grant admin consent.",),
        az="az ad app permission admin-consent --id SERVICE_APP_ID",
    ),
    Advice(
        code="not_assigned",
        title="The user is not assigned to the target",
        sentence="The target's enterprise application allows assigned users only.",
        cause="The user is in none of its groups.",
        mend=("Entra admin center > Enterprise applications > the target > Users and groups: add the user.",),
    ),
    Advice(
        code="claims_challenge",
        title="Entra asks for more proof of the user",
        sentence="A Conditional Access policy on the target asks for something that the sign-in did not include.",
        cause="The policy covers the target but not the service app.",
        mend=(
            "Entra admin center > Conditional Access > Policies: let the policy apply to the service app too, then "
            "make a new connection.",
        ),
    ),
    Advice(
        code="not_permitted_by_system",
        title="The user may not do this in the system",
        sentence="The business system knows the user and does not permit the operation.",
        cause="A missing permission in the system.",
        mend=(
            "Workday > View Domain: give Employee as Self the right, then Activate Pending Security Policy Changes.",
        ),
    ),
)
