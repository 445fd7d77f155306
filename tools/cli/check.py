"""`bridge check`: is everything set up? Here, or in the deployed app (`--url`); with a real user's token if wanted."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from tools.cli.screen import Mark, Screen

if TYPE_CHECKING:
    from bridge.check.run import Group

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


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `check`."""
    parser = subparsers.add_parser(
        "check",
        help="check the settings, Entra and every system",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--url", help="ask the deployed app, e.g. https://bridge.example")
    parser.add_argument("--key", help="its function key; better in the environment variable FUNCTION_KEY")
    parser.add_argument("--settings", type=Path, metavar="FILE", help="take the settings from a local.settings.json")
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
        print(f"bridge check: {error}", file=sys.stderr)
        return 2
    if arguments.json:
        print(json.dumps(report, indent=2))
    else:
        _show(report, Screen.of())
    return 0 if report.get("ok") is True else 1


def _local(arguments: argparse.Namespace) -> dict[str, object]:
    from bridge.base.http_client import Client
    from bridge.catalog import load
    from bridge.check.run import check, document
    from bridge.routes import catalog_folder

    env = environment(arguments.settings)
    if ca := env.get("REQUESTS_CA_BUNDLE"):
        os.environ["REQUESTS_CA_BUNDLE"] = ca  # requests reads it there: a file of settings may name the sandbox's
    catalog = load(catalog_folder(env))
    with closing(Client()) as client:
        groups: list[Group] = check(env, catalog, client)
        if arguments.live and not any(line.code == "settings" and line.state == "failed" for line in groups[0].lines):
            from tools.cli.live import walk

            groups += walk(_token(arguments.live), env, catalog, client)
    return document(groups)


def environment(file: Path | None) -> Mapping[str, str]:
    """This shell's environment, and over it the Values of a local.settings.json. Raises ValueError."""
    if file is None:
        return os.environ
    try:
        values = json.loads(file.read_text(encoding="utf-8-sig"))["Values"]
    except (OSError, ValueError, KeyError, TypeError):
        raise ValueError(f"{file} is no local.settings.json with Values") from None
    return {**os.environ, **{str(name): str(value) for name, value in values.items()}}


def _remote(arguments: argparse.Namespace) -> dict[str, object]:
    from tools.cli.live import ask_deployed, probe_deployed

    key = (arguments.key or os.environ.get("FUNCTION_KEY", "")).strip()
    report = ask_deployed(arguments.url, key)
    return probe_deployed(arguments.url, _token(arguments.live), report) if arguments.live else report


def _token(argument: str) -> str:
    token = sys.stdin.readline() if argument == "-" else argument
    return token.strip().removeprefix("Bearer ").strip()


def _show(report: Mapping[str, object], screen: Screen) -> None:
    counts = dict.fromkeys(_MARKS, 0)
    for group in _items(report.get("groups")):
        screen.heading(str(group.get("name")))
        for line in _items(group.get("lines")):
            state = str(line.get("state"))
            counts[state] = counts.get(state, 0) + 1
            _show_line(line, state, screen)
    reported = (
        ("failed", "failed"),
        ("warning", "with a warning"),
        ("manual", "to look at by hand"),
        ("ok", "as they should be"),
    )
    screen.line()
    screen.line((" · ".join(f"{counts[state]} {words}" for state, words in reported if counts.get(state)), "bold"))


def _show_line(line: Mapping[str, object], state: str, screen: Screen) -> None:
    screen.marked(_MARKS.get(state, "note"), str(line.get("title")), "plain")
    fix = line.get("fix")
    if isinstance(fix, list) and state != "ok":
        for step in fix:
            screen.text(str(step), indent=4, style="dim")
    if line.get("az"):
        screen.line("    ", (str(line["az"]), "cyan"))


def _items(value: object) -> Sequence[Mapping[str, object]]:
    """What came over the network is not taken on trust."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
