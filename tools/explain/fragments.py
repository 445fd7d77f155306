"""Fragments of messages in the notation of the tables, and whether a text has them.

A fragment is plain text in lower case. ` * ` matches up to 80 characters within a sentence; a * at the end of a word
matches the rest of it, and one between two words what is between them; (a|b) matches either, (a) alone is optional; &
joins fragments that must all occur. Case does not count; every quote is ' and every run of blanks one blank. What a
text denies ("not with an audience mismatch", "instead of an invalid signature") does not count.
"""

from __future__ import annotations

import re
from functools import cache

_TOKENS = re.compile(r"\(\)|\([^()]*\)| \* |\* |\*| |[^\s()*]+|[()]")
_GAP = r"(?:(?!\. ).){0,80}?"
_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": "'", "\u201d": "'", '"': "'", "`": "'", "\u00b4": "'"})
_ENTITIES = (("&quot;", "'"), ("&#39;", "'"), ("&apos;", "'"), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"))
_EMPHASIS = re.compile(r"(?<![^\s'(*>])_+(?=\w)|(?<=[\w.!])_+(?=[\s'.,;:)*!]|$)")
"""Underscores around words (Markdown)."""
_DENIED = re.compile(
    r"\b(?:not|never|isn't|wasn't|don't|doesn't|didn't|no longer|rather than|instead of|in place of)"
    r"(?: (?:get|have|see|with|because of|due to|about|from|an|a|any))+ '?$"
)
_NAMED = {
    "~uri": re.compile(r"'(?:https?://|urn:)[^']"),
    "~loopback": re.compile(r"https?://(?:localhost|127\.0\.0\.1|\[::1\])"),
}


def fold(text: str) -> str:
    """The text in the form that fragments are compared with."""
    for escape in ('\\"', "\\'"):
        text = text.replace(escape, "'")
    text = re.sub(r"\\+(?:r|n|t|u000[ad])(?![a-z])|\\+r\\+n", " ", text)
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    text = text.casefold().translate(_QUOTES)
    return " ".join(_EMPHASIS.sub("", text).replace("''", "'").split())


def has(text: str, line: str) -> int:
    """The length of a line whose fragments all occur in a folded text; 0 if one of them does not."""
    length = 0
    for fragment in line.split(" & "):
        if not _occurs(text, fragment):
            return 0
        length += len(fragment)
    return length


def best(text: str, lines: tuple[str, ...]) -> int:
    """The length of the longest line that the text has; 0 if it has none."""
    return max((has(text, line) for line in lines), default=0)


def _occurs(text: str, fragment: str) -> bool:
    named = _NAMED.get(fragment)
    if named:
        return bool(named.search(text))
    needed, pattern = _compiled(fragment)
    if not all(any(one in text for one in either) for either in needed):
        return False
    return any(not _DENIED.search(text[max(0, at.start() - 40) : at.start()]) for at in re.finditer(pattern, text))


@cache
def _compiled(fragment: str) -> tuple[tuple[tuple[str, ...], ...], str]:
    """Plain texts of which one each must occur (a fast first test), and the pattern that decides."""
    needed: list[tuple[str, ...]] = []
    pattern = ""
    parts = _TOKENS.findall(fragment)
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        if part == "*":
            pattern += r"\w*" if last else _GAP
        elif part == " * ":
            pattern += rf"(?!\w){_GAP}(?<!\w)"
        elif part == "* ":
            pattern += rf"{_GAP}(?<!\w)"
        elif len(part) > 2 and part[0] == "(":
            pattern += _group(part[1:-1], needed)
        else:
            pattern += re.escape(part)
            needed.append((part,))
    start = "" if fragment.startswith("*") else r"(?<!\w)"
    return tuple(needed), start + pattern + ("" if fragment.endswith("*") else r"(?!\w)")


def _group(inside: str, needed: list[tuple[str, ...]]) -> str:
    alternatives = inside.split("|")
    patterns = [re.escape(part.rstrip("*")) + (r"\w*" if part.endswith("*") else "") for part in alternatives]
    if len(alternatives) == 1:
        return f"(?:{patterns[0]})?"
    if all(alternatives):
        needed.append(tuple(part.rstrip("*").replace("*", "") for part in alternatives if "&" not in part))
    return f"(?:{'|'.join(patterns)})"
