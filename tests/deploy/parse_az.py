"""Asks the real azure-cli whether it takes these command lines. Runs in azure-cli's own Python, without network
and without extensions (an empty AZURE_CONFIG_DIR sees to that).

Standard input: a JSON list of argument lists. Standard output: a JSON list, for each what is wrong or nothing.
"""

import contextlib
import io
import json
import sys
from functools import cache
from itertools import takewhile

from azure.cli.core import AzCommandsLoader
from azure.cli.core.commands import AzCliCommandInvoker, events
from azure.cli.core.mock import DummyCli
from knack.events import (
    EVENT_INVOKER_POST_CMD_TBL_CREATE,
    EVENT_INVOKER_POST_PARSE_ARGS,
)
from knack.util import CLIError


def main() -> None:
    """Parses each. A command's parser is built once, with only the modules that it needs."""
    json.dump([parse(argv) for argv in json.load(sys.stdin)], sys.stdout)


@cache
def prepared(words: tuple[str, ...]) -> tuple[DummyCli, AzCliCommandInvoker] | None:
    """The CLI with the parser for the command that these words begin with; None if there is none."""
    cli = DummyCli()
    invoker = cli.invocation_cls(
        cli_ctx=cli,
        parser_cls=cli.parser_cls,
        commands_loader_cls=cli.commands_loader_cls,
        help_cls=cli.help_cls,
    )
    cli.invocation = invoker
    loader: AzCommandsLoader = invoker.commands_loader
    loader.load_command_table([*words])
    command = invoker._rudimentary_get_command([*words])
    if command not in loader.command_table:
        return None
    invoker.data["command_string"] = command
    loader.command_name = command
    loader.command_table = {command: loader.command_table[command]}
    cli.raise_event(events.EVENT_INVOKER_PRE_LOAD_ARGUMENTS, commands_loader=loader)
    loader.load_arguments(command)
    cli.raise_event(events.EVENT_INVOKER_POST_LOAD_ARGUMENTS, commands_loader=loader)
    cli.raise_event(EVENT_INVOKER_POST_CMD_TBL_CREATE, commands_loader=loader)
    invoker.parser.cli_ctx = cli
    invoker.parser.load_command_table(loader)
    return cli, invoker


def parse(argv: list[str]) -> str:
    """What the parser says against it, or nothing."""
    found = prepared(tuple(takewhile(lambda word: not word.startswith("-"), argv)))
    if found is None:
        return "no such command"
    cli, invoker = found
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            parsed = invoker.parser.parse_args(argv)
            cli.raise_event(EVENT_INVOKER_POST_PARSE_ARGS, command=parsed.command, args=parsed)  # --ids or the names
    except SystemExit:
        return said.getvalue().partition("\n")[0] or "refused"
    except CLIError as error:
        return str(error)
    return ""


main()
