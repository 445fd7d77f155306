"""`bridge connector build` and `bridge connector solution`: make the connector's files, without a network."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from bridge.base.formats import GUID, HOST
from bridge.catalog import Catalog, load
from bridge.clouds import CLOUDS
from bridge.connector.api_properties import api_properties
from bridge.connector.deployment import Deployment
from bridge.connector.openapi import definition, to_json
from bridge.connector.openapi_parts import Json
from bridge.offer import System
from bridge.routes import catalog_kinds
from bridge.settings import TITLE, Contact
from tools.cli import connector_lint
from tools.cli.connector_icon import is_icon, png, svg
from tools.cli.connector_solution import Solution
from tools.cli.parsers import add_command, add_commands
from tools.cli.screen import Screen, refuse

DEFINITION_FILE = "apiDefinition.swagger.json"
PROPERTIES_FILE = "apiProperties.json"
ICON_FILE = "icon.png"
SETTINGS_FILE = "settings.json"
NOT_YET = "00000000-0000-0000-0000-000000000000"
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_PREFIX = re.compile(r"[a-z][a-z0-9]{1,7}")
_ABOUT_BUILD = f"""\
Writes {DEFINITION_FILE}, {PROPERTIES_FILE} and an icon for
import as a custom connector, with all operations of the catalog or some. A
running bridge serves the same two files, with the operations that are open in
it: docs/connector.md, step 3.

example:
  bridge connector build --host bridge.example --tenant-id TENANT_ID \\
      --client-id SERVICE_APP_ID --connector-client-id CONNECTOR_APP_ID \\
      --operations profile time-off --out connector
"""
_ABOUT_SOLUTION = """\
Writes the connector as an unmanaged Dataverse solution: a folder for source
control (pac solution pack) and a zip for import. Host, client id, tenant and
resource are environment variables, so that each stage has its own values; those
of this deployment are in a settings file for pac solution import.

example:
  bridge connector solution --host bridge.example --tenant-id TENANT_ID \\
      --client-id SERVICE_APP_ID --connector-client-id CONNECTOR_APP_ID \\
      --out solution
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Fill the parser of `connector` with its commands."""
    parser.description = "Makes or checks the files of the custom connector."
    commands = add_commands(parser)
    build = add_command(commands, "build", run_build, "write the files for a bridge", _ABOUT_BUILD)
    _add_options(build)
    build.add_argument("--settings", action="store_true", help=f"write {SETTINGS_FILE} too, for pac and paconn")
    solution = add_command(commands, "solution", run_solution, "write a Dataverse solution", _ABOUT_SOLUTION)
    _add_options(solution)
    name, about = _matching(_NAME, "letters, digits and underscores"), "unique name of the solution"
    solution.add_argument("--name", type=name, default="ConnectorForBridge", help=f"{about} (default: %(default)s)")
    prefix, about = _matching(_PREFIX, "2 to 8 small letters and digits"), "prefix of your solution publisher"
    solution.add_argument("--prefix", type=prefix, default="bridge", help=f"{about} (default: %(default)s)")
    connector_lint.add(commands)


def _add_options(parser: argparse.ArgumentParser) -> None:
    guid = _matching(GUID, "a GUID, as the app registration's Overview page shows it")
    host = _matching(HOST, "a host name alone, such as bridge.example")
    title = _matching(TITLE, "at most 30 letters, digits, spaces and hyphens")
    option = parser.add_argument
    option("--host", required=True, type=host, help="the bridge's host name, without https://")
    option("--tenant-id", required=True, type=guid, metavar="GUID", help="your Entra tenant")
    option("--client-id", required=True, type=guid, metavar="GUID", help="the service app: the bridge's registration")
    connector_app = "the connector app; or enter its id after the import"
    option("--connector-client-id", type=guid, metavar="GUID", default=NOT_YET, help=connector_app)
    option("--cloud", default="public", choices=tuple(CLOUDS), help="default: public")
    option("--scope", default="access_as_user", help="the scope that the service app exposes (default: %(default)s)")
    seen = "what the consent card shows (default: BRIDGE_CONNECTOR__TITLE, or the system's name)"
    option("--title", type=title, default=os.environ.get("BRIDGE_CONNECTOR__TITLE") or None, help=seen)
    asked = "whom people ask about the connector (default: BRIDGE_CONNECTOR__CONTACT)"
    contact = os.environ.get("BRIDGE_CONNECTOR__CONTACT") or None
    option("--contact", type=_contact, default=contact, metavar="'NAME <EMAIL>'", help=asked)
    option("--icon", type=_icon, metavar="FILE", help="your own PNG: square, 100 to 230 pixels (default: a bridge)")
    option("--brand-color", type=_matching(_COLOR, "a color, #rrggbb"), default="#1f5f8b", help="default: %(default)s")
    operations = "sets (profile, time-off, …), operationIds, reads, writes (default: all)"
    option("--operations", nargs="+", metavar="NAME", help=operations)
    systems = "systems of the built-in catalog (default: workday); those of --catalog are always in it"
    option("--systems", nargs="+", metavar="NAME", default=["workday"], help=systems)
    marked = "mark writes with x-ms-require-user-confirmation, which Power Fx reads (default: yes)"
    option("--confirm-writes", action=argparse.BooleanOptionalAction, default=True, help=marked)
    option("--mcp", action="store_true", help="add the MCP server, if BRIDGE_MCP is true there")
    option("--catalog", type=_folder, metavar="FOLDER", help="your own catalog folder, beside the built-in one")
    option("--out", type=Path, default=Path(), metavar="FOLDER", help="default: the current folder")


class _matching:
    """An argument's type: a text that matches as a whole."""

    def __init__(self, pattern: re.Pattern[str], what: str) -> None:
        self.pattern, self.what = pattern, what

    def __call__(self, text: str) -> str:
        if not self.pattern.fullmatch(text):
            raise argparse.ArgumentTypeError(f"expected {self.what}")
        return text.lower() if self.pattern is GUID else text


