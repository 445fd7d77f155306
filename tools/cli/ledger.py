"""`bridge ledger`: pause writes without a restart, resume them, forget a person. With your own sign-in (`az login`)."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing

from bridge.base.deadline import Deadline
from bridge.base.http_client import Client
from bridge.clouds import CLOUDS
from bridge.errors import BridgeError
from bridge.ledger import Digests, Ledger
from bridge.ledger.azure_table import RESOURCE, AzureTable
from bridge.ledger.pause import Pause, end_pause, pauses, set_pause
from bridge.ledger.table import TableUnavailable
from bridge.settings.ledger import is_table

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


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    ledger = subparsers.add_parser(
        "ledger",
        help="pause writes, resume them, or forget a person",
        description="The write ledger of a deployed bridge.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = ledger.add_subparsers(required=True, metavar="ACTION", title="actions")
    pause = _action(actions, "pause", "stop writes: of everybody, at one system, or of one person", _pause)
    pause.add_argument("--for", type=_minutes, metavar="MINUTES", dest="minutes", help="default: until resumed")
    resume = _action(actions, "resume", "end the pause that was set with the same --system and --user", _resume)
    for parser in (pause, resume):
        parser.add_argument("--system", type=_system, metavar="NAME", help="the system's name, as in its settings")
        parser.add_argument("--user", type=_object_id, metavar="OID", help="the person's object id in Entra")
    forget = _action(actions, "forget", "delete everything that the ledger keeps about one person", _forget)
    forget.add_argument("--user", type=_object_id, metavar="OID", required=True, help="the person's object id in Entra")
    forget.add_argument(
        "--tenant", metavar="GUID", default=os.environ.get("BRIDGE_ENTRA__TENANT_ID"), help="their tenant's id"
    )


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    purpose: str,
    work: Callable[[argparse.Namespace, AzureTable], int],
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}.")
    parser.add_argument(
        "--table",
        type=_table_url,
        metavar="URL",
        default=os.environ.get("BRIDGE_LEDGER__TABLE_URL"),
        help="the ledger's table; default: BRIDGE_LEDGER__TABLE_URL",
    )
    parser.set_defaults(run=lambda arguments: _with_table(arguments, work))
    return parser


def _minutes(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= A_WEEK):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of minutes from 1 to {A_WEEK}, a week")
    return int(text)


def _table_url(text: str) -> str:
    """The token of whoever is signed in goes there."""
    url = text.rstrip("/")
    if not any(is_table(url, cloud, loopback=True) for cloud in CLOUDS.values()):
        raise argparse.ArgumentTypeError(f"{text!r} is not https://ACCOUNT.table.core.windows.net/TABLE")
    return url


def _object_id(text: str) -> str:
    return _valid(text, lambda: Pause(user=text))


def _system(text: str) -> str:
    return _valid(text, lambda: Pause(system=text))


def _valid(text: str, use: Callable[[], object]) -> str:
    try:
        use()
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _with_table(arguments: argparse.Namespace, work: Callable[[argparse.Namespace, AzureTable], int]) -> int:
    """Exit status 0 if it was done, 1 if not, 2 for wrong usage."""
    if not arguments.table:
        print("bridge ledger: give the table's URL with --table or BRIDGE_LEDGER__TABLE_URL", file=sys.stderr)
        return 2
    try:
        token = access_token()
        with closing(Client()) as client:
            return work(arguments, AzureTable(arguments.table, client, lambda _: token))
    except ValueError as error:
        print(f"bridge ledger: {error}", file=sys.stderr)
        return 2
    except TableUnavailable as error:
        print(f"bridge ledger: the table cannot be reached ({error}). Nothing is certain; try again.", file=sys.stderr)
    except BridgeError as error:
        print(f"bridge ledger: {error.operator or error.detail}", file=sys.stderr)
    return 1


def access_token() -> str:
    """A token for storage, of whoever is signed in to the Azure CLI. Raises ValueError."""
    az = shutil.which("az")
    if az is None:
        raise ValueError("the Azure CLI (az) is not installed; it gives the access token")
    command = [az, "account", "get-access-token", "--resource", RESOURCE, "--query", "accessToken", "--output", "tsv"]
    done = subprocess.run(command, check=False, capture_output=True, encoding="utf-8", errors="replace")  # noqa: S603
    token = done.stdout.strip()
    if done.returncode or not token:
        raise ValueError("the Azure CLI gives no token: run az login")
    return token


def _pause(arguments: argparse.Namespace, table: AzureTable) -> int:
    _, now = pauses(table, Deadline(SECONDS))
    until = now + arguments.minutes * 60 if arguments.minutes else None
    set_pause(table, Pause(arguments.system, arguments.user, until), Deadline(SECONDS))
    return _show(table)


def _resume(arguments: argparse.Namespace, table: AzureTable) -> int:
    there = end_pause(table, Pause(arguments.system, arguments.user), Deadline(SECONDS))
    if not there:
        print("There was no such pause: give the same --system and --user as it was set with.")
    return _show(table) if there else _show(table) or 1


def _show(table: AzureTable) -> int:
    found, _ = pauses(table, Deadline(SECONDS))
    print("\n".join(f"Paused: {pause}" for pause in found) or "Nothing is paused.")
    return 0


def _forget(arguments: argparse.Namespace, table: AzureTable) -> int:
    key = os.environ.get("BRIDGE_LEDGER__KEY", "")
    if not key or not arguments.tenant:
        raise ValueError("forget needs --tenant, and the ledger's key in BRIDGE_LEDGER__KEY (docs/operations.md)")
    partition = Digests(key.encode()).partition(arguments.tenant, arguments.user)
    count = Ledger(table).forget(partition, Deadline(SECONDS))
    end_pause(table, Pause(user=arguments.user), Deadline(SECONDS))
    print(f"Deleted what the ledger kept about this person: {count} row{'s' * (count != 1)}.")
    return 0
