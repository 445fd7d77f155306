"""Rules and findings. Each rule is a row of `rules.txt`, with its condition, or with checks under its name in a module
of `rules`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

from bridge.tokens.display import plain
from tools.lint.condition import Check, condition
from tools.lint.document import Input, Node, Operation, Path
from tools.lint.grammar import KINDS

Checks = Iterable[tuple[str, Check]]
"""Name of a rule, and a check for it. `rules.txt` says which kinds of node are checked."""
_KINDS = {
    "*": ",".join(KINDS),
    "-": "",
    "field": "schema,parameter,items",
    "value": "schema,parameter,items,header",
}
"""Names for several kinds; `-` is none, because the file or the connector as a whole is checked."""


class Severity(StrEnum):
    """How serious a finding is."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: `severity` answers whether the connector imports and runs, `certification` whether it is certified.

    `name` is that of Microsoft's validator where it has one. `fix` is one sentence that says what to do.
    """

    name: str
    severity: Severity
    certification: Severity
    kinds: tuple[str, ...]
    fix: str
    check: Check | None = None

    def level(self, certify: bool) -> Severity:
        """The severity for the import; with `certify`, for certification."""
        return self.certification if certify else self.severity

    @property
    def title(self) -> str:
        """The name as words: `HostNameNotValid` is "Host name not valid"."""
        parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]*|[a-z0-9]+", self.name)
        return " ".join(part if part.isupper() else part.lower() for part in parts).capitalize()


def _rules() -> Iterator[tuple[str, Rule]]:
    letters = {severity[0].upper(): severity for severity in Severity}
    for line in files(__package__).joinpath("rules.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, severity, certification, where, fix = line.split(" ", 4)
            kinds, _, text = where.partition(":")
            expanded = tuple(filter(None, _KINDS.get(kinds, kinds).split(",")))
            check = condition(text) if text else None
            yield name, Rule(name, letters[severity], letters[certification], expanded, fix, check)


RULES: Mapping[str, Rule] = dict(_rules())


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a file breaks. `place` is a JSON Pointer (RFC 6901), `found` the text or number at that place."""

    rule: Rule
    place: str
    found: str = ""
    file: str = ""

    @property
    def message(self) -> str:
        """What is wrong, and what was found there."""
        return f"{self.rule.title}{': ' if self.found else ''}{self.found}"

    def __str__(self) -> str:
        """Rule, place, what was found, and the fix, in one line."""
        found = f" {self.found}" if self.found else ""
        return f"{self.rule.name} at {self.place or '/'}{found}: {self.rule.fix}"


def found(name: str, path: Path = (), value: object = None, text: str = "") -> Finding:
    """A finding of the rule of that name."""
    return Finding(RULES[name], pointer(path), text or shown(value))


def text(key: str, is_wrong: Callable[[str], object]) -> Check:
    """The check for one text: found if it exists and `is_wrong`."""
    return lambda node: [(key,)] if isinstance(value := node.value.get(key), str) and is_wrong(value) else []


def whole(is_wrong: Callable[[Node], object], *place: str) -> Check:
    """The check for an object as a whole; found at one of its keys, or at the object itself if the key is absent."""
    return lambda node: [tuple(key for key in place if key in node.value)] if is_wrong(node) else []


def of_operation(is_wrong: Callable[[Operation], object], *place: str) -> Check:
    """The check for an operation with its inputs, those of its path included."""
    return whole(lambda node: node.operation is not None and is_wrong(node.operation), *place)


def of_inputs(wrong: Callable[[Operation], Iterable[Input]]) -> Check:
    """The check for inputs of an operation, each found where it is; at the operation if it belongs to the path."""
    return lambda node: [item.path_in(node.operation) for item in wrong(node.operation)] if node.operation else []


def repeats(values: Iterable[object]) -> bool:
    """Whether a value occurs twice."""
    listed = list(values)
    return len(set(listed)) < len(listed)


def pointer(path: Path) -> str:
    """The path as a JSON Pointer, with control and bidirectional characters as escapes."""
    return "".join("/" + plain(str(key).replace("~", "~0").replace("/", "~1")) for key in path)


def shown(value: object) -> str:
    """A text or number in quotes, at most 60 characters; empty for an object or an array."""
    return f'"{plain(str(value), 60)}"' if isinstance(value, str | int | float) else ""
