"""`dev.py up`: the sandbox and the app until Ctrl-C."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sandbox.stack import ROOT, Child, ChildDied, start_app, start_sandbox

LOCAL_SETTINGS = ROOT / "local.settings.json"
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
local.settings.json is written for this run. In another terminal: func start
(Core Tools needs the packages of .venv: activate it there first.)
"""
CURRENT = """
local.settings.json fits this run. In another terminal: func start
"""
STALE = """
local.settings.json was there and is left as it is, but {count} of its values are not this run's
(addresses and keys are new each time). Delete it and start again to have it written, or copy over: {names}
"""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py up", description="Sandbox and app until Ctrl-C.")
    parser.add_argument("--json", action="store_true", help="print one JSON object on one line when all is ready")
    parser.add_argument("--no-app", action="store_true", help="leave the app out, for func start")
    parser.add_argument("--port", type=int, default=0, help="of the app; 0 takes a free one")
    parser.add_argument(
        "--set", action="append", default=[], type=setting, metavar="NAME=VALUE", help="override an app setting"
    )
    return parser.parse_args(arguments)


def setting(text: str) -> tuple[str, str]:
    """`NAME=VALUE` as a pair; the value may be empty and may hold `=`."""
    name, separator, value = text.partition("=")
    if not (name and separator):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def main(arguments: Sequence[str]) -> int:
    options = parse(arguments)
    for end in (signal.SIGINT, signal.SIGTERM):  # a shell starts what runs in its background deaf to SIGINT
        signal.signal(end, signal.default_int_handler)
    try:
        with ExitStack() as stack:
            run(options, stack)
    except ChildDied as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass  # the ordinary way to end
    return 0


def run(options: argparse.Namespace, stack: ExitStack) -> None:
    """Start what is asked for, tell about it, and watch it. Raises `ChildDied`."""
    sandbox, facts = stack.enter_context(start_sandbox())
    children = [sandbox]
    facts["env"] = overridden(facts["env"], dict(options.set))
    if options.no_app:
        note = write_local_settings(LOCAL_SETTINGS, facts["env"])
    else:
        app, address = stack.enter_context(start_app(facts["env"], port=options.port, echo=sys.stderr.write))
        children.append(app)
        facts = {"app": address, **facts}
        note = WITH_APP.format_map(facts)
    if options.json:
        print(json.dumps(facts), flush=True)
        print(note if options.no_app else "", file=sys.stderr, end="")
    else:
        print(describe(facts), note, "\nCtrl-C ends it.", sep="", flush=True)
    watch(children)


def overridden(env: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """`env` with `settings` in it; without orders where another catalog folder, which lacks it, is chosen."""
    folder = ROOT / settings.get("BRIDGE_CATALOG__FOLDER", SANDBOX_CATALOG)
    kept = env if (folder / "orders").is_dir() else {name: env[name] for name in env if not name.startswith(ORDERS)}
    return {**kept, **settings}


def describe(facts: Mapping[str, Any]) -> str:
    shown = [f"  {name:<18}{value}" for name, value in facts.items() if name != "env"]
    return "\n".join(["Ready.", "", *shown, ""])


def write_local_settings(file: Path, env: Mapping[str, str]) -> str:
    """Write the settings of `func start` unless the file is there; returns what to tell."""
    wanted = {"FUNCTIONS_WORKER_RUNTIME": "python", "AzureWebJobsStorage": "", **env}
    if not file.exists():
        file.write_text(json.dumps({"IsEncrypted": False, "Values": wanted}, indent=2) + "\n", "utf-8")
        return WRITTEN
    present = json.loads(file.read_text("utf-8-sig")).get("Values", {})
    names = [name for name, value in wanted.items() if present.get(name) != value]
    return STALE.format(count=len(names), names=", ".join(names)) if names else CURRENT


def watch(children: Sequence[Child]) -> None:
    """Until interrupted. Raises `ChildDied`."""
    while True:
        for child in children:
            child.check()
        time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
