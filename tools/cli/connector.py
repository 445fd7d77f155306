"""`bridge connector build` and `bridge connector lint`: the connector's files, made and checked without a network."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from bridge.base.formats import GUID, HOST
from bridge.clouds import CLOUDS
from tools.cli.screen import Screen, Style

DEFINITION_FILE = "apiDefinition.swagger.json"
PROPERTIES_FILE = "apiProperties.json"
NOT_YET = "00000000-0000-0000-0000-000000000000"


_ABOUT_LINT = """\
Checks apiDefinition.swagger.json and apiProperties.json, ours or those of any
other connector, offline: one line a finding, with rule, place and fix. Exit
status: 0 nothing wrong (notices allowed), 1 something found, 2 a file cannot be
opened.

example:
  bridge connector lint apiDefinition.swagger.json apiProperties.json
"""
_ABOUT_BUILD = f"""\
Writes {DEFINITION_FILE} and {PROPERTIES_FILE} for import as a
custom connector, with all operations of the catalog. The running bridge serves
the same files with those that are open there: docs/connector.md, step 3.

example:
  bridge connector build --host my-bridge.azurewebsites.net --tenant-id TENANT_ID \\
      --client-id SERVICE_APP_ID --connector-client-id CONNECTOR_APP_ID
"""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `connector` with its two commands."""
    about = "make or check the files of the custom connector"
    parser = subparsers.add_parser("connector", help=about, description=f"{about.capitalize()}.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_build(commands)
    lint = commands.add_parser(
        "lint",
        help="check connector files offline",
        description=_ABOUT_LINT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    lint.add_argument("files", nargs="+", type=Path, metavar="FILE")
    lint.set_defaults(run=run_lint)


def _add_build(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    build = commands.add_parser(
        "build",
        help="write the two files for a bridge",
        description=_ABOUT_BUILD,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    build.add_argument("--host", required=True, type=_host, help="the bridge's host name, without https://")
    build.add_argument("--tenant-id", required=True, type=_guid, metavar="GUID", help="your Entra tenant")
    service_app = "the service app: the bridge's own registration"
    build.add_argument("--client-id", required=True, type=_guid, metavar="GUID", help=service_app)
    connector_app = "the connector app; can be entered at import instead"
    build.add_argument("--connector-client-id", type=_guid, metavar="GUID", default=NOT_YET, help=connector_app)
    build.add_argument("--cloud", default="public", choices=tuple(CLOUDS), help="default: public")
    build.add_argument(
        "--scope", default="access_as_user", help="the scope that the service app exposes (default: %(default)s)"
    )
    build.add_argument(
        "--catalog", type=_folder, metavar="FOLDER", help="your own catalog folder, beside the built-in one"
    )
    build.add_argument("--out", type=Path, default=Path(), metavar="FOLDER", help="default: the current folder")
    build.set_defaults(run=run_build)


def _guid(text: str) -> str:
    if not GUID.fullmatch(text):
        raise argparse.ArgumentTypeError("expected a GUID, as the app registration's Overview page shows it")
    return text.lower()


def _host(text: str) -> str:
    if not HOST.fullmatch(text):
        raise argparse.ArgumentTypeError("expected a host name alone, such as my-bridge.azurewebsites.net")
    return text


def _folder(text: str) -> Path:
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError("expected a folder")
    return Path(text)


def run_build(arguments: argparse.Namespace) -> int:
    """Write both files. 1 if the catalog of one's own has mistakes: its broken files are then left out."""
    from bridge.catalog import load
    from bridge.connector.api_properties import api_properties
    from bridge.connector.openapi import definition

    catalog = load(arguments.catalog)
    common = {
        "tenant_id": arguments.tenant_id,
        "client_id": arguments.client_id,
        "authority": f"https://{CLOUDS[arguments.cloud].login_host}",
        "scope": arguments.scope,
    }
    files = {
        DEFINITION_FILE: definition(catalog, host=arguments.host, **common),
        PROPERTIES_FILE: api_properties(connector_client_id=arguments.connector_client_id, **common),
    }
    screen = Screen.of()
    try:
        _write(arguments.out, files, screen)
    except OSError as error:
        return _cannot(arguments.out, error)
    if arguments.connector_client_id == NOT_YET:
        screen.marked("note", "Enter the connector app's client id on the Security tab: docs/connector.md.", "plain")
    for problem in catalog.problems:
        screen.marked("bad", str(problem), "plain")
    return 1 if catalog.problems else 0


def _write(folder: Path, files: Mapping[str, Mapping[str, object]], screen: Screen) -> None:
    from bridge.connector.openapi import to_json

    folder.mkdir(parents=True, exist_ok=True)
    for name, document in files.items():
        (folder / name).write_text(to_json(document), encoding="utf-8", newline="\n")
        screen.marked("good", f"Wrote {folder / name}", "plain")


def run_lint(arguments: argparse.Namespace) -> int:
    """Print one line a finding. The worst file decides."""
    screen = Screen.of()
    return max(_lint_file(file, screen) for file in arguments.files)


def _lint_file(file: Path, screen: Screen) -> int:
    from tools.lint import Severity, check
    from tools.lint.reading import MAX_READ_BYTES

    try:
        with file.open("rb") as stream:
            findings = check(stream.read(MAX_READ_BYTES + 1))
    except OSError as error:
        return _cannot(file, error)
    styles: Mapping[Severity, Style] = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTICE: "dim"}
    for finding in findings:
        screen.line(f"{file}: ", (finding.rule.severity, styles[finding.rule.severity]), f" {finding}")
    is_bad = any(finding.rule.severity is not Severity.NOTICE for finding in findings)
    if not is_bad:
        screen.line(f"{file}: ", ("nothing wrong", "green"))
    return int(is_bad)


def _cannot(path: Path, error: OSError) -> int:
    Screen.of(sys.stderr).line(f"{path}: {error.strerror}")
    return 2
