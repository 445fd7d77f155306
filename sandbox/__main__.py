"""`python -m sandbox`: runs until Ctrl-C, SIGTERM, or the end of standard input if that is a pipe."""

import argparse
import json
import os
import stat
import sys
from pathlib import Path

import sandbox
from sandbox.ending import Ending


def main() -> int:
    options = _options()
    ending = Ending(with_stdin=sys.stdin is not None and stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode))
    with sandbox.start(
        entra_port=options.port_entra,
        workday_port=options.port_workday,
        orders_port=options.port_orders,
        folder=options.folder,
        strict=options.strict,
    ) as running:
        print(json.dumps(running.facts) if options.json else _readable(running.facts), flush=True)
        ending.wait()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A local Entra, Workday and orders.")
    parser.add_argument("--json", action="store_true", help="print one JSON object on one line when ready")
    parser.add_argument("--strict", action="store_true", help="Workday is as strict as a real tenant")
    parser.add_argument("--folder", type=Path, help="for the certificates; default: a temporary one")
    for name in ("entra", "workday", "orders"):
        parser.add_argument(f"--port-{name}", type=int, default=0, metavar="N", help="default: a free one")
    return parser.parse_args()


def _readable(facts: dict[str, object]) -> str:
    return "\n".join(f"{name:<18}{value}" for name, value in facts.items() if name != "env") + "\nCtrl-C ends it."


if __name__ == "__main__":
    sys.exit(main())
