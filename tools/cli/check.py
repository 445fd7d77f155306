"""`bridge check`: is everything set up? Here, or in the deployed app (`--url`); with a real user's token if wanted."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import closing

from bridge.base.http_client import Client
from bridge.catalog import load
from bridge.check.run import Group, check, document
from bridge.routes import catalog_folder
from tools.cli.live import ask_deployed, objects, probe_deployed, walk
from tools.cli.own_settings import add_option, environment
from tools.cli.screen import Mark, Screen, refuse

_DESCRIPTION = """\
Checks the settings, Entra and every system, line by line, with the fix.
Without --url it checks from here, with the settings of this shell. The deployed
app sees more (Key Vault references, the managed identity): ask it with --url.
"""
_EPILOG = """\
Exit status: 0 nothing failed (warnings allowed), 1 something failed, 2 wrong
usage.

examples:
  bridge check --settings local.settings.json
  FUNCTION_KEY=… bridge check --url https://bridge.example
  bridge check --settings local.settings.json --live - < token.txt
"""
_MARKS: Mapping[str, Mark] = {"ok": "good", "warning": "warning", "failed": "bad", "manual": "note"}
_COUNTED = {
    "failed": "failed",
    "warning": "with a warning",
    "manual": "to look at by hand",
    "ok": "as they should be",
}


def add(parser: argparse.ArgumentParser) -> None:
    """Fill the parser of `check`."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument("--url", help="ask the deployed app, e.g. https://bridge.example")
    parser.add_argument("--key", help="its function key; better in the environment variable FUNCTION_KEY")
    add_option(parser)
    parser.add_argument(
        "--live",
        metavar="TOKEN",
        help="walk each path with a user's token, - from standard input; with --url, BRIDGE_PROBE must be on there",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check, print, and give the exit status."""
    try:
        report = _remote(arguments) if arguments.url else _local(arguments)
    except ValueError as error:
        return refuse(f"bridge check: {error}")
    if arguments.json:
        print(json.dumps(report, indent=2))
    else:
        _show(report, Screen.of())
    return 0 if report.get("ok") is True else 1


def _local(arguments: argparse.Namespace) -> dict[str, object]:
    env = environment(arguments.settings)
    catalog = load(catalog_folder(env))
    with closing(Client()) as client:
        groups: list[Group] = check(env, catalog, client)
        if arguments.live and not any(line.code == "settings" and line.state == "failed" for line in groups[0].lines):
            groups += walk(_token(arguments.live), env, catalog, client)
    return document(groups)


def _remote(arguments: argparse.Namespace) -> dict[str, object]:
    key = (arguments.key or os.environ.get("FUNCTION_KEY", "")).strip()
    report = ask_deployed(arguments.url, key)
    return probe_deployed(arguments.url, _token(arguments.live), report) if arguments.live else report


def _token(argument: str) -> str:
    token = sys.stdin.readline() if argument == "-" else argument
    return token.strip().removeprefix("Bearer ").strip()


def _show(report: Mapping[str, object], screen: Screen) -> None:
    counts: Counter[str] = Counter()
    for group in objects(report.get("groups")):
        screen.heading(str(group.get("name")))
        for line in objects(group.get("lines")):
            state = str(line.get("state"))
            counts[state] += 1
            _show_line(line, state, screen)
    screen.line()
    screen.line((" · ".join(f"{counts[state]} {words}" for state, words in _COUNTED.items() if counts[state]), "bold"))


def _show_line(line: Mapping[str, object], state: str, screen: Screen) -> None:
    screen.marked(_MARKS.get(state, "note"), str(line.get("title")), "plain")
    fix = line.get("fix")
    if isinstance(fix, list) and state != "ok":
        for step in fix:
            screen.text(str(step), indent=4, style="dim")
    if line.get("az"):
        screen.line("    ", (str(line["az"]), "cyan"))
