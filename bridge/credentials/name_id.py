"""Whom may the bridge name in an assertion of its own? Every rule refuses; none falls back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bridge.base.xml_reader import carries_in_xml
from bridge.errors import Forbidden
from bridge.inbound import Caller
from bridge.settings import NameIdRule

MAX_LENGTH = 256
"""SAML core 2.0 section 8.3.7 bounds persistent identifiers so; no user name needs more."""

TRANSFORMS: Mapping[str, Callable[[str], str]] = {
    "none": lambda value: value,
    "local_part": lambda value: value.partition("@")[0],
    "lower": str.lower,
    "upper": str.upper,
}


def name_id(caller: Caller, rule: NameIdRule) -> str:
    """The caller's name at the system. Raises `Forbidden` (`name_id_refused`).

    The pattern is matched against the whole claim as it came, so that a domain can be demanded before the local part
    is taken; the denied names are compared both before and after, without regard to case or width. What does not
    print (zero width, direction, line breaks) could make a denied name look like another.
    """
    value = caller.claims.get(rule.claim)
    if not isinstance(value, str) or not value:
        raise _refused(f"Your token has no claim {rule.claim!r} that names you at the system.")
    if len(value) > MAX_LENGTH or not value.isprintable() or not rule.pattern.fullmatch(value):
        raise _refused(f"Your claim {rule.claim!r} is not of the form that this system's accounts have.")
    name = TRANSFORMS[rule.transform](value)
    if not name or name.strip() != name or rule.denies(value) or rule.denies(name):
        raise _refused("Your account may not be used through the bridge.")
    return name


def attributes(caller: Caller, wanted: Mapping[str, str]) -> dict[str, str]:
    """SAML attribute name → claim's value, for the claims that the token has. Unusable text is refused."""
    found = {}
    for attribute, claim in wanted.items():
        value = caller.claims.get(claim)
        if value is None:
            continue
        if not isinstance(value, str) or len(value) > MAX_LENGTH or not carries_in_xml(value):
            raise _refused(f"Your claim {claim!r} can't be sent as an attribute.")
        found[attribute] = value
    return found


def _refused(detail: str) -> Forbidden:
    return Forbidden(
        detail,
        code="name_id_refused",
        hint="Ask the administrator of the bridge to look at the SAML__NAME_ID_… settings of this system.",
    )
