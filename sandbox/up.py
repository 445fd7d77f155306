"""`dev.py up`: the sandbox and the app until Ctrl-C."""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sandbox.stack import ROOT, Child, ChildDied, start_app, start_sandbox

HOME = ROOT
"""The folder of local.settings.json and of the certificates, for `func start`."""
CERTIFICATES = ".sandbox"
SAMPLE = ROOT / "local.settings.sample.json"
FIRST_PORT = 7081
"""The ports of the sample: this one and the next two."""
NEIGHBOURS = ("entra", "workday", "orders")
SANDBOX_CATALOG = "sandbox/catalog"
ORDERS = "BRIDGE_SYSTEMS__ORDERS__"
WITH_APP = """
Ask it something:
  token=$(curl -s --cacert {ca} -X POST {entra}/sandbox/token |
          python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])')
  curl -s -w '\\n' -H "Authorization: Bearer $token" {app}/api/whoami
  curl -s -w '\\n' -H "Authorization: Bearer $token" {app}/api/workday/me
"""
WRITTEN = """
local.settings.json is written. In another terminal, with the packages of .venv (activate it): func start
"""
CURRENT = """
local.settings.json fits this run. In another terminal, with the packages of .venv (activate it): func start
"""
STALE = """
local.settings.json existed and was not changed, but {count} of its values are not those of this sandbox:
{names}
Move it away and start again to have it written; or copy local.settings.sample.json over it.
"""
OVERRIDES = """
Warning: {names} set in this terminal's environment: func start takes these values and not
those of local.settings.json, so that the app may not find or trust the sandbox. Unset them where func start runs.
"""
TAKEN = """\
Port {port} ({name}) is taken by another program, perhaps by another `dev.py up --no-app`: end that one.
Or take three other ports, for example: python3 dev.py up --no-app --first-port {other}
"""


class PortTaken(Exception):
    """The message says which port, and what to do."""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py up", description="Sandbox and app until Ctrl-C.")
    parser.add_argument("--json", action="store_true", help="print one JSON object on one line when all is ready")
    parser.add_argument("--no-app", action="store_true", help="leave the app out, for func start")
    parser.add_argument("--strict", action="store_true", help="Workday is as strict as a real tenant")
    parser.add_argument("--port", type=int, default=0, help="of the app; 0 takes a free one")
    parser.add_argument(
        "--first-port",
        type=int,
        default=FIRST_PORT,
        metavar="N",
        help=f"with --no-app: Entra is on N, Workday on N+1, orders on N+2 (default: {FIRST_PORT})",
    )
    parser.add_argument(
        "--set", action="append", default=[], type=setting, metavar="NAME=VALUE", help="override an app setting"
    )
    return parser.parse_args(arguments)


def _strictness(options: argparse.Namespace) -> Sequence[str]:
    return ("--strict",) if options.strict else ()


def setting(text: str) -> tuple[str, str]:
    """`NAME=VALUE` as a pair; the value may be empty and may hold `=`."""
    name, separator, value = text.partition("=")
    if not (name and separator):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def main(arguments: Sequence[str]) -> int:
    options = parse(arguments)
    for end in (signal.SIGINT, signal.SIGTERM):  # a shell lets its background processes ignore SIGINT
        signal.signal(end, signal.default_int_handler)
    try:
        with ExitStack() as stack:
            run(options, stack)
    except (ChildDied, PortTaken) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass  # the ordinary way to end
    return 0


def run(options: argparse.Namespace, stack: ExitStack) -> None:
    """Start, print the facts, and watch the processes. Raises `ChildDied` and `PortTaken`."""
    start = without_app if options.no_app else with_app
    children, facts, note = start(options, stack)
    if options.json:
        print(json.dumps(facts), flush=True)
        print(note if options.no_app else "", file=sys.stderr, end="")
    else:
        print(describe(facts), note, "\nCtrl-C ends it.", sep="", flush=True)
    watch(children)


Started = tuple[list[Child], dict[str, Any], str]
"""The processes to watch, the facts, and a note for the user."""


def with_app(options: argparse.Namespace, stack: ExitStack) -> Started:
    sandbox, facts = stack.enter_context(start_sandbox(*_strictness(options)))
    facts["env"] = overridden(facts["env"], dict(options.set))
    app, address = stack.enter_context(start_app(facts["env"], port=options.port, echo=sys.stderr.write))
    facts = {"app": address, **facts}
    return [sandbox, app], facts, WITH_APP.format_map(facts)


def without_app(options: argparse.Namespace, stack: ExitStack) -> Started:
    """The sandbox on the ports of local.settings.sample.json. Raises `PortTaken`."""
    ports = dict(zip(NEIGHBOURS, range(options.first_port, options.first_port + 3), strict=True))
    require_free(ports)
    where = [part for name, port in ports.items() for part in (f"--port-{name}", str(port))]
    sandbox, facts = stack.enter_context(
        start_sandbox(*where, *_strictness(options), "--folder", str(HOME / CERTIFICATES))
    )
    facts["env"] = overridden(facts["env"], dict(options.set))
    wanted = sample(options.first_port) | dict(options.set)
    note = write_local_settings(HOME / "local.settings.json", wanted)
    return [sandbox], facts, note + warn_of(os.environ, wanted)


def require_free(ports: Mapping[str, int]) -> None:
    """Raises `PortTaken`."""
    for name, port in ports.items():
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError as error:
            raise PortTaken(TAKEN.format(port=port, name=name, other=FIRST_PORT + 1000)) from error


def sample(first_port: int = FIRST_PORT) -> dict[str, str]:
    """The values of local.settings.sample.json, with the ports from `first_port` on."""
    text = SAMPLE.read_text("utf-8")
    for number in range(3):
        text = text.replace(f"localhost:{FIRST_PORT + number}", f"localhost:{first_port + number}")
    values: dict[str, str] = json.loads(text)["Values"]
    return values


def warn_of(environment: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    """A warning about variables that Core Tools would use in place of local.settings.json; empty if there are none."""
    names = [name for name, value in wanted.items() if environment.get(name, value) != value]
    if "localhost" in environment.get("NO_PROXY", ""):
        names = [name for name in names if name != "NO_PROXY"]
    return OVERRIDES.format(names=", ".join(names) + (" is" if len(names) == 1 else " are")) if names else ""


def overridden(env: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """`env` with `settings` on top; without orders if the chosen catalog folder has no orders."""
    folder = ROOT / settings.get("BRIDGE_CATALOG__FOLDER", SANDBOX_CATALOG)
    kept = env if (folder / "orders").is_dir() else {name: env[name] for name in env if not name.startswith(ORDERS)}
    return {**kept, **settings}


def describe(facts: Mapping[str, Any]) -> str:
    shown = [f"  {name:<18}{value}" for name, value in facts.items() if name != "env"]
    return "\n".join(["Ready.", "", *shown, ""])


def write_local_settings(file: Path, wanted: Mapping[str, str]) -> str:
    """Write the settings of `func start` unless the file exists; returns a note for the user."""
    if not file.exists():
        file.write_text(json.dumps({"IsEncrypted": False, "Values": wanted}, indent=2) + "\n", "utf-8")
        return WRITTEN
    present = json.loads(file.read_text("utf-8-sig")).get("Values", {})
    names = [name for name, value in wanted.items() if present.get(name) != value]
    return STALE.format(count=len(names), names=", ".join(names)) if names else CURRENT


def watch(children: Sequence[Child]) -> None:
    """Watch the processes until interrupted. Raises `ChildDied`."""
    while True:
        for child in children:
            child.check()
        time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
