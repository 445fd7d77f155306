"""`bridge connector lint` and `bridge connector diff`: check and compare connector files, without a network."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from tools.cli.parsers import Commands, add_command
from tools.cli.screen import Mark, Screen, Style
from tools.lint.connector import lint
from tools.lint.diff import changes
from tools.lint.document import Document
from tools.lint.report import PLACES_SHOWN, Report
from tools.lint.rule import Severity

_ABOUT_LINT = """\
Checks apiDefinition.swagger.json and apiProperties.json offline, of this bridge or
of any other connector: a file, both files, or the folder that pac connector
download or paconn download wrote. Without --certify: will the connector import,
and keep all its operations in an agent? With it: will Microsoft certify it?
Exit status: 0 no errors, 1 errors, 2 nothing could be read.

example:
  bridge connector lint connector
"""
_ABOUT_DIFF = """\
Prints what changes from one definition to another, and what that breaks in
agents and flows that use it. Exit status: 0 nothing breaks, 1 something does,
2 a file cannot be read.

example:
  bridge connector diff old/apiDefinition.swagger.json apiDefinition.swagger.json
"""
_MARKS: Mapping[str, tuple[Mark, Style]] = {
    "error": ("bad", "red"),
    "warning": ("warning", "yellow"),
    "notice": ("note", "dim"),
}


def add(commands: Commands) -> None:
    """Add the two commands."""
    checking = add_command(commands, "lint", run_lint, "check connector files offline", _ABOUT_LINT)
    checking.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file, or the folder of a connector")
    checking.add_argument("--certify", action="store_true", help="add the rules of Microsoft's certification")
    checking.add_argument("--all", action="store_true", help="list every place, notices included")
    form = checking.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object")
    form.add_argument("--sarif", action="store_true", help="SARIF 2.1.0, for a pull request")
    comparing = add_command(commands, "diff", run_diff, "show what a new definition breaks", _ABOUT_DIFF)
    comparing.add_argument("old", type=Path, metavar="OLD", help="the definition in use, or its folder")
    comparing.add_argument("new", type=Path, metavar="NEW", help="the definition that replaces it, or its folder")
    comparing.add_argument("--json", action="store_true", help="one JSON object")


def run_lint(arguments: argparse.Namespace) -> int:
    """Print a report. 2 only if nothing could be read; a file that cannot be read is reported in any case."""
    result, connectors, errors = lint(arguments.paths)
    report = Report(result, connectors, arguments.certify)
    for error in errors:
        _cannot(error)
    if not report.files:
        if not errors:
            Screen.of(sys.stderr).line("There is no connector file: no definition and no apiProperties.json.")
        return 2
    if arguments.json or arguments.sarif:
        print(json.dumps(report.to_json() if arguments.json else report.to_sarif(), indent=2))
    else:
        _show(report, Screen.of(), everything=arguments.all)
    return 2 if errors and len(errors) >= len(arguments.paths) else report.exit_status


def _show(report: Report, screen: Screen, *, everything: bool) -> None:
    for level in Severity:
        if report.total(level):
            _show_level(report, screen, level, everything=everything)
    screen.line("")
    for note in report.notes:
        screen.line(note)
    screen.line((report.summary(), "red" if report.exit_status else "green"))


def _show_level(report: Report, screen: Screen, level: Severity, *, everything: bool) -> None:
    _, style = _MARKS[level]
    is_brief = level == "notice" and not everything
    screen.heading(f"{level.capitalize()}s: {report.total(level):,}{' (--all lists them)' if is_brief else ''}")
    for rule, count, findings in report.by_rule(level):
        screen.line((level, style), f" {rule.name} ({count:,}): {rule.fix}")
        shown = [] if is_brief else findings if everything else findings[:PLACES_SHOWN]
        for finding in shown:
            place = f"{finding.file}:{report.line(finding)}: {finding.place or '/'}"
            screen.line(f"  {place}{' ' if finding.found else ''}{finding.found}")
        if shown and count > len(shown):
            screen.line((f"  and {count - len(shown):,} more", "dim"))


def run_diff(arguments: argparse.Namespace) -> int:
    """Print the changes, breaking ones first."""
    old, new = _definition(arguments.old), _definition(arguments.new)
    if old is None or new is None:
        return 2
    found = changes(old, new)
    breaks = any(change.severity is Severity.ERROR for change in found)
    if arguments.json:
        rows = [{name: getattr(change, name) for name in ("severity", "kind", "where", "message")} for change in found]
        print(json.dumps({"changes": rows, "breaks": breaks}, indent=2))
        return int(breaks)
    screen = Screen.of()
    for change in found:
        mark, style = _MARKS[change.severity]
        screen.marked(mark, f"{change.where}: {change.message} ({change.kind})", style)
    screen.line((_verdict(len(found), breaks), "red" if breaks else "green"))
    return int(breaks)


def _verdict(count: int, breaks: bool) -> str:
    if not count:
        return "Nothing changes."
    return "This breaks agents or flows that use the connector." if breaks else "Nothing breaks."


def _definition(path: Path) -> Document | None:
    _, connectors, errors = lint([path])
    for error in errors:
        _cannot(error)
    found = [connector.definition for connector in connectors if connector.definition]
    if len(found) != 1 and not errors:
        Screen.of(sys.stderr).line(f"{path}: expected one definition, found {len(found)}.")
    return found[0] if len(found) == 1 else None


def _cannot(error: OSError) -> None:
    Screen.of(sys.stderr).line(f"{error.filename}: {error.strerror}")
