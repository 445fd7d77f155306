"""Mistakes in the catalog's files, each with its file, its field and what is expected there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake: `field` is a dotted path inside `file` (empty: the file as a whole)."""

    file: Path
    field: str
    expected: str

    def __str__(self) -> str:
        place = f"{self.file}: {self.field}" if self.field else str(self.file)
        return f"{place}: {self.expected}"


def suggestion(given: str, known: Iterable[str]) -> str:
    """`: did you mean 'x'?` for the known name that is nearest to what was given; empty if none is near."""
    import difflib

    near = difflib.get_close_matches(given, list(known), 1)
    return f": did you mean '{near[0]}'?" if near else ""


class CatalogError(Exception):
    """The built-in catalog has mistakes: a defect of the product, found by its tests."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))
