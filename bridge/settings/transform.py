"""The transformations of a claim's value that `NAME_ID_TRANSFORM` names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from bridge.settings.model import Transform

_TRANSFORMS: Final[Mapping[Transform, Callable[[str], str]]] = {
    "none": lambda value: value,
    "local_part": lambda value: value.partition("@")[0],
    "lower": str.lower,
    "upper": str.upper,
}
_INVERSE: Final[Mapping[Transform, Callable[[str], str]]] = {"lower": str.upper, "upper": str.lower}
_DOMAIN_AT_END: Final = re.compile(r"(?s)(.*)@((?:[A-Za-z0-9]|\\?[.-])+)(?:\$|\\Z)?")
_CLASS: Final = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")
"""A character class: an `@` in it is excluded or allowed, but not required."""


def transformed(value: str, transform: Transform) -> str:
    """`value` after the transformation."""
    return _TRANSFORMS[transform](value)


def is_reversible(value: str, transform: Transform) -> bool:
    """Whether no other value gives the same name: `lower` turns the Kelvin sign into a k, `upper` turns ß into SS."""
    inverse = _INVERSE.get(transform)
    if inverse is None or value.isascii():
        return True
    return all(one in (changed := transformed(one, transform), inverse(changed)) for one in value)


def pinned_domain(pattern: str) -> str | None:
    """The domain at the end of a regular expression, as literal text after its only `@`; None if it has no such end."""
    match = _DOMAIN_AT_END.fullmatch(pattern)
    if match is None or "@" in _CLASS.sub("", match[1]):
        return None
    return match[2].replace("\\", "").lower()
