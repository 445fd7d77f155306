"""Replaces what the tables say about the command line by what fits the page."""

from __future__ import annotations

import re

_RULES = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r" In a terminal use [^.]*bridge explain --clipboard\.", ""),
        (r"(?: here)?: bridge explain (?:- |SCOPE )?--expect ", " here, with what the API expects: "),
        (r"bridge explain (?:- )?--expect ", "paste it here with "),
        (r"bridge explain with the scope as its argument", "paste the scope here"),
        (r": bridge explain (AADSTS\d+)", r" here, for example \1"),
        (r"(offline )?by `bridge explain --share`", "by the doctor page, in the browser"),
        (r"bridge explain", "this page"),
        (r"this command stays offline", "this page makes no connection"),
        (r"Add it: --expect aud=… iss=… tid=… scp=… roles=…", "Choose it above."),
    )
)


def for_the_page(text: str) -> str:
    """A sentence or step of `explain`, in the words of the page."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
