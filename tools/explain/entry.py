"""The type of a table's entry: advice, and by what it is recognised."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.tokens.verdict import Advice


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Advice):
    """`says`, `unless` and `when` are fragments (see `tools.explain.fragments`); each line of them is an alternative.

    `bridge` are steps that only the operator of this bridge needs. `over` names the codes that this entry replaces when
    both fit. `general` entries are used only if no other fits, `last` ones only if no general one does either.
    `errors` are OAuth error names; `entra` says that the entry is for such an error of Entra's. `codes` are AADSTS
    numbers. `wrapper` codes give way to any other code.
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
    wrapper: bool = False
    problem: bool = True
