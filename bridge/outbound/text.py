"""Which texts XML can carry, how scalars are written, and how a system's message is made safe to show."""

from __future__ import annotations

import math
import unicodedata
from decimal import Decimal

from bridge.base.xml_reader import carries_in_xml


def unsendable(value: object) -> bool:
    """Whether a value, or one inside it, has characters that XML cannot carry, or is no finite number."""
    if isinstance(value, str):
        return not carries_in_xml(value)
    if isinstance(value, float):
        return not math.isfinite(value)
    if isinstance(value, dict):
        return any(unsendable(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(map(unsendable, value))


def as_text(value: object) -> str:
    """A scalar as XML Schema and URLs write it: `true`, `8`, `7.5` (never with an exponent)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    return str(value)


def strip_controls(text: str, *, limit: int = 300) -> str:
    """A system's message on one line, without control and direction characters, at most `limit` characters.

    Only its beginning is read: a message may have megabytes.
    """
    text = text[: limit * 8]
    words = "".join(
        " " if char.isspace() else char for char in text if char.isspace() or unicodedata.category(char)[0] != "C"
    )
    line = " ".join(words.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
