"""The types of an explanation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bridge.tokens.display import plain
from bridge.tokens.verdict import LONGEST_DETAIL, Advice, Failure
from bridge.tokens.verdicts import VERDICTS
from tools.explain.entry import Entry
from tools.explain.tables import token_entry

_FINER = {"token_cut": "not_a_jwt", "app_only_without_roles": "app_only", "role_missing": "insufficient_scope"}
"""What explain tells apart and an API does not: its finding → the public code."""

Facts = tuple[tuple[str, str], ...]


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
    facts: Facts = ()

    @classmethod
    def of_code(
        cls, code: str, found: str | None = None, expected: str | None = None, *, bridge: bool, facts: Facts = ()
    ) -> Item:
        """For a verdict or another finding on a token, a scope or an assertion, in one of the two voices."""
        advice: Advice = VERDICTS[code] if bridge and code in VERDICTS else token_entry(code)
        found, expected = (value if value is None else plain(value) for value in (found, expected))

        def fill(text: str) -> str:
            filled = text.format(found=found or "(the value found)", expected=expected or "what the API expects")
            return plain(filled, LONGEST_DETAIL)

        steps = _steps(advice, bridge=bridge)
        problem = not isinstance(advice, Entry) or advice.problem
        return cls(advice, fill(advice.sentence), tuple(map(fill, steps)), found, expected, problem, facts)

    @classmethod
    def of_failure(cls, failure: Failure, *, bridge: bool) -> Item:
        """For what the API's own rules found."""
        return cls.of_code(failure.verdict.code, failure.found, failure.expected, bridge=bridge)

    @classmethod
    def of_advice(cls, advice: Advice, facts: Facts = (), *, bridge: bool) -> Item:
        """For an entry that needs no filling in."""
        problem = not isinstance(advice, Entry) or advice.problem
        return cls(advice, advice.sentence, _steps(advice, bridge=bridge), problem=problem, facts=facts)

    @property
    def public_code(self) -> str:
        """What a caller of the bridge reads in `code` for this."""
        code = _FINER.get(self.advice.code, self.advice.code)
        return VERDICTS[code].public_code if code in VERDICTS else code


def _steps(advice: Advice, *, bridge: bool) -> tuple[str, ...]:
    return (*advice.fix, *advice.bridge) if bridge and isinstance(advice, Entry) else advice.fix


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
