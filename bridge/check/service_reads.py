"""One harmless read of each service, as the probe and the live check report it.

The app imports the probe at its start and the catalog with the first request, so this file does not import the catalog.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridge.errors import BridgeError

if TYPE_CHECKING:
    from bridge.catalog import Operation


@dataclass(frozen=True, slots=True)
class ServiceRead:
    """One harmless read of a service. `error` is None if it worked."""

    operation: Operation
    error: BridgeError | None

    def row(self) -> dict[str, object]:
        """As the probe reports it, with what the system has to grant if it refused."""
        row: dict[str, object] = {"service": self.operation.service, "read": self.operation.id, "ok": not self.error}
        if self.error is not None:
            row |= {"code": self.error.code, "detail": self.error.detail}
        return row | ({"needs": self.operation.needs.row()} if is_refusal(self.error) else {})


def is_refusal(error: BridgeError | None) -> bool:
    """Whether the system refused because of a missing permission."""
    return error is not None and error.code == "not_permitted_by_system"


_VERBS = {"works": "work", "is refused": "are refused", "fails": "fail"}
"""Singular → plural."""


def summary(reads: Sequence[ServiceRead]) -> str:
    """The reads in words: `rest works; human_resources and talent are refused`."""
    groups: dict[str, list[str]] = {verb: [] for verb in _VERBS}
    for read in reads:
        verb = "works" if read.error is None else "is refused" if is_refusal(read.error) else "fails"
        groups[verb].append(str(read.operation.service))
    parts = [f"{_listed(names)} {_VERBS[verb] if len(names) > 1 else verb}" for verb, names in groups.items() if names]
    return "; ".join(parts) or "no operation without inputs is open, so only the credential was tried"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
