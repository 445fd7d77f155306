"""Parsers of commands that have commands of their own."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_commands(parser: argparse.ArgumentParser) -> Commands:
    """A list of commands, one of which must be called."""
    return parser.add_subparsers(required=True, metavar="COMMAND", title="commands")


def add_command(
    commands: Commands, name: str, run: Callable[[argparse.Namespace], int], about: str, description: str = ""
) -> argparse.ArgumentParser:
    """One of them. `run` returns the exit status. `description` is wrapped by hand; without one, `about` serves."""
    parser = commands.add_parser(
        name,
        help=about,
        description=description or f"{about[0].upper()}{about[1:]}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser
