"""Text from a token or an error is hostile until it has passed through here."""

from __future__ import annotations

from bridge.base.invisible import is_visible

LONGEST = 200


def plain(text: str, limit: int = LONGEST) -> str:
    """`text` on one line, at most `limit` characters, with whatever does not print shown as an escape.

    Control, bidirectional, invisible and surrogate characters become visible (`\\u202e`): left out, they would let
    two different values look the same.
    """
    shown = text[: limit + 1]
    if not is_visible(shown):
        shown = "".join(c if is_visible(c) else c.encode("unicode_escape").decode("ascii") for c in shown)
    return shown if len(shown) <= limit and len(text) <= limit else shown[: limit - 1] + "…"
