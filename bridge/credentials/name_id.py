"""Derives the NameID from a claim. Any rule that does not match rejects the request; there is no fallback."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.base.invisible import is_visible
from bridge.base.xml_reader import carries_in_xml
from bridge.errors import Forbidden
from bridge.inbound import Caller
from bridge.settings import NameIdRule
from bridge.settings.transform import is_reversible, transformed

MAX_LENGTH = 256
"""SAML core 2.0 section 8.3.7 gives persistent identifiers this bound; no user name needs more."""


def name_id(caller: Caller, rule: NameIdRule) -> str:
    """The caller's name at the system. Raises `Forbidden` (`name_id_refused`).

    The pattern is matched against the whole claim before the transform, so that it can demand a domain. The denied
    names are compared before and after it, whatever the case and width. Invisible characters are rejected, because
    they make a denied name look like another one.
    """
    value = caller.claims.get(rule.claim)
    if not isinstance(value, str) or not value:
        raise _refused(f"Your token has no claim {rule.claim!r} that names you at the system.")
    if len(value) > MAX_LENGTH or not is_visible(value) or not _matches(value, rule):
        raise _refused(f"Your claim {rule.claim!r} is not of the form that this system's accounts have.")
    name = transformed(value, rule.transform)
    if not name or name.strip() != name or rule.denies(value) or rule.denies(name):
        raise _refused("Your account may not be used through the bridge.")
    return name


def _matches(value: str, rule: NameIdRule) -> bool:
    """Pattern, domain, and a transform that gives no two values one name."""
    in_domain = rule.domain is None or value.partition("@")[2].lower() == rule.domain
    return in_domain and is_reversible(value, rule.transform) and bool(rule.pattern.fullmatch(value))


def attributes(caller: Caller, wanted: Mapping[str, str]) -> dict[str, str]:
    """SAML attribute name → the claim's value, for the claims that the token has. Unusable text is rejected."""
    found = {}
    for attribute, claim in wanted.items():
        value = caller.claims.get(claim)
        if value is None:
            continue
        printable = isinstance(value, str) and value.isprintable() and carries_in_xml(value)
        if not isinstance(value, str) or not printable or len(value) > MAX_LENGTH:
            raise _refused(f"Your claim {claim!r} can't be sent as an attribute.")
        found[attribute] = value
    return found


def _refused(detail: str) -> Forbidden:
    return Forbidden(
        detail,
        code="name_id_refused",
        hint="Ask the administrator of the bridge to look at the SAML__NAME_ID_… settings of this system.",
    )
