"""Finds values that are still those of a sample file or of a page of the documentation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from bridge.base.formats import GUID

SAMPLE: Final = frozenset(
    {
        "46a157c2-b432-5874-b7dd-ed9cfff06d28",
        "70007e05-45b5-5840-af97-d060efaf92b5",
        "9848cec9-a1ba-5572-a57a-96fb7bddd624",
        "sandbox-secret~of.the_bridge",
        "localhost:7082",
        "ZTk0YjY5ZTItc2FuZGJveC1icmlkZ2U",
    }
)
"""Values of local.settings.sample.json that exist in the sandbox only."""

_BRACKETS: Final = re.compile(r"(?:^|[/:. @])(?:<[\w -]+>|\{[A-Za-z][\w -]*\})")
_WORDS: Final = re.compile(r"(?i:your[-_].+|change[-_]?me|replace[-_]?me|todo|xxx+)")
_CAPITALS: Final = re.compile(r"[A-Z]{2,}(?:_[A-Z]+)*_(?:ID|NAME|HOST|SECRET)")


def left_placeholders(env: Mapping[str, str]) -> list[str]:
    """The names of settings that still hold a placeholder. Regular expressions are skipped: they can look like one."""
    in_sandbox = bool(env.get("BRIDGE_ENTRA__AUTHORITY_HOST"))
    return sorted(
        name
        for name, value in env.items()
        if name.upper().startswith("BRIDGE_") and not name.upper().endswith(("_PATTERN", "__EXTRA"))
        if _is_placeholder(value) or (value in SAMPLE and not in_sandbox)
    )


def _is_placeholder(value: str) -> bool:
    if GUID.fullmatch(value):
        return len(set(value) - {"-"}) == 1
    if _BRACKETS.search(value):
        return True
    return any(_WORDS.fullmatch(part) or _CAPITALS.fullmatch(part) for part in re.split(r"[/:. ]+", value) if part)
