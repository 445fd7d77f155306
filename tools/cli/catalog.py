"""`bridge catalog list`, `check` and `docs`: the operations, those of one's own folder included. Needs no settings."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from bridge.catalog import Catalog, Operation, load
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
    """Register `catalog` with its three commands."""
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
    about_docs = "docs/operations-catalog.md, on standard output"
    docs = commands.add_parser("docs", help=about_docs, description=f"Prints {about_docs}.")
    docs.set_defaults(run=run_docs)


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
    print(operations_catalog(load()), end="")
    return 0
