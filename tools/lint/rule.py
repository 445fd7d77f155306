"""What a rule is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from bridge.tokens.display import plain
from tools.lint.document import Node, Path

Check = Callable[[Node], Iterable[Path]]
"""Given a node, the places of what is wrong, relative to it."""


class Severity(StrEnum):
    """How much a finding matters. A notice concerns publishing or comfort only."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `on` names the kinds of node that it looks at, separated by spaces.

    `name` is that of Microsoft's validator where it has one ("Fix Swagger Validator errors", Microsoft Learn).
    `fix` is one sentence that says what to do.
    """

    name: str
    severity: Severity
    on: str
    check: Check
    fix: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a file breaks. `place` is a JSON Pointer (RFC 6901), `found` the text or number that stands there."""

    rule: Rule
    place: str
    found: str = ""

    def __str__(self) -> str:
        """Rule, place, what stands there, and the fix, in one line."""
        found = f" {self.found}" if self.found else ""
        return f"{self.rule.name} at {self.place or '/'}{found}: {self.rule.fix}"


def wrong(key: str, is_wrong: Callable[[str], object]) -> Check:
    """The check for one text: found if it is there and `is_wrong`."""

    def check(node: Node) -> Iterator[Path]:
        value = node.value.get(key)
        if isinstance(value, str) and is_wrong(value):
            yield (key,)

    return check


def pointer(path: Path) -> str:
    """The path as a JSON Pointer. What a terminal would act on (control, bidi) is shown as an escape."""
    return "".join("/" + plain(str(key).replace("~", "~0").replace("/", "~1")) for key in path)


def shown(value: object) -> str:
    """A text or number in quotes, bounded; nothing for an object or an array."""
    return f'"{plain(str(value), 60)}"' if isinstance(value, str | int | float) else ""
