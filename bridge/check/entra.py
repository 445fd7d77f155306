"""Judges Entra: can it be reached, is the tenant right, do the clocks agree, is the client credential accepted?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime

from bridge.aadsts import Outcome, judge, read_error
from bridge.base.json_reader import json_object
from bridge.check.line import CheckResult, failed, manual, ok, warning
from bridge.tokens.display import plain
from bridge.tokens.portal_paths import API_CONNECTIONS, APP_SETTINGS, REGISTRATIONS, SECURITY_TAB
from bridge.tokens.verdicts import VERDICTS

SOON_DAYS = 30
"""A certificate that expires sooner should be replaced."""

SKEW_WARNING_SECONDS = 30
SKEW_FAILED_SECONDS = 300

_NETWORK = (
    "From where this runs, open outgoing HTTPS to {host}, or set the proxy (HTTPS_PROXY) and its certificate authority "
    "(REQUESTS_CA_BUNDLE)."
)
_ABOUT_THE_CREDENTIAL = frozenset(
    {
        *("aadsts_7000215", "aadsts_7000222", "aadsts_7000218", "aadsts_700027", "aadsts_700024", "aadsts_700211"),
        *("aadsts_700016", "aadsts_7000114", "aadsts_90002", "aadsts_50194", "entra_client_refused"),
    }
)
_BEFORE_THE_CREDENTIAL = frozenset({900144, 70003, 9002313, 901002})


def unreachable(code: str, host: str, why: str) -> CheckResult:
    """The line for a request without a response."""
    return failed(code, f"{host} can't be reached ({plain(why)})", _NETWORK.format(host=host))


def metadata(status: int, body: bytes, *, issuer: str, token_url: str) -> CheckResult:
    """The tenant's OpenID metadata (OpenID Connect Discovery 1.0 section 4)."""
    if status != 200:
        row = judge(read_error(status, body))
        return failed("entra_tenant", f"Entra does not know the tenant (HTTP {status}): {row.sentence}", *row.fix)
    document = json_object(body)
    if document is None:
        return failed("entra_tenant", "Entra's metadata is not JSON", "Look for a proxy that rewrites responses.")
    if document.get("issuer") != issuer or document.get("token_endpoint") != token_url:
        return failed(
            "entra_tenant",
            f"Entra's metadata has another issuer or token endpoint ({plain(str(document.get('issuer')))})",
            f"{APP_SETTINGS}: BRIDGE_ENTRA__CLOUD must be the tenant's cloud.",
        )
    return ok("entra_tenant", "Entra knows the tenant, and issuer and token endpoint are as expected")


def clock(date: str, now: float) -> CheckResult:
    """Compares the Date header of Entra's response with this machine's clock (Unix seconds)."""
    try:
        skew = parsedate_to_datetime(date).timestamp() - now
    except (ValueError, TypeError):
        return manual("clock", "Entra's response had no date to compare the clock with", "Compare it with time.is.")
    title = f"the clock here differs from Entra's by {abs(skew):.0f} seconds"
    if abs(skew) > SKEW_FAILED_SECONDS:
        return failed("clock", title, "Switch on time synchronisation on this machine.")
    if abs(skew) > SKEW_WARNING_SECONDS:
        return warning("clock", title, "Switch on time synchronisation; assertions fail if it grows.")
    return ok("clock", title)


def keys(found: Mapping[str, frozenset[str]], url: str) -> CheckResult:
    """`found`: token version → ids of the signing keys. `url`: the address of one of the key documents."""
    missing = [version for version, ids in found.items() if not ids]
    if missing:
        return failed(
            "entra_keys",
            f"no signing keys for tokens of version {' and '.join(missing)}",
            f"From where this runs, open {url}.",
        )
    counted = ", ".join(f"{len(ids)} for version {version}" for version, ids in found.items())
    return ok("entra_keys", f"signing keys at hand: {counted}")


def own_keys(of_app: frozenset[str], *, tenants: frozenset[str]) -> Iterator[CheckResult]:
    """Compares the key document with `?appid=` to the tenant's: an app with its own key cannot be the service app.

    https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-tokens
    """
    if not of_app or not tenants:
        return
    if of_app <= tenants:
        yield ok("service_app_keys", "the service app has no signing key of its own")
        return
    advice = VERDICTS["unknown_key"]
    yield warning(
        "service_app_keys",
        "the service app seems to have a signing key of its own; if so, every token for it is refused as unknown_key",
        *advice.fix[1:],
        az=advice.az,
    )


