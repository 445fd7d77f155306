"""Judges one business system: its settings, and its token endpoint's response to a request without an assertion."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from bridge.base.json_reader import json_object
from bridge.check.entra import expiry
from bridge.check.line import CheckResult, failed, manual, ok, warning
from bridge.tokens.display import plain
from bridge.tokens.portal_paths import APP_SETTINGS, ENTERPRISE, REGISTRATIONS

if TYPE_CHECKING:
    from bridge.catalog import SystemType
    from bridge.settings import SamlSettings, SystemSettings
    from bridge.settings.raw import RawSettings

_UNLIKELY_NAMES = ("root", "admin@example.org", "ISU_Integration_System", "x")
"""Names that a good NameID pattern does not all match."""


def judge_settings(
    system: SystemSettings, kind: SystemType, *, sensitive: frozenset[str], now: datetime
) -> Iterator[CheckResult]:
    """Lines on the settings. `sensitive`: the operationIds that the catalog marks so."""
    yield _operations(system, sensitive)
    if system.raw is not None:
        yield _pass_through(system, system.raw)
    if system.path != "oauth" and system.saml is not None:
        yield from _own_assertion(system, system.saml, kind, now)
    elif system.path != "oauth" and system.token is not None:
        yield from _entras_assertion(system, kind)
    if system.path != "saml" and system.resource_scope:
        yield ok("resource_scope", f"Entra is asked for {system.resource_scope}")


def _operations(system: SystemSettings, sensitive: frozenset[str]) -> CheckResult:
    if not system.operations:
        return failed(
            "operations", "no operation is open", f"{APP_SETTINGS}: set {system.setting('OPERATIONS')} to reads writes."
        )
    opened = sorted(system.operations & sensitive)
    if opened:
        return warning(
            "operations",
            f"{len(system.operations)} operations are open, with sensitive ones: {', '.join(opened)}",
            f"{APP_SETTINGS}: {system.setting('OPERATIONS')} names what is open. Keep it if that is intended.",
        )
    return ok("operations", f"{len(system.operations)} operations are open, none of them sensitive")


def _pass_through(system: SystemSettings, raw: RawSettings) -> CheckResult:
    shown = " ".join("/" + "/".join(prefix) for prefix in raw.prefixes)
    return warning(
        "raw",
        f"the pass-through is open for {', '.join(raw.methods)} below {shown}",
        f"Write operations for what is used, then remove {system.setting('RAW__PREFIXES')}: "
        "docs/systems/pass-through.md.",
    )


def _own_assertion(
    system: SystemSettings, saml: SamlSettings, kind: SystemType, now: datetime
) -> Iterator[CheckResult]:
    early = now < saml.key.certificate.not_valid_before_utc and saml.key.date_problem(now.timestamp())
    if early:
        yield failed("signing_certificate", f"the signing certificate {early}", "Wait, or compare the clock.")
    else:
        yield expiry("signing_certificate", "the signing certificate", saml.key.days_left(now))
    yield ok("signing_key", f"RSA key of {saml.key.key.key_size} bits, certificate {saml.key.thumbprint[:16]}…")
    yield manual(
        "system_trusts",
        f"whether {system.name} trusts that certificate for the issuer {saml.issuer} and the audience {saml.audience}",
        f"{kind.title}: {_trust_setting(kind)}: issuer, audience and certificate must be these (bridge keys show "
        "prints the certificate).",
    )
    yield _audience(system)
    yield _recipient(system, saml)
    yield _name_ids(system, saml)
    if saml.name_id.graph_property:
        yield manual(
            "graph_permission",
            f"whether the bridge may read the user's {saml.name_id.graph_property} in Microsoft Graph",
            f"{REGISTRATIONS} > service app > API permissions: Microsoft Graph, delegated, User.Read, with a green "
            "tick under Status. deploy/2-entra-apps.sh grants it with READ_USER_NAMES='true'.",
            az="az ad app permission list-grants --id SERVICE_APP_ID --show-resource-name",
        )


def _trust_setting(kind: SystemType) -> str:
    return kind.trust_setting or "where its administrators set which assertions it accepts"


def _recipient(system: SystemSettings, saml: SamlSettings) -> CheckResult:
    if system.token is not None and saml.recipient != system.token.url:
        return warning(
            "recipient",
            f"Recipient is {saml.recipient}, not the token endpoint",
            f"{APP_SETTINGS}: remove {system.setting('SAML__RECIPIENT')}, unless the system asks for another one "
            "(RFC 7522 section 3 wants the token endpoint).",
        )
    return ok("recipient", "Recipient is the token endpoint")


def _name_ids(system: SystemSettings, saml: SamlSettings) -> CheckResult:
    rule = saml.name_id
    if all(rule.pattern.fullmatch(name) for name in _UNLIKELY_NAMES):
        return warning(
            "name_id",
            "the NameID pattern matches any name, so every account of the system could be named",
            f"{APP_SETTINGS}: narrow {system.setting('SAML__NAME_ID_PATTERN')} to your users' names, such as "
            r"[a-z.]+@contoso\.com.",
        )
    if not rule.denied:
        return warning(
            "name_id",
            f"users are named by the {rule.source}; no account is denied",
            f"{APP_SETTINGS}: put administrators and integration accounts into "
            f"{system.setting('SAML__DENIED_NAME_IDS')}.",
        )
    return ok("name_id", f"users are named by the {rule.source}; {len(rule.denied)} accounts are denied")


def _audience(system: SystemSettings) -> CheckResult:
    scope, audience = system.resource_scope or "", system.audience or ""
    if not audience:
        return failed("audience", "no audience is set", f"{APP_SETTINGS}: set {system.setting('SAML__AUDIENCE')}.")
    if scope.removesuffix("/.default") != audience and scope.endswith("/.default"):
        return warning(
            "audience",
            f"the scope {scope} asks for another audience than the assertion's, {audience}",
            f"{APP_SETTINGS}: {system.setting('RESOURCE_SCOPE')} is the audience, then /.default.",
        )
    return ok("audience", f"assertions are for {audience}")


def _entras_assertion(system: SystemSettings, kind: SystemType) -> Iterator[CheckResult]:
    yield _audience(system)
    yield manual(
        "target_permission",
        "whether the bridge may ask Entra for assertions",
        f"{REGISTRATIONS} > service app > API permissions: the SAML application's user_impersonation, consented to.",
        f"{ENTERPRISE} > the SAML application > Users and groups: the users are assigned.",
        az="az ad app permission list --id SERVICE_APP_ID",
    )
    yield manual(
        "system_trusts",
        f"whether {system.name} trusts Entra's signing certificate",
        f"{ENTERPRISE} > the SAML application > Single sign-on > SAML Certificates: choose Sign SAML response and "
        f"assertion, and compare the certificate with {kind.title}: {_trust_setting(kind)}.",
    )


def token_endpoint(status: int, media_type: str, body: bytes, system: SystemSettings, kind: SystemType) -> CheckResult:
    """Judges the response to a request without an assertion. The right address gives an OAuth error in JSON."""
    error = (json_object(body) or {}).get("error")
    if status == 429 or status >= 500:
        return warning("token_endpoint", f"the token endpoint is not available (HTTP {status})", "Check again later.")
    if not isinstance(error, str) or status not in {400, 401}:  # RFC 6749 section 5.2
        return failed(
            "token_endpoint",
            f"the token endpoint answers HTTP {status} {plain(media_type, 40) or 'without a type'}, not an OAuth error",
            f"{APP_SETTINGS}: compare {system.setting('TOKEN__URL')} (and TENANT, upper and lower case count) with the "
            "system's own page.",
            "A network policy of the system may keep this address out.",
        )
    if error in {"invalid_client", "unauthorized_client", "unsupported_grant_type"}:
        return failed(
            "token_endpoint",
            f"the token endpoint answers {error}",
            f"{kind.title}: {kind.client_setting or 'the API client that is registered there'}: its id must be the one "
            "in CLIENT_ID, and its grant type SAML Bearer, or JWT Bearer with TOKEN__ASSERTION=jwt.",
        )
    return ok("token_endpoint", f"the token endpoint responds with an OAuth error, as it should ({plain(error, 40)})")
