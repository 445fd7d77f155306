"""Reads a TOML table. Whatever is missing, wrong or unknown becomes a `Problem`, and reading continues."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from bridge.catalog.problem import Problem, suggestion

T = TypeVar("T")

_CALLED = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    dict: "a table",
    list: "a list",
}


def load_table(file: Path, problems: list[Problem]) -> Table:
    """The file as a table; an unreadable file is a problem and an empty table."""
    try:
        return Table(file, tomllib.loads(file.read_text(encoding="utf-8")), problems)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        problems.append(Problem(file, "", f"expected a TOML file in UTF-8 ({error})"))
        return Table(file, {}, problems)


class Table:
    """One table of `file`. Each key is taken once; `done()` reports the keys that were not taken."""

    def __init__(self, file: Path, data: Mapping[str, object], problems: list[Problem], at: str = "") -> None:
        self.file = file
        self._data = dict(data)
        self.problems = problems
        self._at = at

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._data))

    def report(self, key: str, expected: str) -> None:
        """A mistake at `key` (empty: at this table)."""
        self.problems.append(Problem(self.file, ".".join(filter(None, (self._at, key))), expected))

    def take(self, key: str, kind: type[T], default: T) -> T:
        """The value of an optional key."""
        value = self._data.pop(key, default)
        if kind is float and isinstance(value, int):
            value = float(value)
        if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
            return value
        self.report(key, f"expected {_CALLED[kind]}")
        return default

    def text(self, key: str, *, pattern: re.Pattern[str] | None = None, expected: str = "a text") -> str:
        """A required text, not empty, that matches as a whole."""
        value = self._data.pop(key, None)
        if isinstance(value, str) and value and (pattern is None or pattern.fullmatch(value)):
            return value
        self.report(key, f"expected {expected}")
        return ""

    def maybe_text(self, key: str, *, pattern: re.Pattern[str] | None = None, expected: str = "a text") -> str | None:
        """An optional text of a certain form."""
        return self.text(key, pattern=pattern, expected=expected) if key in self else None

    def texts_by_name(self, *, pattern: re.Pattern[str] | None = None, expected: str = "a text") -> dict[str, str]:
        """All of this table: any keys, and texts as values."""
        return {name: self.text(name, pattern=pattern, expected=expected) for name in self}

    def maybe_one_of(self, key: str, allowed: Collection[str]) -> str | None:
        """One of a few words, or nothing."""
        return self.one_of(key, allowed) if key in self else None

    def one_of(self, key: str, allowed: Collection[str], default: str | None = None) -> str:
        """One of a few words; required if there is no default."""
        value = self._data.pop(key, default)
        if isinstance(value, str) and value in allowed:
            return value
        near = suggestion(value, allowed) if isinstance(value, str) else ""
        self.report(key, f"expected one of {', '.join(sorted(allowed))}{near}")
        return default or ""

    def texts(self, key: str) -> tuple[str, ...]:
        """An optional list of texts without repetition."""
        values = self.take(key, list, [])
        if all(isinstance(value, str) for value in values) and len(set(values)) == len(values):
            return tuple(values)
        self.report(key, "expected a list of different texts")
        return ()

    def table(self, key: str) -> Table:
        """A table inside, empty if absent."""
        at = f"{self._at}.{key}" if self._at else key
        return Table(self.file, self.take(key, dict, {}), self.problems, at)

    def tables(self, key: str) -> Iterator[tuple[str, Table]]:
        """The tables inside the table `key`, by name."""
        inner = self.table(key)
        for name in inner:
            yield name, inner.table(name)

    def rows(self, key: str) -> Iterator[Table]:
        """The tables of a list of tables (`[[key]]`)."""
        for number, row in enumerate(self.take(key, list, [])):
            at = f"{self._at}{key}[{number}]"
            if isinstance(row, dict):
                yield Table(self.file, row, self.problems, at)
            else:
                self.report(f"{key}[{number}]", "expected a table")

    def peek(self, key: str) -> object:
        """The raw value, without taking it, or None."""
        return self._data.get(key)

    def pop(self, key: str) -> object:
        """The raw value, or None."""
        return self._data.pop(key, None)

    def remaining(self) -> dict[str, object]:
        """Take all keys that are left."""
        rest, self._data = self._data, {}
        return rest

    def done(self, allowed: str) -> None:
        """Report the keys that are left. `allowed` lists the known keys."""
        for key in self:
            near = suggestion(key, re.findall(r"\w+", allowed))
            self.report(key, f"is not known here{near}; expected {allowed}")
