"""Which operations of a system the words of its OPERATIONS setting open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Final, TypeVar

from bridge.catalog.model import Operation

_T = TypeVar("_T")
OPERATION_GROUPS: Final = frozenset({"reads", "writes", "approvals", "sensitive"})


@dataclass(frozen=True, eq=False)
class OpenOperations(Set[str]):
    """The open operationIds. To ask for one reads the file of that one alone.

    A word is an operationId or one of `OPERATION_GROUPS`. A sensitive operation needs its id or the word `sensitive`
    beside that of its group. What only serves other operations is never open.
    """

    catalog: Mapping[str, Operation]
    system: str
    words: frozenset[str]

    def __contains__(self, id_: object) -> bool:
        operation = self.catalog.get(id_) if isinstance(id_, str) else None
        return operation is not None and operation.system == self.system and self._opens(operation)

    def __iter__(self) -> Iterator[str]:
        return (id_ for id_ in self.catalog if id_ in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _opens(self, operation: Operation) -> bool:
        if operation.lookup_only:
            return False
        by_group = operation.word in self.words and (not operation.sensitive or "sensitive" in self.words)
        return by_group or operation.id in self.words

    @classmethod
    def _from_iterable(cls, it: Iterable[_T]) -> Set[_T]:
        """The type of what `&` and `|` give."""
        return frozenset(it)
