"""The command line's entry. A command's module is imported only when that command is called.

Such a module offers `add(parser)`, which fills the command's parser and sets `run`: a function from the parsed
arguments to the exit status.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from collections.abc import Mapping, Sequence

from bridge import __version__

COMMANDS: Mapping[str, tuple[str, str]] = {
    "explain": ("tools.cli.explain", "say what is wrong with a token, a scope or an error message"),
    "check": ("tools.cli.check", "check the settings, Entra and every system"),
    "try": ("tools.cli.try_path", "sign in and walk the path from here, hop by hop"),
    "audiences": ("tools.cli.audiences", "which audience each client requests, from the settings"),
    "keys": ("tools.cli.keys", "make or inspect a signing certificate"),
    "connector": ("tools.cli.connector", "make or check the files of the custom connector"),
    "ledger": ("tools.cli.ledger", "pause writes, resume them, or forget a person"),
    "catalog": ("tools.cli.catalog", "list or check the operations"),
}

_DESCRIPTION = f"""\
The OBO-SAML bridge, for people who run it.

commands:
{"".join(f"  {name:<11}{purpose}{chr(10)}" for name, (_, purpose) in COMMANDS.items())}
Here and in all documents, `bridge` means `python3 dev.py bridge`, or
`python -m tools` inside .venv. Each command has its own help, with examples:

  bridge explain --help
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Exit status: the command's own; 2 for wrong usage, 130 after Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):  # a character that an old console can't show must not end the command
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    arguments = list(sys.argv[1:] if argv is None else argv)
    parsed = _parser(arguments).parse_args(arguments)
    try:
        status: int = parsed.run(parsed)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `| head` has seen enough; Python would complain again while closing
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bridge",
        usage="%(prog)s COMMAND [arguments]",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"obo-saml-bridge {__version__}")
    commands = parser.add_subparsers(required=True, prog=parser.prog, metavar="COMMAND", help=argparse.SUPPRESS)
    called = next((word for word in arguments if not word.startswith("-")), None)
    for name, (module, _) in COMMANDS.items():
        command = commands.add_parser(name, formatter_class=argparse.RawDescriptionHelpFormatter)
        if name == called:
            importlib.import_module(module).add(command)
    return parser
