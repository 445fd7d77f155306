"""The settings of assertions that the bridge signs. Their rules are narrow: such an assertion can open any account."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, get_args
from urllib.parse import unquote

from bridge.catalog import Defaults, Target
from bridge.clouds import names_entra
from bridge.settings.key import read_key
from bridge.settings.model import (
    UNSPECIFIED_CONTEXT,
    EntraSettings,
    NameIdRule,
    SamlSettings,
    TokenSettings,
    Transform,
    folded,
)
from bridge.settings.reader import Reader
from bridge.settings.transform import pinned_domain, transformed

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from bridge.signing.signing_keys import SigningKey

UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"

NAME_ID_FORMAT = re.compile(r"urn:[A-Za-z0-9][A-Za-z0-9-]{1,31}:[!-~]+")
"""A URN (RFC 8141), as every name identifier format of SAML core 2.0 section 8.3 is."""

URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-;=?-~]+")
GRAPH_PROPERTIES = (
    "employeeId",
    "onPremisesSamAccountName",
    *(f"onPremisesExtensionAttributes/extensionAttribute{number}" for number in range(1, 16)),
)
"""Properties of Microsoft Graph that may name a user: each is one text that users can't change themselves.
https://learn.microsoft.com/graph/api/resources/user"""

PLACE = re.compile(r"\{[^{}]*\}")
PLACES = frozenset({"{host}", "{tenant}", "{client_id}"})

_MUTABLE = frozenset(
    {
        *("name", "givenname", "familyname", "middlename", "surname", "displayname", "nickname"),
        *("preferredusername", "uniquename", "loginhint", "username", "phone", "phonenumber", "mobilephone"),
        *("profile", "picture", "website", "gender", "birthdate", "zoneinfo", "locale", "address"),
    }
)

NAMES = (
    *("CERTIFICATE", "PASSWORD", "KEY_VAULT_KEY_ID", "NEXT_CERTIFICATE", "METADATA"),
    *("NAME_ID_CLAIM", "NAME_ID_SOURCE", "NAME_ID_PATTERN", "NAME_ID_TRANSFORM", "NAME_ID_FORMAT", "DENIED_NAME_IDS"),
    *("ISSUER", "RECIPIENT", "ATTRIBUTES", "CONSTANTS", "LIFETIME_SECONDS", "SERVICE_ACCOUNT"),
    *("AUTHN_CONTEXT", "NAME_QUALIFIER"),
)
"""Accepted but ignored while Entra signs: `SIGNER` can be switched without removing them."""


def is_mutable(claim: str) -> bool:
    """Whether a user or another tenant's administrator can set the claim, in any spelling: it never names a user.

    Source: Microsoft Learn, "Access token claims reference" (mutable, not for authorization); OpenID Connect Core 1.0
    section 5.1. Whatever has "mail" in its name counts as a mail address. A claim may be named by a URI.
    """
    plain = re.sub(r"[^a-z0-9]", "", re.split(r"[/:#]", claim.rstrip("/:#"))[-1].casefold())
    return plain in _MUTABLE or "mail" in plain or re.sub(r"[^a-z]", "", claim.casefold()) in _MUTABLE


def read_audience(group: Reader, defaults: Defaults, at: Target, token: TokenSettings | None) -> str | None:
    """The audience of assertions. That of a JWT is the token endpoint unless the kind or the setting says otherwise."""
    if token is None or token.assertion == "saml":
        return group.text("AUDIENCE", at.expand(defaults.audience) if defaults.audience else None)
    return group.text("AUDIENCE", at.expand(defaults.jwt_audience) if defaults.jwt_audience else token.url)


def read_saml(
    group: Reader,
    name: str,
    audience: str | None,
    token: TokenSettings,
    entra: EntraSettings | None,
    defaults: Defaults,
    at: Target,
) -> SamlSettings | None:
    """None if a setting is missing or wrong. `group` is the SAML group of the system `name`; it collects the problems.

    `at` fills the templates of `defaults` and of `CONSTANTS`.
    """
    key = _signing_key(group, entra)
    issuer = _issuer(group, _default_issuer(name, token, entra, defaults, at))
    recipient = group.url("RECIPIENT", token.url)
    name_id = _name_id(group)
    attributes = group.mapping("ATTRIBUTES")
    if mutable := sorted(filter(is_mutable, attributes.values())):
        group.fault("ATTRIBUTES", f"sends {', '.join(mutable)}", "Others can set these claims: send different ones")
    constants = _constants(group, defaults, at, attributes)
    authn_context = group.matching("AUTHN_CONTEXT", URI, "a URI such as urn:oasis:names:tc:SAML:2.0:ac:classes:…")
    name_qualifier = group.text("NAME_QUALIFIER", limit=256)
    next_certificate = _next_certificate(group)
    metadata = group.flag("METADATA")
    seconds = group.number("LIFETIME_SECONDS", 120, low=30, high=600)
    service_account = group.text("SERVICE_ACCOUNT", limit=256)
    if audience is None:
        group.fault("AUDIENCE", "is missing", "The system's own identifier (Service Provider ID)")
    if not (key and issuer and audience and recipient and name_id):
        return None
    return SamlSettings(
        *(key, issuer, audience, recipient, name_id, attributes, int(seconds), service_account),
        constants=constants,
        authn_context=authn_context or defaults.authn_context or UNSPECIFIED_CONTEXT,
        name_qualifier=name_qualifier,
        next_certificate=next_certificate,
        metadata=metadata,
    )


def _signing_key(group: Reader, entra: EntraSettings | None) -> SigningKey | None:
    password, vault_key = group.raw("PASSWORD"), group.url("KEY_VAULT_KEY_ID")
    if not group.has("CERTIFICATE"):
        group.fault("CERTIFICATE", "is missing", "Make one with `python -m tools keys new` and let the system trust it")
    identity = entra.client_credential.managed_identity_client_id if entra else None
    return read_key(group, "CERTIFICATE", password, key_vault_key_id=vault_key, managed_identity_client_id=identity)


def _issuer(group: Reader, default: str | None) -> str | None:
    issuer = group.text("ISSUER", default)
    if not issuer or not names_entra(comparable_issuer(issuer)):
        return issuer
    group.fault("ISSUER", "is an issuer of Entra's", "Choose another name, which the system trusts separately")
    return None


def _default_issuer(
    name: str, token: TokenSettings, entra: EntraSettings | None, defaults: Defaults, at: Target
) -> str | None:
    template = defaults.jwt_issuer if token.assertion == "jwt" else defaults.issuer
    if template:
        return at.expand(template)
    return f"api://{entra.client_id}/{name}" if entra else None


def _constants(group: Reader, defaults: Defaults, at: Target, attributes: Mapping[str, str]) -> dict[str, str]:
    """SAML attribute → text, with placeholders filled in."""
    constants = {**defaults.constants, **group.mapping("CONSTANTS")}
    if unknown := sorted({place for text in constants.values() for place in PLACE.findall(text)} - PLACES):
        group.fault("CONSTANTS", f"has {', '.join(unknown)}", f"Placeholders are {', '.join(sorted(PLACES))}")
    if both := sorted(constants.keys() & attributes.keys()):
        group.fault("CONSTANTS", f"sets {', '.join(both)}, which ATTRIBUTES sets too", "Keep one of them")
    return {name: at.expand(text) for name, text in constants.items()}


def _next_certificate(group: Reader) -> Certificate | None:
    text = group.raw("NEXT_CERTIFICATE")
    if text is None:
        return None
    from bridge.signing.errors import KeyMaterialError
    from bridge.signing.signing_keys import load_certificate

    try:
        return load_certificate(text)
    except KeyMaterialError as error:
        group.fault("NEXT_CERTIFICATE", error.problem, error.fix)
        return None


def _name_id(group: Reader) -> NameIdRule | None:
    claim, graph_property = _name_id_source(group)
    need = "A regular expression for the whole claim, e.g. [a-z.]+@contoso\\.com"
    pattern = group.pattern("NAME_ID_PATTERN", need=need)
    transform = group.choice("NAME_ID_TRANSFORM", get_args(Transform), "none")
    name_format = group.matching("NAME_ID_FORMAT", NAME_ID_FORMAT, "a URN such as urn:oasis:names:tc:SAML:…")
    names = group.words("DENIED_NAME_IDS")
    denied = frozenset(folded(form) for name in names for form in (name, transformed(name, transform)) if form)
    domain = pinned_domain(pattern.pattern) if pattern and transform == "local_part" else None
    if pattern and transform == "local_part" and domain is None:
        group.fault(
            "NAME_ID_PATTERN",
            "does not end in @ and one domain, so with local_part users of two domains could get the same name",
            "End it in one literal domain, such as [a-z.]+@contoso\\.com, or set NAME_ID_TRANSFORM to none",
        )
        return None
    if not pattern or not (claim or graph_property):
        return None
    return NameIdRule(claim, pattern, transform, name_format or UNSPECIFIED, denied, domain, graph_property)


def _name_id_source(group: Reader) -> tuple[str | None, str | None]:
    """The claim or the property in Microsoft Graph that names users; both None if neither can be used."""
    source = group.text("NAME_ID_SOURCE")
    if not group.has("NAME_ID_SOURCE"):
        claim = group.text("NAME_ID_CLAIM", need="The claim that holds the user's name there, e.g. upn or oid")
        if claim and is_mutable(claim):
            group.fault("NAME_ID_CLAIM", f"is {claim}, which others can set", "Use upn, oid, or an employee id claim")
            return None, None
        return claim, None
    if group.has("NAME_ID_CLAIM"):
        group.fault("NAME_ID_SOURCE", "and NAME_ID_CLAIM are set together", "Keep one: there is no fallback")
    scheme, _, name = (source or "").partition(":")
    if scheme == "graph" and name in GRAPH_PROPERTIES:
        return None, name
    allowed = ", ".join((*GRAPH_PROPERTIES[:3], "… extensionAttribute15"))
    group.fault("NAME_ID_SOURCE", "is not graph: and a property that may name users", f"One of these: {allowed}")
    return None, None


def comparable_issuer(issuer: str) -> str:
    """An issuer for comparison: case, width, escapes and a slash at its end make no difference, as in some systems."""
    return unicodedata.normalize("NFKC", unquote(issuer)).casefold().rstrip("/")
