"""Reads JSON from outside. Every package uses it: a text that two readers read differently could be an attack."""

from __future__ import annotations

import json
from collections.abc import Iterable
from math import isfinite
from typing import NoReturn

MAX_DEPTH = 100
_WHITESPACE = " \t\n\r"
"""RFC 8259 section 2."""


def read_json(text: bytes | str) -> object:
    """The JSON value that `text` is. Raises ValueError with a reason that repeats nothing of `text`.

    Refused beyond the grammar: bytes that are not UTF-8, NaN, Infinity and what overflows to it, a name given twice in
    one object, numbers of thousands of digits, and nesting deeper than `MAX_DEPTH`. Half a surrogate pair is left to
    those who send or show texts: systems cut them.
    """
    try:
        decoded = (text.decode("utf-8-sig") if isinstance(text, bytes) else text).strip(_WHITESPACE)
        value, end = _DECODER.raw_decode(decoded)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError("not JSON") from None
    except ValueError as error:
        raise ValueError(str(error) if type(error) is _Refused else "not JSON") from None
    if end != len(decoded):
        raise ValueError("not JSON")
    if decoded.count("[") + decoded.count("{") > MAX_DEPTH and _is_deep(value):
        raise ValueError("nested too deeply")
    return value


def json_object(text: bytes | str) -> dict[str, object] | None:
    """The JSON object that `text` is; None for anything else."""
    try:
        value = read_json(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


class _Refused(ValueError):
    """Python's reader accepts it, and this one does not."""


def _refuse_constant(_: str) -> NoReturn:
    raise _Refused("a number that JSON does not know")


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise _Refused("a number that is too large")
    return number


def _unique(members: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(members)
    if len(document) != len(members):
        raise _Refused("a name comes twice")
    return document


def _is_deep(value: object) -> bool:
    nodes, level = _containers([value]), 0
    while nodes and level <= MAX_DEPTH:
        nodes = [inner for node in nodes for inner in _containers(node.values() if isinstance(node, dict) else node)]
        level += 1
    return level > MAX_DEPTH


def _containers(values: Iterable[object]) -> list[dict[str, object] | list[object]]:
    return [value for value in values if isinstance(value, dict | list)]


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_unique)
