"""What a rule is, and what it finds. All rules with their severities and kinds are in `rules.txt`; checks name them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

from bridge.tokens.display import plain
from tools.lint.document import Node, Path
from tools.lint.grammar import KINDS

Check = Callable[[Node], Iterable[Path]]
"""Given a node, the places of what is wrong, relative to it."""
Checks = Iterable[tuple[str, Check]]
"""Name of the rule and a check of it; the kinds of node that it looks at are in the table of rules."""


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


SEVERITIES = tuple(Severity)


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

    def level(self, certify: bool) -> Severity:
        """The severity under one of the two questions."""
        return self.certification if certify else self.severity

    @property
    def title(self) -> str:
        """The name as words: `HostNameNotValid` is "Host name not valid"."""
        parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]*|[a-z0-9]+", self.name)
        return " ".join(part if part.isupper() else part.lower() for part in parts).capitalize()


def _kinds(text: str) -> tuple[str, ...]:
    """`*` is every kind; `-` none, because the file or the connector as a whole is looked at."""
    return tuple(KINDS) if text == "*" else () if text == "-" else tuple(text.split(","))


def _rules() -> Iterator[tuple[str, Rule]]:
    letters = {severity[0].upper(): severity for severity in Severity}
    for line in files(__package__).joinpath("rules.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, severity, certification, kinds, fix = line.split(" ", 4)
            yield name, Rule(name, letters[severity], letters[certification], _kinds(kinds), fix)


RULES: Mapping[str, Rule] = dict(_rules())


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a file breaks. `place` is a JSON Pointer (RFC 6901), `found` the text or number that stands there."""

    rule: Rule
    place: str
    found: str = ""
    file: str = ""

    @property
    def message(self) -> str:
        """What is wrong, and what was found there."""
        return f"{self.rule.title}{': ' if self.found else ''}{self.found}"

    def __str__(self) -> str:
        """Rule, place, what stands there, and the fix, in one line."""
        found = f" {self.found}" if self.found else ""
        return f"{self.rule.name} at {self.place or '/'}{found}: {self.rule.fix}"


def found(name: str, path: Path = (), value: object = None, text: str = "") -> Finding:
    """A finding of the rule of that name."""
    return Finding(RULES[name], pointer(path), text or shown(value))


def text(key: str, is_wrong: Callable[[str], object]) -> Check:
    """The check for one text: found if it is there and `is_wrong`."""
    return lambda node: [(key,)] if isinstance(value := node.value.get(key), str) and is_wrong(value) else []


def member(key: str, is_wrong: Callable[[str], object]) -> Check:
    """The check for each text of a list."""
    return lambda node: [(key, at) for at, one in enumerate(node.array(key)) if isinstance(one, str) and is_wrong(one)]


def whole(is_wrong: Callable[[Node], object], *place: str) -> Check:
    """The check for an object as a whole; found at one of its keys, or at the object itself if the key is absent."""
    return lambda node: [tuple(key for key in place if key in node.value)] if is_wrong(node) else []


def pointer(path: Path) -> str:
    """The path as a JSON Pointer. What a terminal would act on (control, bidi) is shown as an escape."""
    return "".join("/" + plain(str(key).replace("~", "~0").replace("/", "~1")) for key in path)


def shown(value: object) -> str:
    """A text or number in quotes, bounded; nothing for an object or an array."""
    return f'"{plain(str(value), 60)}"' if isinstance(value, str | int | float) else ""
