"""The operations that are open at the configured systems, as the connector and the MCP server offer them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from bridge.catalog import Catalog, Operation


class System(Protocol):
    """A configured system: its name, and the operationIds that are open."""

    @property
    def name(self) -> str: ...
    @property
    def operations(self) -> Collection[str]: ...


@dataclass(frozen=True, slots=True)
class Offer:
    """An operation at a system. `ids` maps the operationIds that are open there to the ids that clients use."""

    operation: Operation
    system: str
    ids: Mapping[str, str]

    @property
    def id(self) -> str:
        """The id that clients use."""
        return self.ids[self.operation.id]

    @property
    def writes(self) -> bool:
        """Whether it changes data."""
        return self.operation.kind == "write"

    @property
    def title(self) -> str:
        """The operation's summary, followed by the system's name if that is not the kind's name."""
        summary = self.operation.summary
        return summary if self.system == self.operation.system else f"{summary} ({self.system})"

    def values_from(self, name: str) -> str | None:
        """The id of the open operation that returns the values of the input `name`; None if there is none."""
        choices = self.operation.choices.get(name)
        return self.ids.get(choices.operation) if choices else None


def offers(catalog: Catalog, systems: Collection[System]) -> Iterator[Offer]:
    """By the systems' names, then in the catalog's order."""
    for system in sorted(systems, key=lambda one: one.name):
        opened = [operation for operation in catalog.operations.values() if operation.id in system.operations]
        ids = {operation.id: operation.id_at(system.name) for operation in opened}
        yield from (Offer(operation, system.name, ids) for operation in opened)
