"""The settings of assertions that the bridge signs itself: narrow by rule, because they open every account."""

from __future__ import annotations

from bridge.clouds import CLOUDS
from bridge.settings.key import read_key
from bridge.settings.model import TRANSFORMS, EntraSettings, NameIdRule, SamlSettings, TokenSettings, folded
from bridge.settings.reader import Reader

UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"

MUTABLE_CLAIMS = frozenset({"email", "preferred_username", "unique_name", "name", "given_name", "family_name"})
"""Claims that a user or another tenant's administrator can set: they never name anybody (Microsoft Learn, "Access
token claims reference": mutable, must not be used for authorization)."""

NAMES = (
    "CERTIFICATE",
    "PASSWORD",
    "KEY_VAULT_KEY_ID",
    "ISSUER",
    "RECIPIENT",
    "NAME_ID_CLAIM",
    "NAME_ID_PATTERN",
    "NAME_ID_TRANSFORM",
    "NAME_ID_FORMAT",
    "DENIED_NAME_IDS",
    "ATTRIBUTES",
    "LIFETIME_SECONDS",
    "SERVICE_ACCOUNT",
)
"""Settings that rest while another signs: `SIGNER` can be switched without removing them."""

ENTRA_ISSUER_HOSTS = frozenset(host for cloud in CLOUDS.values() for host in (cloud.login_host, cloud.sts_host))


def read_saml(
    group: Reader, name: str, audience: str | None, token: TokenSettings, entra: EntraSettings | None
) -> SamlSettings | None:
    """None if something is missing; the problems say what. `group` is the SAML group of the system called `name`."""
    password = group.raw("PASSWORD")
    vault_key = group.url("KEY_VAULT_KEY_ID")
    if not group.has("CERTIFICATE"):
        group.fault("CERTIFICATE", "is missing", "Make one with `python -m tools keys new` and let the system trust it")
    identity = entra.client_credential.managed_identity_client_id if entra else None
    key = read_key(group, "CERTIFICATE", password, key_vault_key_id=vault_key, managed_identity_client_id=identity)
    issuer = group.text("ISSUER", f"api://{entra.client_id}/{name}" if entra else None)
    if issuer and _is_entras(issuer):
        group.fault("ISSUER", "is an issuer of Entra's", "Choose a name of the bridge's own, trusted separately")
    recipient = group.url("RECIPIENT", token.url)
    name_id = _name_id(group)
    attributes = group.mapping("ATTRIBUTES")
    if mutable := sorted(MUTABLE_CLAIMS & set(attributes.values())):
        group.fault("ATTRIBUTES", f"sends {', '.join(mutable)}", "Others can set these claims: send others")
    seconds = group.number("LIFETIME_SECONDS", 120, low=30, high=600)
    service_account = group.text("SERVICE_ACCOUNT", limit=256)
    if audience is None:
        group.fault("AUDIENCE", "is missing", "The name that the system knows itself by (Service Provider ID)")
    if not (key and issuer and audience and recipient and name_id):
        return None
    return SamlSettings(key, issuer, audience, recipient, name_id, attributes, int(seconds), service_account)


def _name_id(group: Reader) -> NameIdRule | None:
    claim = group.text("NAME_ID_CLAIM", need="The claim that holds the user's name there, e.g. upn or oid")
    if claim in MUTABLE_CLAIMS:
        group.fault("NAME_ID_CLAIM", f"is {claim}, which others can set", "Use upn, oid, or an employee id claim")
        claim = None
    pattern = group.pattern(
        "NAME_ID_PATTERN", need="A regular expression for the whole claim, e.g. [a-z.]+@contoso\\.com"
    )
    transform = group.choice("NAME_ID_TRANSFORM", TRANSFORMS, "none")
    name_format = group.text("NAME_ID_FORMAT", UNSPECIFIED) or UNSPECIFIED
    denied = frozenset(map(folded, group.words("DENIED_NAME_IDS")))
    return NameIdRule(claim, pattern, transform, name_format, denied) if claim and pattern else None


def _is_entras(issuer: str) -> bool:
    return any(host in issuer.casefold() for host in ENTRA_ISSUER_HOSTS)