def _contact(text: str) -> Contact:
    contact = Contact.parse(text)
    if contact is None:
        raise argparse.ArgumentTypeError("expected 'Service desk <desk@contoso.com>'")
    return contact


def _icon(text: str) -> bytes:
    try:
        data = Path(text).read_bytes()
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{text}: {error.strerror}") from error
    if not is_icon(data):
        raise argparse.ArgumentTypeError("expected a PNG: square, 100 to 230 pixels, below 1 MB")
    return data


def _folder(text: str) -> Path:
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError("expected a folder")
    return Path(text)


@dataclass(frozen=True, slots=True)
class Files:
    """The contents of a connector's files. `left_out` are the mistakes in the customer's catalog."""

    definition: Json
    properties: Json
    icon: bytes
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A system with the operations that the arguments name."""

    name: str
    operations: Collection[str]


def chosen(catalog: Catalog, names: Collection[str]) -> list[System]:
    """System by system, the operations of the sets, kinds and ids `names`, with the lists of their codes and the reads
    that confirm their writes.

    Raises `LookupError` with the names that are unknown.
    """
    operations = [operation for operation in catalog.operations.values() if not operation.lookup_only]
    groups = {"reads": "read", "writes": "write"}
    known = {one.id for one in operations} | {one.set for one in operations if one.set} | groups.keys()
    by_words = {_words(name): name for name in known}
    names = {by_words.get(_words(name), name) for name in names}
    if unknown := sorted(names - known):
        sets = ", ".join(sorted(known - {one.id for one in operations}))
        raise LookupError(f"{', '.join(unknown)}: expected {sets} or operationIds")
    kinds = {groups[name] for name in names if name in groups}
    found = {one.id for one in operations if {one.id, one.set} & names or one.kind in kinds}
    found = _with_companions(catalog, found)
    return [
        _Chosen(name, frozenset(one.id for one in operations if one.id in found and one.system == name))
        for name in catalog.systems
    ]


def _words(name: str) -> str:
    """A set's name, also for its form with spaces and capitals, "Time off"."""
    return name.casefold().replace(" ", "-")