def client_credential(status: int, body: bytes) -> CheckResult:
    """Judges the response to a client-credentials request, which tests the credential alone."""
    if status == 200:
        return ok("entra_proof", "Entra accepts the bridge's client credential")
    error = read_error(status, body)
    row = judge(error)
    code = f" (AADSTS{error.error_codes[0]})" if error.error_codes else ""
    if row.code in _ABOUT_THE_CREDENTIAL:
        return failed("entra_proof", f"{row.title}{code}", *row.fix, az=row.az)
    if row.outcome in {Outcome.THROTTLED, Outcome.TRANSIENT} or _BEFORE_THE_CREDENTIAL & set(error.error_codes):
        return warning(
            "entra_proof", f"Entra did not get as far as the bridge's client credential{code}", "Check again later."
        )
    return ok(
        "entra_proof", f"Entra accepts the bridge's client credential, and refuses only what was asked with it{code}"
    )


def credential_unusable(why: str) -> CheckResult:
    """The line for a missing credential: no managed identity here, or a vault that does not respond."""
    return failed(
        "entra_proof",
        f"the bridge could not get its client credential ({plain(why)})",
        "A managed identity exists only in Azure: run GET /api/check of the deployed app.",
        "Azure portal > your function app > Settings > Identity > User assigned: the identity must be there.",
    )


def credential_expiry(kind: str, days_left: int | None) -> CheckResult:
    """When the credential expires. A secret does not contain that; only its registration shows it."""
    if kind == "managed identity":
        return ok("entra_proof_expiry", "the credential is a managed identity, which does not expire")
    if days_left is None:
        return manual(
            "entra_proof_expiry",
            "when the client secret expires can't be seen from here",
            f"{REGISTRATIONS} > service app > Certificates & secrets: look at Expires.",
            az="az ad app credential list --id SERVICE_APP_ID --query [].endDateTime",
        )
    return expiry("entra_proof_expiry", "the bridge's client certificate", days_left)


def expiry(code: str, what: str, days_left: int) -> CheckResult:
    """The line on a certificate: expired, expiring soon, or valid."""
    fix = "Make a new one with bridge keys new, let the other side trust both, then change the setting."
    if days_left < 0:
        return failed(code, f"{what} expired {-days_left} days ago", fix)
    if days_left <= SOON_DAYS:
        return warning(code, f"{what} expires in {days_left} days", fix)
    return ok(code, f"{what} is valid for {days_left} days")


MANUAL = (
    manual(
        "connector_preauthorised",
        "whether Power Platform may get tokens silently",
        f"{REGISTRATIONS} > connector app > Expose an API > Authorized client applications: "
        f"{API_CONNECTIONS} must be there.",
        az='az ad app show --id CONNECTOR_APP_ID --query "api.preAuthorizedApplications[].appId"',
    ),
    manual(
        "optional_claims",
        "whether tokens say who is a guest and who is an agent (acct, idtyp, xms_idrel, xms_act_fct, xms_sub_fct)",
        "Call WhoAmI as a user: optionalClaims names the ones that the token has.",
        f"{REGISTRATIONS} > service app > Manifest: optionalClaims.accessToken must request them; "
        "deploy/2-entra-apps.sh adds what is missing.",
        az='az ad app show --id SERVICE_APP_ID --query "optionalClaims.accessToken[].name"',
    ),
    manual(
        "connector_consent",
        "whether the connector app may call the bridge for all users",
        f"{REGISTRATIONS} > connector app > API permissions: the service app's scope, and Microsoft Graph's User.Read, "
        "each with a green tick under Status.",
        az="az ad app permission list-grants --id CONNECTOR_APP_ID --show-resource-name",
    ),
    manual(
        "connector_redirect",
        "whether the connector's redirect URI is registered",
        f"{SECURITY_TAB}: copy Redirect URL; {REGISTRATIONS} > connector app > Authentication > Web must have it.",
        az="az ad app show --id CONNECTOR_APP_ID --query web.redirectUris",
    ),
)
"""What only the portals show."""
