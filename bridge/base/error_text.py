"""Finds the messages in a JSON error response: systems differ in where they put them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

MAX_TEXTS = 8
MAX_CHARACTERS = 2000
"""The limit of all texts together: patterns run on them, and logs and callers receive them."""
MAX_ENTRIES = 16
MAX_DEPTH = 4

_MESSAGES = ("error_description", "detail", "errorMessage", "faultstring", "message", "error", "title")
"""Members that hold a sentence, the most specific first: RFC 6749, RFC 9457, then vendors' own."""
_NESTED = ("error", "fault", "errors", "details")
"""Members that hold further errors: OData and Graph (`error`), gateways (`fault`, `errors`), OData 4."""


def error_texts(document: object) -> tuple[str, ...]:
    """The messages of a parsed JSON error response, outermost first: one for each object that has one.

    An object's `error` code or `title` counts as its message only if it has no other. At most `MAX_TEXTS` texts with
    `MAX_CHARACTERS` together; empty for a document without a message.
    """
    texts: list[str] = []
    left = MAX_CHARACTERS
    for text in islice(_texts(document, MAX_DEPTH), MAX_TEXTS):
        if left > 0:
            texts.append(text[:left])
            left -= len(texts[-1])
    return tuple(texts)


def _texts(node: object, depth: int) -> Iterator[str]:
    if depth == 0:
        return
    if isinstance(node, str):
        if text := node[: MAX_CHARACTERS * 2].strip():
            yield text
    elif isinstance(node, list):
        for entry in node[:MAX_ENTRIES]:
            yield from _texts(entry, depth - 1)
    elif isinstance(node, dict):
        yield from islice((text for name in _MESSAGES if (text := _message(node.get(name)))), 1)
        for name in _NESTED:
            yield from _nested(name, node.get(name), depth - 1)


def _message(value: object) -> str:
    """A text, or OData 2's `{"lang", "value"}`."""
    if isinstance(value, dict):
        value = value.get("value")
    return value[: MAX_CHARACTERS * 2].strip() if isinstance(value, str) else ""


def _nested(name: str, value: object, depth: int) -> Iterator[str]:
    """Inner errors; `errors` may be an object of field names to texts (ASP.NET)."""
    if name == "errors" and isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, dict | list):
        yield from _texts(value, depth)
