"""The type of a symptom."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.tokens.verdict import Advice


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom(Advice):
    """`message` is one real message, as people search for it; `says` are regular expressions, without case.

    `ours` is False where neither the bridge nor its connector is at fault.
    """

    message: str
    says: tuple[str, ...]
    ours: bool = True
