"""`bridge ledger`: pauses writes without a restart, resumes them, forgets a person; signed in by `az login`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from contextlib import closing
from typing import Any

from bridge.base.deadline import Deadline
from bridge.base.http_client import Client
from bridge.clouds import CLOUDS
from bridge.errors import BridgeError
from bridge.ledger import Digests, Ledger
from bridge.ledger.azure_table import RESOURCE, AzureTable
from bridge.ledger.pause import Pause, end_pause, pauses, set_pause
from bridge.ledger.table import TableUnavailable
from bridge.settings.ledger import is_table
from tools.cli.az import az
from tools.cli.parsers import Commands, add_command, add_commands
from tools.cli.screen import refuse

SECONDS = 30
A_WEEK = 7 * 24 * 60
_EPILOG = """\
The table's URL comes from --table or from BRIDGE_LEDGER__TABLE_URL, the access
token from the Azure CLI. Your account needs the role Storage Table Data
Contributor on the table, and a way through the storage account's network rules.

A pause holds within 15 seconds in every instance. Writes then get 503
writes_paused before anything is sent; reads go on.

examples:
  bridge ledger pause --for 15
  bridge ledger pause --system workday
  bridge ledger pause --user 0a1b2c3d-3333-4444-8555-666677778888
  bridge ledger resume
  BRIDGE_LEDGER__KEY=… bridge ledger forget --user 0a1b2c3d-3333-4444-8555-666677778888
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Fill the parser of `ledger`."""
    parser.description, parser.epilog = "The write ledger of a deployed bridge.", _EPILOG
    commands = add_commands(parser)
    pause = _add(commands, "pause", "stop writes: of everybody, at one system, or of one person", _pause)
    pause.add_argument("--for", type=_minutes, metavar="MINUTES", dest="minutes", help="default: until resumed")
    resume = _add(commands, "resume", "end the pause that was set with the same --system and --user", _resume)
    for one in (pause, resume):
        one.add_argument("--system", type=_system, metavar="NAME", help="the system's name, as in its settings")
        one.add_argument("--user", type=_object_id, metavar="OID", help="the person's object id in Entra")
    forget = _add(commands, "forget", "delete everything that the ledger keeps about one person", _forget)
    forget.add_argument("--user", type=_object_id, metavar="OID", required=True, help="the person's object id in Entra")
    forget.add_argument(
        "--tenant", metavar="GUID", default=os.environ.get("BRIDGE_ENTRA__TENANT_ID"), help="their tenant's id"
    )


def _add(
    commands: Commands, name: str, about: str, work: Callable[[argparse.Namespace, AzureTable], int]
) -> argparse.ArgumentParser:
    parser = add_command(commands, name, lambda arguments: _with_table(arguments, work), about)
    url, about_table = (
        os.environ.get("BRIDGE_LEDGER__TABLE_URL"),
        "the ledger's table (default: BRIDGE_LEDGER__TABLE_URL)",
    )
    parser.add_argument("--table", type=_table_url, metavar="URL", default=url, help=about_table)
    return parser


def _minutes(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= A_WEEK):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of minutes from 1 to {A_WEEK}, a week")
    return int(text)


def _table_url(text: str) -> str:
    """A table of Azure, and no other address: the operator's token is sent there."""
    url = text.rstrip("/")
    if not any(is_table(url, cloud, loopback=True) for cloud in CLOUDS.values()):
        raise argparse.ArgumentTypeError(f"{text!r} is not https://ACCOUNT.table.core.windows.net/TABLE")
    return url


def _object_id(text: str) -> str:
    return _valid(text, user=text)


def _system(text: str) -> str:
    return _valid(text, system=text)


def _valid(text: str, **pause: Any) -> str:
    try:
        Pause(**pause)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _with_table(arguments: argparse.Namespace, work: Callable[[argparse.Namespace, AzureTable], int]) -> int:
    """Exit status 0 if it was done, 1 if not, 2 for wrong usage."""
    if not arguments.table:
        return refuse("bridge ledger: give the table's URL with --table or BRIDGE_LEDGER__TABLE_URL")
    try:
        token = az("account", "get-access-token", "--resource", RESOURCE, "--query", "accessToken")
        with closing(Client()) as client:
            return work(arguments, AzureTable(arguments.table, client, lambda _: token))
    except ValueError as error:
        return refuse(f"bridge ledger: {error}")
    except TableUnavailable as error:
        refuse(f"bridge ledger: the table cannot be reached ({error}). Whether it changed is unknown; try again.")
    except BridgeError as error:
        refuse(f"bridge ledger: {error.operator or error.detail}")
    return 1


def _pause(arguments: argparse.Namespace, table: AzureTable) -> int:
    _, now = pauses(table, Deadline(SECONDS))
    until = now + arguments.minutes * 60 if arguments.minutes else None
    set_pause(table, Pause(arguments.system, arguments.user, until), Deadline(SECONDS))
    _show(table)
    return 0


def _resume(arguments: argparse.Namespace, table: AzureTable) -> int:
    existed = end_pause(table, Pause(arguments.system, arguments.user), Deadline(SECONDS))
    if not existed:
        print("There was no such pause: give the same --system and --user as it was set with.")
    _show(table)
    return 0 if existed else 1


def _show(table: AzureTable) -> None:
    found, _ = pauses(table, Deadline(SECONDS))
    print("\n".join(f"Paused: {pause}" for pause in found) or "Nothing is paused.")


def _forget(arguments: argparse.Namespace, table: AzureTable) -> int:
    key = os.environ.get("BRIDGE_LEDGER__KEY", "")
    if not key or not arguments.tenant:
        raise ValueError("forget needs --tenant, and the ledger's key in BRIDGE_LEDGER__KEY (docs/operations.md)")
    partition = Digests(key.encode()).partition(arguments.tenant, arguments.user)
    count = Ledger(table).forget(partition, Deadline(SECONDS))
    end_pause(table, Pause(user=arguments.user), Deadline(SECONDS))
    print(f"Deleted what the ledger kept about this person: {count} row{'s' * (count != 1)}.")
    return 0
