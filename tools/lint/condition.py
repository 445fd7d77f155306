"""The condition of a rule as one word in its row: a key of the object, and what must hold for its value.

| clause | found if |
| --- | --- |
| `key`, `!key` | the key exists, does not exist |
| `key~REGEX`, `key!~REGEX` | its text contains a match; its whole text is not a match |
| `key=VALUE`, `key!=VALUE` | it is this JSON value (or text); it is another one or absent |
| `key<0`, `key<=0`, `key>other` | its number is smaller than a number, or larger than that of another key |

`a&b` means both, `a;b` either. `a,b` means several keys, `a/b` a key inside an object, `key[]` each item of a list,
`key{}` the name of each member, `key#` the number of items, `@` the name of the object itself. A finding is at the
place of the last clause.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterable, Iterator

from tools.lint.document import Node, Path, mapping, sequence

Check = Callable[[Node], Iterable[Path]]
"""Returns for a node the paths of its mistakes, relative to the node."""
_Clause = Callable[[Node], list[Path]]
_CLAUSE = re.compile(r"(!?)([\w$@,/:-]+)(\[\]|\{\}|#)?(?:(!~|!=|<=|~|=|<|>)(.*))?", re.DOTALL)
_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt}


def condition(text: str) -> Check:
    """The check that a condition describes. Raises `ValueError` for a text that is no condition."""
    alternatives = [[_clause(part) for part in one.split("&")] for one in text.split(";")]

    def check(node: Node) -> Iterable[Path]:
        return dict.fromkeys(place for clauses in alternatives for place in _together(clauses, node))

    return check


def _together(clauses: list[_Clause], node: Node) -> list[Path]:
    """The paths that the last clause finds, if each clause finds some."""
    places: list[Path] = []
    for clause in clauses:
        places = clause(node)
        if not places:
            break
    return places


def _clause(text: str) -> _Clause:
    parts = _CLAUSE.fullmatch(text)
    if parts is None:
        raise ValueError(f"{text} is not a clause")
    is_absent, keys, each, sign, value = parts.groups()
    paths: list[Path] = [tuple(key.split("/")) for key in keys.split(",")]
    if is_absent:
        return lambda node: [path[:-1] for path in paths if _is_missing(node, path)]
    if sign == "!=":
        return lambda node: [path if _has(node, path) else () for path in paths if _at(node, path) != _json(value)]
    test = _test(sign, value)
    return lambda node: [place for path in paths for place, one in _values(node, path, each) if test(node, one)]


def _test(sign: str | None, value: str) -> Callable[[Node, object], object]:
    if sign is None:
        return lambda _, one: True
    if sign in ("~", "!~"):
        pattern = re.compile(value)
        found = pattern.search if sign == "~" else lambda text: not pattern.fullmatch(text)
        return lambda _, one: isinstance(one, str) and found(one)
    if sign == "=":
        expected = _json(value)
        return lambda _, one: one == expected and type(one) is type(expected)
    return lambda node, one: _compare(sign, one, node.value.get(value) if value.isalpha() else _json(value))


def _compare(sign: str, one: object, other: object) -> bool:
    numbers = [value for value in (one, other) if isinstance(value, int | float) and not isinstance(value, bool)]
    return len(numbers) == 2 and bool(_ORDER[sign](*numbers))


def _values(node: Node, path: Path, each: str | None) -> Iterator[tuple[Path, object]]:
    if path == ("@",):
        yield (), str(node.path[-1])
    elif _has(node, path):
        value = _at(node, path)
        if each == "#":
            yield path, len(value) if isinstance(value, list | dict) else None
        elif each == "{}":
            yield from (((*path, name), name) for name in mapping(value))
        else:
            yield from (((*path, at), one) for at, one in enumerate(sequence(value))) if each else [(path, value)]


def _at(node: Node, path: Path) -> object:
    value: object = node.value
    for key in path:
        value = mapping(value).get(str(key))
    return value


def _has(node: Node, path: Path) -> bool:
    return path[-1] in mapping(_at(node, path[:-1]))


def _is_missing(node: Node, path: Path) -> bool:
    """Whether the object around the key exists, and the key does not."""
    parent = _at(node, path[:-1])
    return isinstance(parent, dict) and path[-1] not in parent


def _json(value: str) -> object:
    try:
        found: object = json.loads(value)
    except ValueError:
        return value
    return found
