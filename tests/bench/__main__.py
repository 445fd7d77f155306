"""`dev.py bench`: the benchmarks as ratios, each beside its aim."""

from __future__ import annotations

import logging
import sys

from tests.bench.bridge import running
from tests.bench.explain import explain
from tests.bench.imports import imports
from tests.bench.ledger import ledger
from tests.bench.load import exchanges, memory
from tests.bench.mcp import mcp
from tests.bench.microsoft import microsoft
from tests.bench.speed import issuing, validating, warm_request

CASES = (issuing, validating, warm_request, ledger, exchanges, imports, mcp, explain, microsoft, memory)


def main() -> int:
    logging.getLogger("bridge").setLevel(logging.CRITICAL)
    print("Ratios, each the median of rounds in which both sides take turns; less is better.\n", flush=True)
    with running() as bench:
        for case in CASES:
            for row in case(bench):
                print(row, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
