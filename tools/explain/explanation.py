"""The types of an explanation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from bridge.tokens.display import plain
from bridge.tokens.verdict import Advice, Failure
from bridge.tokens.verdicts import VERDICTS
from tools.explain.entry import Entry
from tools.explain.issuers import with_name
from tools.explain.tables import token_entry

_PUBLIC = {"token_cut": "not_a_jwt", "app_only_without_roles": "app_only", "role_missing": "insufficient_scope"}
"""A finding that only explain distinguishes → the code that an API gives for it."""
_WORKOS_CLIENT = re.compile(r"client_?0[0-9A-Za-z]{8,60}")
_PLACEHOLDER = re.compile(r"\{(found|expected)\}")

Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was recognised: its entry, and the values that fill in the entry's placeholders.

    `facts`: what the message itself names (ids, names). `bridge`: the advice names this bridge's settings.
    """

    entry: Entry
    found: str | None = None
    expected: str | None = None
    facts: Facts = ()
    bridge: bool = False

    @classmethod
    def of_code(cls, code: str, found: str | None = None, expected: str | None = None, facts: Facts = ()) -> Self:
        """For a verdict or another finding on a token, a scope or an assertion. Makes the values safe to show."""
        found, expected = (value if value is None else plain(value) for value in (found, expected))
        return cls(token_entry(code), found, expected, facts)

    @classmethod
    def of_failure(cls, failure: Failure) -> Self:
        """For a finding of the API's own rules, with what only explain knows: names of issuers, WorkOS client ids."""
        code, found = failure.verdict.code, failure.found
        if code == "foreign_issuer" and found:
            found = with_name(found)
        if code == "audience_foreign" and _WORKOS_CLIENT.fullmatch(found or ""):
            code = "audience_is_client_id"
        return cls.of_code(code, found, failure.expected)

    @property
    def advice(self) -> Advice:
        """The verdict of this bridge if its settings are to be named and it has one, otherwise the entry."""
        return VERDICTS.get(self.entry.code, self.entry) if self.bridge else self.entry

    @property
    def detail(self) -> str:
        """What is wrong, in one sentence."""
        return self._filled(self.advice.sentence)

    @property
    def steps(self) -> tuple[str, ...]:
        """What to do, in this order."""
        more = self.entry.bridge if self.bridge and self.advice is self.entry else ()
        return tuple(map(self._filled, (*self.advice.fix, *more)))

    @property
    def problem(self) -> bool:
        """Whether something must be fixed; False for what is right as it is."""
        return self.entry.problem

    @property
    def public_code(self) -> str:
        """What a caller of the bridge reads in `code` for this."""
        code = _PUBLIC.get(self.entry.code, self.entry.code)
        return VERDICTS[code].public_code if code in VERDICTS else code

    def _filled(self, text: str) -> str:
        values = {"found": self.found or "(the value found)", "expected": self.expected or "what the API expects"}
        return _PLACEHOLDER.sub(lambda match: values[match[1]], text)


@dataclass(frozen=True, slots=True)
class Fact:
    """A claim of a token, readable. `note` says what the value is; a `decisive` claim is the cause of the problem."""

    name: str
    value: str
    note: str = ""
    decisive: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was recognised in the input, the most serious first. Recognised and without items: nothing is wrong."""

    kind: str
    recognised: bool
    items: tuple[Item, ...] = ()
    claims: tuple[Fact, ...] = ()
    notes: tuple[str, ...] = ()
    header: Mapping[str, object] = field(default_factory=dict, repr=False)
    payload: Mapping[str, object] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, kind: str, *items: Item) -> Self:
        """A recognised input, with findings and nothing else."""
        return cls(kind, recognised=True, items=items)

    @property
    def has_problem(self) -> bool:
        """Whether something must be fixed."""
        return any(item.problem for item in self.items)
