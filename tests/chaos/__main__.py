"""`dev.py chaos`: invariants under faults and kills. Exit status 0 if all hold; with --break-ledger they must not."""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator

from tests.chaos import load, mix, writes
from tests.chaos.stage import stage
from tests.support import azurite

KILL_EVERY = 50
"""Writes between two processes that are killed."""
MISSING = """\
Azurite is missing, which keeps the ledger here. With Node 20 or newer:
  npm install --prefix ~/.cache/obo-saml-bridge/azurite azurite@3.35.0
"""


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="repeat a run's plan")
    parser.add_argument("--seconds", type=float, default=300, help="of the soak; 0 leaves it out")
    parser.add_argument("--writes", type=int, default=1000)
    parser.add_argument("--requests", type=int, default=10_000, help="of 200 users")
    parser.add_argument("--callers", type=int, default=20)
    parser.add_argument("--break-ledger", action="store_true", help="without a shared ledger: the check has to fail")
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end")
    return parser.parse_args(arguments)


def plans(options: argparse.Namespace) -> Iterator[str]:
    """Progress and figures, line by line; an invariant that does not hold begins with "VIOLATED"."""
    with stage(options.seed) as scene:
        if options.break_ledger:
            scene.restart(BRIDGE_LEDGER="memory")
        yield f"writes: {options.writes} of {options.callers} callers over two processes"
        yield from writes.run(
            scene, seed=options.seed, writes=options.writes, callers=options.callers, kill_every=KILL_EVERY
        )
        if options.break_ledger:
            return
        scene.restart()
        yield f"mix: {options.requests} requests of 200 users over two processes"
        yield from mix.run(scene, seed=options.seed, total=options.requests)
        scene.restart(1)
        yield "throughput: a system that takes 100 ms, one process with 32 threads"
        for callers in (50, 200):
            yield from load.throughput(scene, callers)
        if options.seconds:
            scene.restart(1)
            yield f"soak: {options.seconds:.0f} s"
            yield from load.soak(scene, options.seconds)


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    if azurite.installed() is None:
        print(MISSING, end="", file=sys.stderr)
        return 2
    out = sys.stderr if options.json else sys.stdout
    started, lines = time.monotonic(), list[str]()
    print(f"chaos, seed {options.seed}", file=out, flush=True)
    for line in plans(options):
        lines.append(line)
        print(line, file=out, flush=True)
    violated = [line for line in lines if line.startswith("VIOLATED")]
    seconds = round(time.monotonic() - started)
    if options.json:
        print(
            json.dumps(
                {"seed": options.seed, "ok": not violated, "violated": violated, "lines": lines, "seconds": seconds}
            )
        )
    print(f"{len(violated)} violations in {seconds} s" if violated else f"all invariants hold, {seconds} s", file=out)
    return 1 if violated else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
