"""What happened during one request: for the log line, for `probe`, and for the correlation ids of every call."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from bridge.base.deadline import Deadline


@dataclass(frozen=True, slots=True)
class Hop:
    """One step: its name, how long it took in milliseconds, and how it ended ("ok" or an error code)."""

    name: str
    ms: float
    outcome: str


@dataclass(frozen=True, slots=True)
class AssertionRecord:
    """Which assertion was used: its ID, who signed it, and the SHA-256 thumbprint of the signer's certificate."""

    id: str
    signer: Literal["bridge", "entra"]
    certificate_thumbprint: str | None


@dataclass(slots=True)
class Trace:
    """One request. Holds no token, no assertion and nobody's data. `started_at` is Unix time in seconds."""

    correlation_id: str
    deadline: Deadline
    started_at: float = field(default_factory=time.time)
    hops: list[Hop] = field(default_factory=list)
    path: str | None = None
    assertions: list[AssertionRecord] = field(default_factory=list)
    exchanges: int = 0

    @contextmanager
    def hop(self, name: str) -> Iterator[None]:
        """Time a step. An error's code is its outcome."""
        start = time.perf_counter()
        outcome = "ok"
        try:
            yield
        except Exception as error:
            outcome = str(getattr(error, "code", type(error).__name__))
            raise
        finally:
            self.hops.append(Hop(name, round((time.perf_counter() - start) * 1000, 1), outcome))
