"""The types of an explanation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bridge.tokens.verdict import Advice, Failure


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was recognised: the advice on it, filled in, and where it was seen.

    `problem` is False for what is right as it is. `facts` are what the message itself says (ids, names).
    """

    advice: Advice
    detail: str
    steps: tuple[str, ...]
    found: str | None = None
    expected: str | None = None
    problem: bool = True
    facts: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of_finding(cls, finding: Failure) -> Item:
        """From a finding on a token."""
        return cls(finding.verdict, finding.detail, finding.steps, finding.found, finding.expected)

    @classmethod
    def of_advice(cls, advice: Advice, facts: tuple[tuple[str, str], ...] = (), *, problem: bool = True) -> Item:
        """From a row that needs no filling in."""
        return cls(advice, advice.sentence, advice.fix, problem=problem, facts=facts)


@dataclass(frozen=True, slots=True)
class Fact:
    """A claim of a token, readable. `note` says what the value is; `decisive` marks where the trouble lies."""

    name: str
    value: str
    note: str = ""
    decisive: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was recognised in the input, the gravest first. No items and `recognised` means: nothing is wrong."""

    kind: str
    recognised: bool
    items: tuple[Item, ...] = ()
    claims: tuple[Fact, ...] = ()
    notes: tuple[str, ...] = ()
    header: Mapping[str, object] = field(default_factory=dict, repr=False)
    payload: Mapping[str, object] = field(default_factory=dict, repr=False)

    @property
    def has_problem(self) -> bool:
        """Whether something has to be fixed."""
        return any(item.problem for item in self.items)
