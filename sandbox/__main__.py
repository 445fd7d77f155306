"""`python -m sandbox`: runs until Ctrl-C, SIGTERM, or the end of standard input if that is a pipe."""

import argparse
import json
import os
import signal
import stat
import sys
import threading

import sandbox


def main() -> int:
    options = _options()
    stop = threading.Event()
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: stop.set())
    _stop_with_parent(stop)
    with sandbox.start(
        entra_port=options.port_entra, workday_port=options.port_workday, orders_port=options.port_orders
    ) as running:
        print(json.dumps(running.facts) if options.json else _readable(running.facts), flush=True)
        while not stop.wait(0.5):  # without a timeout Windows would not see Ctrl-C
            pass
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A local Entra, Workday and orders.")
    parser.add_argument("--json", action="store_true", help="print one JSON object on one line when ready")
    for name in ("entra", "workday", "orders"):
        parser.add_argument(f"--port-{name}", type=int, default=0, metavar="N", help="default: a free one")
    return parser.parse_args()


def _stop_with_parent(stop: threading.Event) -> None:
    """A parent that dies closes its end of the pipe: no orphan stays, on Windows neither."""
    if sys.stdin is None or not stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
        return

    def wait() -> None:
        while os.read(0, 1024):
            pass
        stop.set()

    threading.Thread(target=wait, daemon=True).start()


def _readable(facts: dict[str, object]) -> str:
    return "\n".join(f"{name:<18}{value}" for name, value in facts.items() if name != "env") + "\nCtrl-C ends it."


if __name__ == "__main__":
    sys.exit(main())
