"""Derives the NameID from a claim or a directory property. What does not match is rejected; there is no fallback."""

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

MAX_VALUES = 200
"""Entra puts at most 200 groups into a JWT."""


def name_id(value: object, rule: NameIdRule) -> str:
    """The caller's name at the system, from the `value` of the claim or property that `rule` names; None if absent.

    Raises `Forbidden` (`name_id_refused`). The pattern is matched against the whole value before the transform, so that
    it can demand a domain. The denied names are compared before and after it, whatever the case and width. Invisible
    characters are rejected, because they make a denied name look like another one.
    """
    owner = "token" if rule.claim else "account"
    if not isinstance(value, str) or not value:
        raise _refused(f"Your {owner} has no {rule.source} that names you at the system.")
    if len(value) > MAX_LENGTH or not is_visible(value) or not _matches(value, rule):
        raise _refused(f"Your {rule.source} is not of the form that this system's accounts have.")
    name = transformed(value, rule.transform)
    if not name or name.strip() != name or rule.denies(value) or rule.denies(name):
        raise _refused("Your account may not be used through the bridge.")
    return name


def _matches(value: str, rule: NameIdRule) -> bool:
    """Whether the value fits domain and pattern, and the transform gives no other value the same name."""
    in_domain = rule.domain is None or value.partition("@")[2].lower() == rule.domain
    return in_domain and is_reversible(value, rule.transform) and bool(rule.pattern.fullmatch(value))


def attributes(caller: Caller, wanted: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """SAML attribute name → the claim's values, for the claims that the token has. Unusable text is rejected.

    A claim such as `groups` is a list, of which each entry becomes a value of its own.
    """
    found = {}
    for attribute, claim in wanted.items():
        value = caller.claims.get(claim)
        if value is None or value == []:
            continue
        texts = value if isinstance(value, list) else [value]
        if len(texts) > MAX_VALUES or not all(map(_is_sendable, texts)):
            raise _refused(f"Your claim {claim!r} can't be sent as an attribute.")
        found[attribute] = tuple(texts)
    return found


def _is_sendable(value: object) -> bool:
    return isinstance(value, str) and len(value) <= MAX_LENGTH and value.isprintable() and carries_in_xml(value)


def _refused(detail: str) -> Forbidden:
    return Forbidden(
        detail,
        code="name_id_refused",
        hint="Ask the administrator of the bridge to look at the SAML__NAME_ID_… settings of this system.",
    )
