"""The public error codes: every `code` of a problem response that is not a verdict on a token.

A row is used by the response (`status`, `title`, `hint`) and by `bridge explain` (`sentence`, `cause`, `fix`). The
verdicts on tokens in `bridge.tokens.verdicts` have the same members.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bridge.tokens.portal_paths import APP_SETTINGS, ENTERPRISE, REGISTRATIONS, SIGN_IN_AGAIN, SIGN_INS
from bridge.tokens.verdict import Advice

_LOG = "Azure portal > your function app > Application Insights > Logs: look for the correlationId of the response."
_CHECK = "Run bridge check; it names every problem with its fix."
_REACH_ENTRA = (
    "Send it again in a moment, with the same token.",
    "If it stays so: bridge check --url https://NAME.azurewebsites.net says whether the app reaches Entra.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicCode(Advice):
    """One public code. `hint` is the caller's next step if the error has none of its own."""

    status: int
    hint: str


_ROWS = (
    PublicCode(
        code="bridge_misconfigured",
        status=424,
        hint="Ask the administrator of the bridge: the fix is in its log and in `bridge check`.",
        title="The bridge is not set up correctly",
        sentence="A setting, a certificate or a permission is wrong, and a retry does not help.",
        cause="The log line of this request names it; the response does not.",
        fix=(_CHECK, _LOG, f"{APP_SETTINGS}: correct the setting, and save; the app restarts by itself."),
    ),
    PublicCode(
        code="name_id_refused",
        status=403,
        hint="Ask the administrator of the bridge to look at the SAML__NAME_ID_… settings of this system.",
        title="The user's name is not allowed for the system",
        sentence="The claim that names the user in the business system is absent, or does not match the pattern.",
        cause="The token lacks the optional claim, the user name has another form, or the account is on the deny list.",
        fix=(
            f"{REGISTRATIONS} > service app > Token configuration: add the claim that "
            "BRIDGE_SYSTEMS__…__SAML__NAME_ID_CLAIM names; with …__NAME_ID_SOURCE, fill in that property of the user.",
            f"{APP_SETTINGS}: compare BRIDGE_SYSTEMS__…__SAML__NAME_ID_PATTERN with the user's name.",
        ),
    ),
    PublicCode(
        code="user_unknown_to_system",
        status=403,
        hint="Ask the administrator of the system whether you have an account there.",
        title="The system does not know the user",
        sentence="The business system does not know the user whom the assertion names.",
        cause="The account does not exist there, or under another user name.",
        fix=(
            "Compare the user name of the account in the system, letter by letter, with the NameID. "
            "If Entra signs, that is the Name ID claim under Enterprise applications > Single sign-on; if the bridge "
            "signs, what BRIDGE_SYSTEMS__…__SAML__NAME_ID_CLAIM or …__NAME_ID_SOURCE names.",
        ),
    ),
    PublicCode(
        code="outcome_unknown",
        status=409,
        hint="Look at the current data before trying again.",
        title="It is not known whether the change was made",
        sentence="The request was sent, but no definite response came, so the change may or may not have been made.",
        cause="The system did not respond in time. The bridge does not try again, to avoid making the change twice.",
        fix=("Look in the system first; repeat the request only if the change was not made.", _LOG),
    ),
    PublicCode(
        code="conflict",
        status=409,
        hint="Read the current data, and send the request again if it is still wanted.",
        title="The request conflicts with the current data",
        sentence="The business system refused the change because of its current data. Nothing was changed.",
        cause="The data has been changed meanwhile, exists already, or is being changed.",
        fix=("Read the current data, and repeat the change if it is still wanted.",),
    ),
    PublicCode(
        code="idempotency_conflict",
        status=409,
        hint="Use a new Idempotency-Key for a new request.",
        title="The Idempotency-Key was used for another request",
        sentence="An earlier request of this person had the same Idempotency-Key and other values. Nothing was done.",
        cause="A flow or a client gives one key to two requests, or the values were changed between two attempts.",
        fix=("Make a new key for each request that a person confirms, such as guid() in a flow.",),
    ),
    PublicCode(
        code="refused_by_system",
        status=422,
        hint="Correct what the system names and send the request again.",
        title="The system refused the request",
        sentence="The business system understood the request and refused it; its message is in the response.",
        cause="A rule of the system: a date in the past, a value that is not on its list, a change already under way.",
        fix=("Read the message in detail and correct the input.",),
    ),
    PublicCode(
        code="credential_rejected_by_system",
        status=424,
        hint="Ask the administrator of the bridge: the log names the cause.",
        title="The system does not accept the bridge's credential",
        sentence="The business system refused the token or the assertion, also after a fresh one.",
        cause="Issuer, audience, certificate or client id differ between the bridge and the system.",
        fix=(_CHECK, "The system's page in the documentation has what must be equal on both sides."),
    ),
    PublicCode(
        code="consent_required",
        status=403,
        hint="Ask an administrator to grant consent to the service app.",
        title="Consent is missing",
        sentence="Nobody has consented yet to the bridge calling the target system for users.",
        cause="The service app's permission on the target is not granted for the organisation.",
        fix=(f"{REGISTRATIONS} > service app > API permissions: choose Grant admin consent.",),
        az="az ad app permission admin-consent --id SERVICE_APP_ID",
    ),
    PublicCode(
        code="not_assigned",
        status=403,
        hint="Ask an administrator to assign you to the application.",
        title="The user is not assigned to the target",
        sentence="The target's enterprise application allows assigned users only.",
        cause="The user is in none of its groups.",
        fix=(f"{ENTERPRISE} > the target > Users and groups: add the user.",),
    ),
    PublicCode(
        code="claims_challenge",
        status=403,
        hint="Ask an administrator to apply the policy to the service app, then make a new connection.",
        title="Entra requires another sign-in step from the user",
        sentence="A Conditional Access policy on the target asks for something that the sign-in did not include.",
        cause="The policy covers the target but not the service app. A connector cannot show the prompt during a call.",
        fix=(
            "Entra admin center > Conditional Access > Policies: let the policy apply to the service app too, then "
            "make a new connection.",
            f"{SIGN_INS} > User sign-ins (non-interactive): open the failed entry; it names the policy.",
        ),
    ),
    PublicCode(
        code="not_permitted_by_system",
        status=403,
        hint="Ask the administrator of the system for the permission.",
        title="The user may not do this in the system",
        sentence="The business system knows the user and does not permit the operation.",
        cause="A missing permission in the system.",
        fix=("`bridge catalog needs` lists what the system's administrator has to grant for each operation.",),
    ),
    PublicCode(
        code="operation_not_open",
        status=403,
        hint="Ask the administrator of the bridge to open the operation.",
        title="This operation is closed in this bridge",
        sentence="The connector offers an operation that the bridge's settings do not open.",
        cause="Sensitive operations are closed unless opened, and the connector may be older than the settings.",
        fix=(
            f"{APP_SETTINGS}: add the operation's name to the words in BRIDGE_SYSTEMS__…__OPERATIONS.",
            "Or build the connector again from the bridge, with what is open only (docs/connector.md, step 3).",
        ),
    ),
    PublicCode(
        code="user_refused",
        status=403,
        hint="Ask an administrator to look at the sign-in logs of Entra.",
        title="Entra refuses this user for the target",
        sentence="Entra gives no token for the system to this user, and signing in again does not change it.",
        cause="A policy, the state of the account, or an empty attribute; aadsts in the response identifies it.",
        fix=(
            "Paste the number in aadsts: bridge explain AADSTS50124",
            f"{SIGN_INS} > User sign-ins (non-interactive): open the failed entry; it names the rule or the setting.",
        ),
    ),
    PublicCode(
        code="stale_token",
        status=401,
        hint="Sign in to the connection again.",
        title="Entra requires a new sign-in",
        sentence="Entra no longer exchanges this user's token for another one.",
        cause="The session was revoked, the password changed, or a sign-in rule ended it.",
        fix=(SIGN_IN_AGAIN,),
    ),
    PublicCode(
        code="invalid_input",
        status=400,
        hint="Correct the input and send the request again.",
        title="An input is wrong",
        sentence="The request was not sent on, because inputs break rules of its operation; fields names each of them.",
        cause="A value is missing, has another form (a date, a country code), or is not on its list.",
        fix=("Correct the inputs that fields names, and send it again. Nothing was changed.",),
    ),
    PublicCode(
        code="unsupported_media_type",
        status=415,
        hint="Send Content-Type: application/json.",
        title="The request body is not JSON",
        sentence="The bridge accepts request bodies of the type application/json only.",
        cause="A client of your own sent a form or a text; the connector always sends JSON.",
        fix=("In the client: send the header Content-Type: application/json.",),
    ),
    PublicCode(
        code="payload_too_large",
        status=413,
        hint="Send less at once.",
        title="The request body is too large",
        sentence="The request body is larger than any operation needs.",
        cause="A text or a list that is far too long, or a file that was sent as an input.",
        fix=("In the client: send less. Files are not accepted.",),
    ),
    PublicCode(
        code="not_found",
        status=404,
        hint="Compare the address with the connector's definition.",
        title="Not found",
        sentence="Probing is off, or the probe names a system that is not set up.",
        cause="POST /api/probe/… works only while BRIDGE_PROBE is true, and with the name from the settings.",
        fix=(f"{APP_SETTINGS}: set BRIDGE_PROBE to true for the test, and remove it afterwards.",),
    ),
    PublicCode(
        code="probe_limited",
        status=503,
        hint="Wait a minute and try again.",
        title="Too many probes",
        sentence="A user may probe five times a minute.",
        cause="Each probe sends new token requests to Entra and to the system.",
        fix=("Wait a minute, then probe again with the same token.",),
    ),
    PublicCode(
        code="entra_unavailable",
        status=503,
        hint="Try again in a moment.",
        title="Entra does not respond",
        sentence="The bridge asked Entra for the exchange and got no usable response. Nothing was done.",
        cause="A temporary fault at Microsoft, or a proxy or firewall between the bridge and Entra.",
        fix=_REACH_ENTRA,
    ),
    PublicCode(
        code="entra_keys_unavailable",
        status=503,
        hint="Try again in a moment.",
        title="Entra's signing keys are not available",
        sentence="The bridge has just started and cannot fetch Entra's keys, so it cannot validate any token yet.",
        cause="A temporary fault at Microsoft, or the app's network does not allow the connection.",
        fix=_REACH_ENTRA,
    ),
    PublicCode(
        code="signing_unavailable",
        status=503,
        hint="Try again in a moment.",
        title="Key Vault does not sign",
        sentence="Key Vault, which holds the signing key, does not respond or limits requests. Nothing was done.",
        cause="An outage of Key Vault, or more than its 4,000 signatures in ten seconds.",
        fix=("Send it again in a minute, with the same token.", _LOG),
    ),
    PublicCode(
        code="system_unavailable",
        status=503,
        hint="Try again in a moment.",
        title="The system's sign-in is not available",
        sentence="The token endpoint of the system did not respond, or responded with 429 or 5xx. Nothing was done.",
        cause="Maintenance or an outage there, or its network policy blocks the bridge's address.",
        fix=("Send it again in a moment, with the same token.", _CHECK),
    ),
    PublicCode(
        code="ledger_unavailable",
        status=503,
        hint="Try again in a moment.",
        title="The write ledger cannot be reached",
        sentence="The change was not sent, because the bridge could not note it first. Nothing was done.",
        cause="Azure Table storage does not respond, or its network rules keep the app out. Reads are not affected.",
        fix=("Send it again after the time in Retry-After. Power Automate does so by itself.", _LOG),
    ),
    PublicCode(
        code="writes_paused",
        status=503,
        hint="Try again later, or ask the administrator of the bridge.",
        title="Changes are paused",
        sentence="The administrator of the bridge has paused changes. Nothing was done; reads work.",
        cause="`bridge ledger pause` is in force for all, for this system or for this person.",
        fix=("`bridge ledger resume` ends the pause, within 15 seconds in every instance.",),
    ),
    PublicCode(
        code="too_many_at_once",
        status=503,
        hint="Wait for the requests that are running, then send it again.",
        title="One person sends too many requests at once",
        sentence="This person's requests already use half of the threads of the instance. Nothing was done.",
        cause="A flow with a high degree of parallelism, or a loop. Others are still served.",
        fix=("Lower the degree of parallelism of the flow's Apply to each.",),
    ),
    PublicCode(
        code="try_later",
        status=503,
        hint="Try again in a moment.",
        title="The system is busy or cannot be reached",
        sentence="Nothing was done. Retry-After says when to try again.",
        cause="The system could not be reached or limits requests, or the app's managed identity gave no token.",
        fix=("Send it again after that time, with the same token. Power Automate does so by itself.", _LOG),
    ),
    PublicCode(
        code="upstream_timeout",
        status=504,
        hint="Try again later.",
        title="A read took too long",
        sentence="The business system did not respond to a read in time. Nothing was changed.",
        cause="The system is slow at the moment, or the request asks for much data.",
        fix=(
            "Ask for fewer entries with the input pageSize, if the operation has it.",
            f"{APP_SETTINGS}: BRIDGE_SYSTEMS__…__TIMEOUT_SECONDS may be up to 90.",
        ),
    ),
    PublicCode(
        code="upstream_invalid_response",
        status=502,
        hint="Try again later. If the error stays, ask the administrator of the bridge.",
        title="The system's response cannot be used",
        sentence="The business system's response to a read cannot be used. Nothing was changed.",
        cause="A sign-in page or a proxy's page in place of data, a broken connection, or another service version.",
        fix=("Send it again later, with the same token.", _LOG),
    ),
    PublicCode(
        code="internal_error",
        status=500,
        hint="Tell the administrator of the bridge the correlation id.",
        title="Internal error of the bridge",
        sentence="Unexpected internal error. Nothing was changed.",
        cause="A defect in the bridge. The log has a second line, event crash, with the place in the code.",
        fix=(_LOG, "Report it with that line: it holds no token and no personal data."),
    ),
    PublicCode(
        code="answer_too_large",
        status=502,
        hint="Ask for fewer entries with pageSize, or for something narrower.",
        title="The result is too large",
        sentence="The result is larger than Copilot Studio accepts in one response (500 KB). Nothing was changed.",
        cause="The request asks for too many entries at once.",
        fix=("Set the input pageSize to a smaller number, or narrow the search with the operation's other inputs.",),
    ),
    PublicCode(
        code="entra_throttled",
        status=503,
        hint="Wait a minute and try again.",
        title="Entra is limiting requests",
        sentence="Entra asks the bridge to wait after too many requests in a short time. Nothing was done.",
        cause="Many users began at the same time, or a flow repeats a failing call.",
        fix=("Wait a minute and try again.", "Power Automate: look for a flow that repeats a failing action."),
    ),
    PublicCode(
        code="invalid_token",
        status=401,
        hint="Sign in to the connection again.",
        title="The access token was not accepted",
        sentence="The bridge did not accept the access token; verdict says why.",
        cause="The token is expired, is meant for another API, or was changed.",
        fix=(SIGN_IN_AGAIN,),
    ),
    PublicCode(
        code="forbidden",
        status=403,
        hint="Ask the administrator of the bridge or of the system.",
        title="Not allowed",
        sentence="The caller is known, but may not do this.",
        cause="A setting of the bridge, or a permission in the business system.",
        fix=(_LOG,),
    ),
)

PUBLIC_CODES: Mapping[str, PublicCode] = MappingProxyType({row.code: row for row in _ROWS})
"""Code → its row."""