def _with_companions(catalog: Catalog, ids: Collection[str]) -> set[str]:
    """The operations with the lists and confirming reads that they need, and those that these need."""
    found, todo = set[str](), list(ids)
    while todo:
        name = todo.pop()
        if name not in found and name in catalog.operations:
            found.add(name)
            one = catalog.operations[name]
            todo += [choice.operation for choice in one.choices.values()]
            todo += [one.confirm_with] if one.confirm_with else []
    return found


def _files(arguments: argparse.Namespace) -> Files:
    known = catalog_kinds(arguments.catalog)
    if unknown := sorted(set(arguments.systems) - set(known)):
        raise LookupError(f"--systems {', '.join(unknown)}: expected {', '.join(known)}")
    own = {folder.name for folder in arguments.catalog.iterdir()} if arguments.catalog else set()
    catalog = load(arguments.catalog, systems={*arguments.systems, *own})
    deployment = Deployment(
        host=arguments.host,
        tenant_id=arguments.tenant_id,
        client_id=arguments.client_id,
        connector_client_id=arguments.connector_client_id,
        authority=f"https://{CLOUDS[arguments.cloud].login_host}",
        scope_name=arguments.scope,
        title=arguments.title,
        contact=arguments.contact or Contact(),
        brand_color=arguments.brand_color,
    )
    systems = chosen(catalog, arguments.operations) if arguments.operations else None
    marks = {"confirm_writes": arguments.confirm_writes, "mcp": arguments.mcp}
    return Files(
        definition(catalog, deployment, systems=systems, **marks),
        api_properties(deployment),
        arguments.icon or png(arguments.brand_color),
        tuple(map(str, catalog.problems)),
    )


def run_build(arguments: argparse.Namespace) -> int:
    """Write the files. 1 if the customer's catalog has mistakes: its broken files are then left out."""
    try:
        files = _files(arguments)
    except LookupError as error:
        return refuse(f"bridge connector: {error.args[0]}")
    written: dict[str, str | bytes] = {
        DEFINITION_FILE: to_json(files.definition),
        PROPERTIES_FILE: to_json(files.properties),
        ICON_FILE: files.icon,
    }
    if not arguments.icon:
        written["icon.svg"] = svg(arguments.brand_color)
    if arguments.settings:
        names = {"apiDefinition": DEFINITION_FILE, "apiProperties": PROPERTIES_FILE, "icon": ICON_FILE}
        written[SETTINGS_FILE] = to_json(names)
    return _write(arguments, written, files)


def run_solution(arguments: argparse.Namespace) -> int:
    """Write the folder and the zip of a solution, and its deployment settings."""
    try:
        files = _files(arguments)
    except LookupError as error:
        return refuse(f"bridge connector: {error.args[0]}")
    solution = Solution(arguments.name, arguments.prefix, files.definition, files.properties, files.icon)
    written: dict[str, str | bytes] = {f"{arguments.name}/{name}": data for name, data in solution.folder().items()}
    written[f"{arguments.name}.zip"] = solution.zip()
    written[f"{arguments.name}.settings.json"] = solution.deployment_settings()
    return _write(arguments, written, files)


def _write(arguments: argparse.Namespace, written: Mapping[str, str | bytes], files: Files) -> int:
    screen = Screen.of()
    for name, data in written.items():
        path = arguments.out / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data.encode("utf-8") if isinstance(data, str) else data)
        except OSError as error:
            return refuse(f"bridge connector: {path}: {error.strerror}")
        screen.marked("good", f"Wrote {path}", "plain")
    if arguments.connector_client_id == NOT_YET:
        screen.marked("note", "Enter the connector app's client id on the Security tab: docs/connector.md.", "plain")
    for problem in files.left_out:
        screen.marked("bad", problem, "plain")
    return 1 if files.left_out else 0
