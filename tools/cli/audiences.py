"""`bridge audiences`: which audience each client requests, and which `aud` arrives where, from the settings."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from bridge.errors import Misconfigured
from bridge.mcp.authorization import scope
from bridge.settings import EntraSettings, Settings, SettingsError, SystemSettings
from tools.cli.markdown import markdown_table
from tools.cli.own_settings import add_option, environment, load, refuse_settings
from tools.cli.screen import refuse

_DESCRIPTION = """\
Prints a table in Markdown, from the settings: which client requests what from
Entra, which audience then arrives, and where. The command makes no call, and
the table holds no secret.
"""
_EPILOG = """\
Exit status: 0, or 2 for settings with mistakes.

examples:
  bridge audiences --settings local.settings.json
  bridge audiences --settings local.settings.json --json
"""
APIHUB = "https://apihub.azure.com"
_OF_AN_APP = re.compile(r"api://([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})")
_VERSIONS = "An API whose tokens have version 2 receives its client id, with version 1 its App ID URI."


class Row(NamedTuple):
    """`requests` is a scope or resource in full, None if nothing is requested; `audience` has the exact values."""

    client: str
    requests: str | None
    audience: tuple[str, ...]
    arrives_at: str


def add(parser: argparse.ArgumentParser) -> None:
    """Fill the parser of `audiences`."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add_option(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON array")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the table, and give the exit status."""
    try:
        settings, _ = load(environment(arguments.settings))
    except SettingsError as error:
        return refuse_settings(error, "bridge audiences: the settings have mistakes")
    except ValueError as error:
        return refuse(f"bridge audiences: {error}")
    table = list(rows(settings))
    print(json.dumps([row._asdict() for row in table], indent=2) if arguments.json else markdown(table))
    for name in settings.broken:
        refuse(f"bridge audiences: {name} is left out, because its settings have mistakes: `bridge check` names them")
    return 2 if settings.broken else 0


def rows(settings: Settings) -> Iterator[Row]:
    """Callers of the bridge first, then the bridge as a client, system by system."""
    yield Row("Copilot Studio, Power Apps, Power Automate in the browser", APIHUB, (APIHUB,), "the connector service")
    yield from _callers(settings)
    if settings.entra.client_credential.managed_identity_client_id:
        federation = settings.entra.cloud.federation_audience
        yield Row("the bridge's managed identity", federation, (federation,), "Entra, as the client credential")
    for system in settings.systems.values():
        yield from _system(system)


def _callers(settings: Settings) -> Iterator[Row]:
    entra = settings.entra
    uri = f"api://{entra.client_id}"
    for number, client in enumerate(entra.allowed_clients):
        name = f"the connector app {client}" if number == 0 else f"the client {client}"
        yield Row(name, f"{uri}/{entra.required_scope}", _arriving(entra, uri), "the bridge")
    if settings.mcp.is_on:
        yield _mcp(settings)


def _mcp(settings: Settings) -> Row:
    try:
        requested = scope(settings)
    except Misconfigured:  # the address is known in Azure only
        requested = f"api://{settings.entra.client_id}/{settings.entra.required_scope}"
    uri = requested.removesuffix(f"/{settings.entra.required_scope}")
    return Row("an MCP client", requested, _arriving(settings.entra, uri), "the bridge, /mcp")


def _arriving(entra: EntraSettings, uri: str) -> tuple[str, ...]:
    """The `aud` of a v2 token, then that of a v1 token."""
    return (entra.client_id, uri)


def _system(system: SystemSettings) -> Iterator[Row]:
    scope, at = system.resource_scope, f"the token endpoint of {system.name}"
    resource = (scope or "").rpartition("/")[0]
    if scope and system.path != "saml":
        client_id = _OF_AN_APP.fullmatch(resource)
        yield Row("the bridge, path oauth", scope, (*(client_id.groups() if client_id else ()), resource), system.name)
    if system.saml:
        kind = system.token.assertion if system.token else "saml"
        yield Row(f"the bridge, path bridge_{kind}", None, (system.saml.audience,), at)
    elif scope and system.token and system.path != "oauth":
        yield Row("the bridge, path entra_saml", scope, (system.audience or resource,), at)


def markdown(table: list[Row]) -> str:
    """The table, with a sentence on the versions of tokens."""
    cells = (
        (
            row.client,
            f"`{row.requests}`" if row.requests else "nothing: it signs the assertion itself",
            ", or ".join(f"`{one}`" for one in row.audience),
            row.arrives_at,
        )
        for row in table
    )
    head = ("client", "requests from Entra", "audience that arrives", "at")
    return f"{markdown_table(head, cells)}\n\n{_VERSIONS}"
