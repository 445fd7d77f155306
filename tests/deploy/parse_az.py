"""Asks the real azure-cli whether it takes these command lines. Runs in azure-cli's own Python, without network
and without extensions (an empty AZURE_CONFIG_DIR sees to that).

Standard input: a JSON list of argument lists. Standard output: a JSON list of what is wrong, empty if nothing is.
"""

import contextlib
import io
import json
import sys

from azure.cli.core import AzCommandsLoader
from azure.cli.core.commands import events
from azure.cli.core.mock import DummyCli
from knack.events import (
    EVENT_INVOKER_POST_CMD_TBL_CREATE,
    EVENT_INVOKER_POST_PARSE_ARGS,
)
from knack.util import CLIError


def main() -> None:
    """Parses each, loading only the modules that it needs."""
    problems = []
    for argv in json.load(sys.stdin):
        if problem := parse(argv):
            problems.append(f"az {' '.join(argv)}: {problem}")
    json.dump(problems, sys.stdout)


def parse(argv: list[str]) -> str:
    """What the parser says against it, or nothing."""
    cli = DummyCli()
    invoker = cli.invocation_cls(
        cli_ctx=cli,
        parser_cls=cli.parser_cls,
        commands_loader_cls=cli.commands_loader_cls,
        help_cls=cli.help_cls,
    )
    cli.invocation = invoker
    loader: AzCommandsLoader = invoker.commands_loader
    loader.load_command_table(argv)
    command = invoker._rudimentary_get_command(argv)
    if command not in loader.command_table:
        return "no such command"
    invoker.data["command_string"] = command
    loader.command_name = command
    loader.command_table = {command: loader.command_table[command]}
    cli.raise_event(events.EVENT_INVOKER_PRE_LOAD_ARGUMENTS, commands_loader=loader)
    loader.load_arguments(command)
    cli.raise_event(events.EVENT_INVOKER_POST_LOAD_ARGUMENTS, commands_loader=loader)
    cli.raise_event(EVENT_INVOKER_POST_CMD_TBL_CREATE, commands_loader=loader)
    invoker.parser.cli_ctx = cli
    invoker.parser.load_command_table(loader)
    told = io.StringIO()
    try:
        with contextlib.redirect_stderr(told):
            parsed = invoker.parser.parse_args(argv)
            cli.raise_event(EVENT_INVOKER_POST_PARSE_ARGS, command=parsed.command, args=parsed)  # --ids or the names
    except SystemExit:
        return told.getvalue().partition("\n")[0] or "refused"
    except CLIError as error:
        return str(error)
    return ""


main()
