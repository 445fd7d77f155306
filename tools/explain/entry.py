"""The type of a table's entry: advice, and how it is recognised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from bridge.tokens.verdict import Advice


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Advice):
    """Each line of `says`, `unless` and `when` is an alternative, in the notation of `tools.explain.fragments`.

    The entry fits a text that has a line of `says` and none of `unless`. Of the entries with the same AADSTS number in
    `codes`, the first is used that has no `when` or a line of it in the text. `errors` are OAuth error names; with
    `entra` the entry is for errors of Entra's only. `over`: the codes of the entries that this one replaces if both
    fit. A `general` entry is used only if no other fits, a `last` one only if no general one fits either. `bridge`:
    further steps for the operator of this bridge. `message` is an example.
    """

    bridge: tuple[str, ...] = ()
    message: str = ""
    says: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    over: frozenset[str] = frozenset()
    codes: tuple[int, ...] = ()
    errors: tuple[str, ...] = ()
    entra: bool = False
    general: bool = False
    last: bool = False
    problem: bool = True

    @classmethod
    def of(cls, advice: Advice) -> Self:
        """An entry that is recognised by its code alone."""
        return cls(**{name: getattr(advice, name) for name in ("code", "title", "sentence", "cause", "fix", "az")})
