"""Was this write made before? One row for each write, shared by all instances; see `ledger.py`."""

from __future__ import annotations

from bridge.ledger.ledger import Claim, Ledger, Repeat
from bridge.ledger.write import KEY_HEADER, Digests, Write

__all__ = ["KEY_HEADER", "Claim", "Digests", "Ledger", "Repeat", "Write"]
