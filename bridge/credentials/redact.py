"""Removes the person from a system's error message, so that it may be logged."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bridge.inbound import Caller
from bridge.inbound.caller import NAMING_CLAIMS
from bridge.tokens.display import plain

MAX_CHARACTERS = 300
MIN_NAME, MIN_PART = 2, 3
"""A shorter name is searched for as a whole word only: it would be found inside ordinary words."""

_ADDRESS = re.compile(r"[^\s@<>\"'()]{1,128}@[^\s@<>\"'()]{1,255}")
_LONG_WORD = re.compile(r"[^\s]{41,}")
"""Matches a token, an assertion or a certificate that the system repeats."""


def redact(text: str, names: Iterable[str]) -> str:
    """`text` on one line, at most `MAX_CHARACTERS` long, with `names`, mail addresses and encoded data left out."""
    shortened = text[: MAX_CHARACTERS * 4]
    for name in sorted({name.strip() for name in names}, key=len, reverse=True):
        if len(name) >= MIN_NAME:
            pattern = re.escape(name) if len(name) >= MIN_PART else rf"(?<!\w){re.escape(name)}(?!\w)"
            shortened = re.sub(pattern, "[name]", shortened, flags=re.IGNORECASE)
    return plain(_LONG_WORD.sub("[data]", _ADDRESS.sub("[address]", shortened)), MAX_CHARACTERS)


def names_of(caller: Caller) -> set[str]:
    """The caller's names in the token: whole claims, the parts before an @, and single words."""
    values = [value for claim in NAMING_CLAIMS if isinstance(value := caller.claims.get(claim), str)]
    return {part for value in values for part in (value, value.partition("@")[0], *re.split(r"[\s.@]+", value))}
