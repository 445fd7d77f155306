"""The bridge's own error codes that are no verdict on a token: what a maker pastes from the Test tab."""

from __future__ import annotations

from bridge.tokens.portal_paths import APP_SETTINGS, ENTERPRISE, REGISTRATIONS, SIGN_IN_AGAIN, SIGN_INS
from bridge.tokens.verdict import Advice

_LOG = "Azure portal > your function app > Application Insights > Logs: look for the correlationId of the answer."
_CHECK = "Run bridge check; it names every problem with its fix."

BRIDGE_CODES: tuple[Advice, ...] = (
    Advice(
        code="bridge_misconfigured",
        title="The bridge is not set up correctly",
        sentence="The bridge answered 424: a setting, a certificate or a permission is wrong, and a retry won't help.",
        cause="The operator's log line for this request says which; the caller is not told.",
        fix=(_CHECK, _LOG, f"{APP_SETTINGS}: correct the setting, and save; the app restarts by itself."),
    ),
    Advice(
        code="name_id_refused",
        title="The user has no usable name for the system",
        sentence="The claim that names the user in the business system is absent, or does not match the pattern.",
        cause="The token lacks the optional claim, the user name has another form, or the account is on the deny list.",
        fix=(
            f"{REGISTRATIONS} > service app > Token configuration: add the claim that "
            "BRIDGE_SYSTEMS__…__SAML__NAME_ID_CLAIM names.",
            f"{APP_SETTINGS}: compare BRIDGE_SYSTEMS__…__SAML__NAME_ID_PATTERN with the user's name.",
        ),
    ),
    Advice(
        code="user_unknown_to_system",
        title="The system does not know the user",
        sentence="The business system does not know the user whom the assertion names.",
        cause="The account does not exist there, or under another user name.",
        fix=(
            "Workday > View Worker > Workday Account: compare User Name, letter by letter, with the NameID. "
            "If Entra signs, that is the Name ID claim under Enterprise applications > Single sign-on; if the bridge "
            "signs, the claim that BRIDGE_SYSTEMS__…__SAML__NAME_ID_CLAIM names.",
        ),
    ),
    Advice(
        code="outcome_unknown",
        title="Nobody knows whether the change was made",
        sentence="The request had left when the line broke, so the change may or may not have been made.",
        cause="The system did not answer in time. The bridge does not try again, because it could change it twice.",
        fix=("Look into the system first; repeat only if the change is not there.", _LOG),
    ),
    Advice(
        code="refused_by_system",
        title="The system refused the request",
        sentence="The business system understood the request and refused it; its message is in the answer.",
        cause="A rule of the system: a date in the past, a value that is not on its list, a change already under way.",
        fix=("Read the message in detail and correct the input.",),
    ),
    Advice(
        code="credential_rejected_by_system",
        title="The system does not accept the bridge's credential",
        sentence="The business system refused the token or the assertion, also after a fresh one.",
        cause="Issuer, audience, certificate or client id differ between the bridge and the system.",
        fix=(_CHECK, "docs/workday.md has the table of what must be equal on both sides."),
    ),
    Advice(
        code="consent_required",
        title="Consent is missing",
        sentence="Nobody has consented yet to the bridge calling the target system for users.",
        cause="The service app's permission on the target is not granted for the organisation.",
        fix=(f"{REGISTRATIONS} > service app > API permissions: choose Grant admin consent.",),
        az="az ad app permission admin-consent --id SERVICE_APP_ID",
    ),
    Advice(
        code="not_assigned",
        title="The user is not assigned to the target",
        sentence="The target's enterprise application allows assigned users only.",
        cause="The user is in none of its groups.",
        fix=(f"{ENTERPRISE} > the target > Users and groups: add the user.",),
    ),
    Advice(
        code="claims_challenge",
        title="Entra asks for more proof of the user",
        sentence="A Conditional Access policy on the target asks for something that the sign-in did not include.",
        cause="The policy covers the target but not the service app.",
        fix=(
            "Entra admin center > Conditional Access > Policies: let the policy apply to the service app too, then "
            "make a new connection.",
        ),
    ),
    Advice(
        code="not_permitted_by_system",
        title="The user may not do this in the system",
        sentence="The business system knows the user and does not permit the operation.",
        cause="A missing permission in the system.",
        fix=("Workday > View Domain: give Employee as Self the right, then Activate Pending Security Policy Changes.",),
    ),
    Advice(
        code="operation_not_open",
        title="This operation is closed in this bridge",
        sentence="The connector offers an operation that the bridge's settings do not open.",
        cause="Sensitive operations are closed unless opened, and the connector may be older than the settings.",
        fix=(
            f"{APP_SETTINGS}: add the operation's name to BRIDGE_SYSTEMS__…__OPERATIONS, beside what stands there.",
            "Or make the connector anew from the bridge: it then shows only what is open (docs/connector.md, step 3).",
        ),
    ),
    Advice(
        code="user_refused",
        title="Entra refuses this user for the target",
        sentence="Entra gives no token for the system to this user, and signing in again does not change it.",
        cause="A policy, the state of the account, or an empty attribute; the answer's aadsts says which.",
        fix=(
            "Paste the number in aadsts: bridge explain AADSTS50124",
            f"{SIGN_INS} > User sign-ins (non-interactive): open the failed entry; it names the rule or the setting.",
        ),
    ),
    Advice(
        code="stale_token",
        title="Entra wants a fresh sign-in",
        sentence="Entra no longer takes this user's token as a basis for another one.",
        cause="The session was revoked, the password changed, or a sign-in rule ended it.",
        fix=(SIGN_IN_AGAIN,),
    ),
    Advice(
        code="invalid_input",
        title="An input is wrong",
        sentence="The request was not sent on, because an input breaks a rule of its operation; fields names each.",
        cause="A value is missing, has another form (a date, a country code), or is not on its list.",
        fix=("Correct the inputs that fields names, and send it again. Nothing was changed.",),
    ),
    Advice(
        code="unsupported_media_type",
        title="The request body is not JSON",
        sentence="The bridge takes request bodies of the type application/json only.",
        cause="A client of your own sent a form or a text; the connector always sends JSON.",
        fix=("In the client: send the header Content-Type: application/json.",),
    ),
    Advice(
        code="payload_too_large",
        title="The request body is too large",
        sentence="The request body is larger than any operation needs.",
        cause="A text or a list that is far too long, or a file that was sent as an input.",
        fix=("In the client: send less. Files are not taken.",),
    ),
    Advice(
        code="not_found",
        title="There is no such thing in this bridge",
        sentence="Probing is off, or the probe names a system that is not set up.",
        cause="POST /api/probe/… works only while BRIDGE_PROBE is true, and with the name from the settings.",
        fix=(f"{APP_SETTINGS}: set BRIDGE_PROBE to true for the test, and remove it afterwards.",),
    ),
    Advice(
        code="probe_limited",
        title="Too many probes",
        sentence="Everybody can probe five times a minute.",
        cause="Each probe costs exchanges at Entra and at the system that a cache would spare.",
        fix=("Wait a minute: the token stays good.",),
    ),
    Advice(
        code="entra_unavailable",
        title="Entra does not answer",
        sentence="The bridge asked Entra for the exchange and got no usable answer. Nothing was done.",
        cause="A passing fault at Microsoft, or a proxy or firewall between the bridge and Entra.",
        fix=(
            "Send it again in a moment, with the same token.",
            "If it stays so: bridge check --url https://NAME.azurewebsites.net says whether the app reaches Entra.",
        ),
    ),
    Advice(
        code="entra_keys_unavailable",
        title="Entra's signing keys are not at hand",
        sentence="The bridge has just started and cannot fetch Entra's keys, so it can check no token yet.",
        cause="A passing fault at Microsoft, or no way out from the app's network.",
        fix=(
            "Send it again in a moment, with the same token.",
            "If it stays so: bridge check --url https://NAME.azurewebsites.net says whether the app reaches Entra.",
        ),
    ),
    Advice(
        code="signing_unavailable",
        title="The vault does not sign",
        sentence="Key Vault, which holds the signing key, does not answer or limits requests. Nothing was done.",
        cause="An outage of Key Vault, or more than its 4,000 signatures in ten seconds.",
        fix=("Send it again in a minute, with the same token.", _LOG),
    ),
    Advice(
        code="system_unavailable",
        title="The system's sign-in is not available",
        sentence="The token endpoint of the business system gave no answer, or 429 or 5xx. Nothing was done.",
        cause="Maintenance or an outage there, or its network policy keeps the bridge's address out.",
        fix=(
            "Send it again in a moment, with the same token.",
            _CHECK,
        ),
    ),
    Advice(
        code="try_later",
        title="The system is busy or not reached",
        sentence="Nothing was done. Retry-After says when to try again.",
        cause="The system could not be reached or limits requests, or the app's managed identity gave no token.",
        fix=("Send it again after that time, with the same token. Power Automate does so by itself.", _LOG),
    ),
    Advice(
        code="upstream_timeout",
        title="A read took too long",
        sentence="The business system did not answer a read in time. Nothing was changed.",
        cause="The system is slow just now, or the request asks for much.",
        fix=(
            "Ask for fewer entries with the input pageSize, where there is one.",
            f"{APP_SETTINGS}: BRIDGE_SYSTEMS__…__TIMEOUT_SECONDS may be up to 90.",
        ),
    ),
    Advice(
        code="upstream_invalid_response",
        title="The system's answer cannot be used",
        sentence="The business system answered a read with something that is no answer. Nothing was changed.",
        cause="A sign-in page or a proxy's page in place of data, a broken line, or another version of its service.",
        fix=("Send it again later, with the same token.", _LOG),
    ),
    Advice(
        code="internal_error",
        title="A mistake of the bridge",
        sentence="The bridge met something that it was not written for. Nothing was changed.",
        cause="A defect. The log has a second line, event crash, with the place in the code.",
        fix=(_LOG, "Report it with that line: it holds no token and no personal data."),
    ),
)
