"""Operations whose files are read at their first use, so that a cold start reads only those that it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bridge.catalog.model import Operation


@dataclass(frozen=True, eq=False)
class LateOperations(Mapping[str, Operation]):
    """Operations by id: those of `files`, read by `read` at their first use, and those in `known`.

    Two threads may read a file that is used for the first time; both then get the same operation.
    """

    files: Mapping[str, Path]
    read: Callable[[Path], Operation]
    known: dict[str, Operation] = field(default_factory=dict)

    def __getitem__(self, id_: str) -> Operation:
        known = self.known.get(id_)
        return known or self.known.setdefault(id_, self.read(self.files[id_]))

    def __contains__(self, id_: object) -> bool:
        return id_ in self.files or id_ in self.known

    def __iter__(self) -> Iterator[str]:
        return iter({**self.files, **self.known})

    def __len__(self) -> int:
        return len(self.files.keys() | self.known.keys())
