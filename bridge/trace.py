"""What happened during one request: for the log line, the probe, and the correlation ids of outgoing requests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from bridge.base.deadline import Deadline


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a request. `outcome` is "ok" or an error code."""

    name: str
    ms: float
    outcome: str


@dataclass(frozen=True, slots=True)
class AssertionRecord:
    """An assertion that was used. `certificate_thumbprint`: SHA-256 of the signer's certificate."""

    id: str
    signer: Literal["bridge", "entra"]
    certificate_thumbprint: str | None


@dataclass(slots=True)
class Trace:
    """One request. It holds no token, assertion or personal data. `started_at` is Unix time in seconds."""

    correlation_id: str
    deadline: Deadline
    started_at: float = field(default_factory=time.time)
    hops: list[Hop] = field(default_factory=list)
    path: str | None = None
    assertions: list[AssertionRecord] = field(default_factory=list)
    exchanges: int = 0

    @contextmanager
    def hop(self, name: str) -> Iterator[None]:
        """Times a step. If it raises, the error's code is the outcome."""
        start = time.perf_counter()
        outcome = "ok"
        try:
            yield
        except Exception as error:
            outcome = str(getattr(error, "code", type(error).__name__))
            raise
        finally:
            self.hops.append(Hop(name, round((time.perf_counter() - start) * 1000, 1), outcome))
