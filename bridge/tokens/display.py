"""Makes text from a token or an error safe to show and to log."""

from __future__ import annotations

from bridge.base.invisible import is_visible

LONGEST = 200


def plain(text: str, limit: int = LONGEST) -> str:
    """`text` on one line, at most `limit` characters, with escapes in place of characters that do not print.

    Control, bidirectional, invisible and surrogate characters are written as `\\u202e`: without them, two different
    values could look the same.
    """
    shown = text[: limit + 1]
    if not is_visible(shown):
        shown = "".join(c if is_visible(c) else c.encode("unicode_escape").decode("ascii") for c in shown)
    return shown if len(shown) <= limit and len(text) <= limit else shown[: limit - 1] + "…"
