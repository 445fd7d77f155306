"""`bridge catalog`: list, check, needs, try and docs; your own folder included. Needs no settings."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bridge.catalog import Catalog, Operation, load
from bridge.catalog.problem import suggestion
from tools.cli import catalog_needs
from tools.cli.catalog_docs import calls, operations_catalog
from tools.cli.screen import Screen

WIDE = 118
WIDEST = 160
_GROUPS = {
    "read": "Reads",
    "write": "Writes",
    "sensitive": "Sensitive: closed unless opened by name, or by the word sensitive",
}


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `catalog` with its commands."""
    parser = subparsers.add_parser(
        "catalog",
        help="list or check the operations",
        description="The operations that the bridge offers, those of your own folder included. Needs no settings.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    listing = commands.add_parser(
        "list",
        help="what can be asked, and what it calls",
        description="Prints every operation with its route and, on a wide terminal, the call behind it.",
    )
    listing.add_argument(
        "folder", nargs="?", type=Path, metavar="FOLDER", help="your own folder beside the built-in one"
    )
    listing.set_defaults(run=run_list)
    checking = commands.add_parser(
        "check",
        help="all mistakes of your own folder",
        description="Checks a folder of your own systems and operations, as it would stand beside the built-in ones. "
        "One line a mistake: file, field, what is expected. Exit status: 0 none, 1 some.",
    )
    checking.add_argument("folder", type=Path, metavar="FOLDER")
    checking.set_defaults(run=run_check)
    _add_needs(commands)
    _add_try(commands)
    about_docs = "docs/operations-catalog.md, on standard output"
    docs = commands.add_parser("docs", help=about_docs, description=f"Prints {about_docs}.")
    docs.set_defaults(run=run_docs)


def _add_needs(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    needs = commands.add_parser(
        "needs",
        help="what the system's administrator has to grant",
        description="Prints what an administrator of the system has to grant for the operations that are open: "
        "functional area, domain with the kind of permission, business process with its initiating action, and "
        "security group. Names that no public source shows are marked.",
    )
    needs.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="your own folder beside the built-in one")
    needs.add_argument("--system", default="workday", help="default: workday")
    needs.add_argument(
        "--open",
        dest="words",
        metavar="WORDS",
        help="as in the OPERATIONS setting (default: that setting in this shell, else 'reads writes')",
    )
    form = needs.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="for a spreadsheet")
    form.add_argument("--markdown", action="store_true", help="for a page")
    needs.set_defaults(run=run_needs)


def _add_try(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    trying = commands.add_parser(
        "try",
        help="what an operation makes of a saved response",
        description="Shows what outputs and paging make of a response that you saved, without a call.",
    )
    trying.add_argument("operation", metavar="OPERATION")
    trying.add_argument(
        "--answer",
        type=Path,
        required=True,
        metavar="FILE",
        help="the body of the response, or all of it, as curl -i prints it",
    )
    trying.add_argument("--status", type=int, default=200, help="default: 200")
    trying.add_argument("--header", action="append", default=[], metavar="NAME:VALUE", help="a response header")
    trying.add_argument("--folder", type=Path, metavar="FOLDER", help="your own folder beside the built-in one")
    trying.set_defaults(run=run_try)


def run_needs(arguments: argparse.Namespace) -> int:
    """Print the work list. 2 if there is no such system."""
    catalog = load(arguments.folder)
    if arguments.system not in catalog.systems:
        print(f"bridge catalog needs: there is no system {arguments.system!r}", file=sys.stderr)
        return 2
    setting = os.environ.get(f"BRIDGE_SYSTEMS__{arguments.system.upper()}__OPERATIONS", "")
    words = (arguments.words or setting or catalog_needs.DEFAULT).split()
    table = catalog_needs.rows(catalog_needs.opened(catalog, arguments.system, words), catalog)
    if arguments.csv or arguments.markdown:
        print(catalog_needs.as_csv(table) if arguments.csv else catalog_needs.as_markdown(table), end="")
    else:
        catalog_needs.show(table, Screen.of(widest=WIDEST))
    return 0


def run_try(arguments: argparse.Namespace) -> int:
    """Print what an operation makes of a saved response. 2 if there is no such operation or file."""
    from tools.cli.catalog_try import try_answer

    catalog = load(arguments.folder)
    operation = catalog.operations.get(arguments.operation)
    if operation is None or not operation.service:
        near = suggestion(arguments.operation, catalog.operations)
        left_out = catalog.disabled.get(arguments.operation)
        why = f"is left out: {left_out}" if left_out else f"is no operation that calls a system{near}"
        print(f"bridge catalog try: {arguments.operation!r} {why}", file=sys.stderr)
        return 2
    headers = {name.strip().lower(): value.strip() for name, _, value in (h.partition(":") for h in arguments.header)}
    try:
        print(try_answer(operation, catalog, arguments.answer, arguments.status, headers))
    except OSError as error:
        print(f"bridge catalog try: {error}", file=sys.stderr)
        return 2
    return 0


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
    return _tell(catalog, screen)


def _print(group: Sequence[Operation], catalog: Catalog, screen: Screen) -> None:
    rows = [(one.id, f"{one.method} {one.path}", calls(one, catalog.systems[one.system])) for one in group]
    head = ("Operation", "Route", "Calls")
    columns = len(head) if screen.width >= WIDE else 2
    screen.table(head[:columns], [row[:columns] for row in rows])


def run_check(arguments: argparse.Namespace) -> int:
    """Print every mistake of a folder."""
    return _tell(load(arguments.folder), Screen.of(), own=arguments.folder)


def _tell(catalog: Catalog, screen: Screen, own: Path | None = None) -> int:
    for problem in catalog.problems:
        screen.marked("bad", str(problem), "plain")
    if own and not catalog.problems:
        count = sum(own in operation.file.parents for operation in catalog.operations.values())
        screen.marked("good", f"No mistakes in {own}; operations: {count}", "plain")
    return 1 if catalog.problems else 0


def run_docs(_: argparse.Namespace) -> int:
    """Print the page about the built-in operations."""
    print(operations_catalog(load(systems=("workday",))), end="")
    return 0
