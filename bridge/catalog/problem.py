"""Mistakes in the catalog's files: told all at once, each with its file, its field and what is expected there."""

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


class CatalogError(Exception):
    """The built-in catalog has mistakes: a defect of the product, found by its tests."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))
