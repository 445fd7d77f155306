"""Reads a file as JSON, with limits: a connector file can be hostile."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

MAX_READ_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 100
_TRAILING_COMMA = re.compile(r",\s*$")
_NOT_JSON = re.compile(r'"(?:[^"\\]++|\\.)*+"?|//[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)


class Unreadable(Exception):
    """The file cannot be checked. The message says why, in one sentence."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A parsed file. `size` is in bytes; `repeated` are names that occur twice in an object: only the last counts."""

    value: object
    size: int
    has_comments: bool
    repeated: tuple[str, ...]


def read(data: bytes) -> Reading:
    """Parse JSON with `//` and `/* */` comments, as published apiProperties.json files have them.

    Raises `Unreadable` for an encoding other than UTF-8, invalid JSON, `NaN`, and a file that is too large or too deep.
    """
    if len(data) > MAX_READ_BYTES:
        raise Unreadable(f"The file has {len(data):,} bytes; nothing above {MAX_READ_BYTES:,} is read.")
    text = _decode(data)
    plain = _NOT_JSON.sub(_blank_comment, text)
    repeated: dict[str, None] = {}

    def to_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
        result = dict(pairs)
        if len(result) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            repeated.update((name, None) for name, count in counts.items() if count > 1)
        return result

    value = _parse(plain, to_object)
    return Reading(value, len(data), plain != text, tuple(repeated))


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"The file is not UTF-8 text (byte {error.start:,}).") from error


def _blank_comment(match: re.Match[str]) -> str:
    """Blanks in place of a comment, so that the line of a mistake stays right."""
    token = match[0]
    return token if token.startswith('"') else re.sub(r"[^\n]", " ", token)


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _parse(text: str, to_object: Callable[[list[tuple[str, object]]], object]) -> object:
    try:
        value: object = json.loads(text, object_pairs_hook=to_object, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise Unreadable(f"The file is not JSON: {_what(text, error)} (line {error.lineno}).") from error
    except ValueError as error:
        raise Unreadable("The file is not JSON: it holds a number that JSON does not have.") from error
    except RecursionError as error:
        raise Unreadable(f"The file is nested deeper than {MAX_DEPTH} levels.") from error
    if _is_deeper_than(value, MAX_DEPTH):
        raise Unreadable(f"The file is nested deeper than {MAX_DEPTH} levels.")
    return value


def _what(text: str, error: json.JSONDecodeError) -> str:
    """The mistake in words for people who do not know Python's parser."""
    before, found = text[max(0, error.pos - 200) : error.pos], text[error.pos : error.pos + 1]
    if not found:
        return "it ends too early"
    if found in "}]" and _TRAILING_COMMA.search(before):
        return f"there is a comma before {found}"
    if error.msg.startswith("Illegal trailing comma"):  # Python 3.13 says where the comma is
        return f"there is a comma before {text[error.pos + 1 :].lstrip()[:1]}"
    if "control character" in error.msg or "Unterminated" in error.msg:
        return "a text has no closing quote"
    if error.msg.startswith("Expecting ',' delimiter"):
        return f"a comma is missing before {found}"
    return f"{found} is unexpected"


def _is_deeper_than(value: object, limit: int) -> bool:
    level = [value]
    for _ in range(limit + 1):
        containers = [item for item in level if isinstance(item, dict | list)]
        level = [child for item in containers for child in (item.values() if isinstance(item, dict) else item)]
        if not level:
            return False
    return True
