"""`bridge catalog`: lists, checks and tries the operations, those of your own folder included. Needs no settings."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bridge.catalog import Catalog, Operation, load
from bridge.catalog.problem import suggestion
from tools.cli import catalog_needs
from tools.cli.catalog_docs import calls, operations_catalog
from tools.cli.catalog_try import try_answer
from tools.cli.parsers import Commands, add_command, add_commands
from tools.cli.screen import Screen, refuse

WIDE = 118
WIDEST = 160
_GROUPS = {
    "read": "Reads",
    "write": "Writes",
    "sensitive": "Sensitive: closed unless opened by name, or by the word sensitive",
}
_ABOUT_LIST = """\
Prints every operation with its route and, on a wide terminal, its call.
"""
_ABOUT_CHECK = """\
Checks a folder of your own systems and operations together with the built-in
ones. Each mistake is a line: file, field, what is expected.
Exit status: 0 none, 1 some.
"""
_ABOUT_NEEDS = """\
Prints what an administrator of the system has to grant for the operations that
are open: functional area, domain with the kind of permission, business process
with its initiating action, and security group. Names that no public source
shows are marked.
"""
_ABOUT_TRY = """\
Shows what an operation returns, with its outputs and paging, for a response
that you saved. Nothing is called.
"""
_FOLDER: Any = {"type": Path, "metavar": "FOLDER", "help": "your own folder beside the built-in one"}


def add(parser: argparse.ArgumentParser) -> None:
    """Fill the parser of `catalog` with its commands."""
    parser.description = "The operations that the bridge offers, those of your own folder included.\nNeeds no settings."
    commands = add_commands(parser)
    listing = add_command(commands, "list", run_list, "every operation, and what it calls", _ABOUT_LIST)
    listing.add_argument("folder", nargs="?", **_FOLDER)
    checking = add_command(commands, "check", run_check, "all mistakes of your own folder", _ABOUT_CHECK)
    checking.add_argument("folder", **_FOLDER)
    _add_needs(commands)
    _add_try(commands)
    add_command(commands, "docs", run_docs, "print docs/operations-catalog.md")


def _add_needs(commands: Commands) -> None:
    needs = add_command(commands, "needs", run_needs, "what the system's administrator has to grant", _ABOUT_NEEDS)
    needs.add_argument("folder", nargs="?", **_FOLDER)
    needs.add_argument("--system", metavar="NAME", default="workday", help="default: workday")
    words = "as in the OPERATIONS setting (default: that setting in this shell, else 'reads writes')"
    needs.add_argument("--open", dest="words", metavar="WORDS", help=words)
    form = needs.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="for a spreadsheet")
    form.add_argument("--markdown", action="store_true", help="for a page")


def _add_try(commands: Commands) -> None:
    trying = add_command(commands, "try", run_try, "what an operation returns for a saved response", _ABOUT_TRY)
    trying.add_argument("operation", metavar="OPERATION")
    saved = "the body of the response, or all of it, as curl -i prints it"
    trying.add_argument("--answer", type=Path, required=True, metavar="FILE", help=saved)
    trying.add_argument("--status", type=int, default=200, help="default: 200")
    trying.add_argument("--header", action="append", default=[], metavar="NAME:VALUE", help="a response header")
    trying.add_argument("--folder", **_FOLDER)


def run_needs(arguments: argparse.Namespace) -> int:
    """Print what has to be granted. 1 if the folder has mistakes, 2 if there is no such system."""
    catalog = load(arguments.folder)
    if arguments.system not in catalog.systems:
        return refuse(f"bridge catalog needs: there is no system '{arguments.system}': {', '.join(catalog.systems)}")
    setting = os.environ.get(f"BRIDGE_SYSTEMS__{arguments.system.upper()}__OPERATIONS", "")
    words = (arguments.words or setting or catalog_needs.DEFAULT).split()
    table = catalog_needs.rows(catalog_needs.opened(catalog, arguments.system, words), catalog)
    if arguments.csv or arguments.markdown:
        print(catalog_needs.as_csv(table) if arguments.csv else catalog_needs.as_markdown(table), end="")
    else:
        catalog_needs.show(table, Screen.of(widest=WIDEST))
    return _show_problems(catalog, Screen.of(sys.stderr))


def run_try(arguments: argparse.Namespace) -> int:
    """Print what an operation returns for a saved response. 2 if there is no such operation or file."""
    catalog = load(arguments.folder)
    operation = catalog.operations.get(arguments.operation)
    if operation is None or not operation.service:
        return refuse(f"bridge catalog try: {_why_not(arguments.operation, catalog)}")
    headers = {name.strip().lower(): value.strip() for name, _, value in (h.partition(":") for h in arguments.header)}
    try:
        print(try_answer(operation, catalog, arguments.answer, arguments.status, headers))
    except OSError as error:
        return refuse(f"bridge catalog try: {arguments.answer}: {error.strerror}")
    return 0


def _why_not(name: str, catalog: Catalog) -> str:
    if left_out := catalog.disabled.get(name):
        return f"'{name}' is left out: {left_out}"
    if name in catalog.operations:
        return f"'{name}' is answered from a list, and calls no system"
    return f"'{name}' is not an operation{suggestion(name, catalog.operations)}"


def run_list(arguments: argparse.Namespace) -> int:
    """Print the operations, grouped. 1 if the folder has mistakes: its broken files are left out."""
    catalog = load(arguments.folder)
    screen = Screen.of(widest=WIDEST)
    for system in catalog.systems.values():
        screen.heading(f"{system.title} (routes start with /api/{system.name})")
        mine = [one for one in catalog.operations.values() if one.system == system.name]
        for word, title in _GROUPS.items():
            group = [one for one in mine if ("sensitive" if one.sensitive else one.kind) == word]
            if group:
                screen.heading(f"{title} ({len(group)})")
                _print(group, catalog, screen)
    return _show_problems(catalog, screen)


def _print(group: Sequence[Operation], catalog: Catalog, screen: Screen) -> None:
    rows = [(one.id, f"{one.method} {one.path}", calls(one, catalog.systems[one.system])) for one in group]
    head = ("Operation", "Route", "Calls")
    columns = len(head) if screen.width >= WIDE else 2
    screen.table(head[:columns], [row[:columns] for row in rows])


def run_check(arguments: argparse.Namespace) -> int:
    """Print every mistake of a folder."""
    catalog, screen, own = load(arguments.folder), Screen.of(), arguments.folder
    if not catalog.problems:
        count = sum(own in operation.file.parents for operation in catalog.operations.values())
        screen.marked("good", f"No mistakes in {own}; operations: {count}", "plain")
    return _show_problems(catalog, screen)


def _show_problems(catalog: Catalog, screen: Screen) -> int:
    for problem in catalog.problems:
        screen.marked("bad", str(problem), "plain")
    return 1 if catalog.problems else 0


def run_docs(_: argparse.Namespace) -> int:
    """Print the page about the built-in operations."""
    print(operations_catalog(load(systems=("workday",))), end="")
    return 0
