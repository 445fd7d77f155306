"""`bridge try`: sign in as oneself and walk the path from this machine, hop by hop, before anything is deployed."""

from __future__ import annotations

import argparse
import json
import sys
import uuid
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import msal

from bridge.app import App
from bridge.base.http_client import Deadline
from bridge.errors import BridgeError
from bridge.inbound import Caller
from bridge.settings import EntraSettings, SettingsError, SystemSettings
from bridge.trace import Trace
from tools.cli.own_settings import add_option, environment, load, refuse_settings
from tools.cli.screen import Mark, Screen, refuse
from tools.cli.try_register import delete, register
from tools.explain import Expectation, explain

WALK_SECONDS = 60.0
SIGN_IN_SECONDS = 300

_DESCRIPTION = """\
Signs you in, and walks each system's path from this machine against the real
tenant: the token as a connector sends it, on-behalf-of, the assertion, the
token endpoint, harmless reads. Each hop is explained. Nothing is stored, no
token or secret is shown, and what was read is dropped.

--client is an app registration for this alone: a public client with the
redirect URI http://localhost and the delegated permission for the bridge's
scope. --register makes one with the Azure CLI, and walks nothing yet.
"""
_EPILOG = """\
The bridge's settings come from this shell or --settings. A managed identity
works in Azure only: set BRIDGE_ENTRA__CLIENT_SECRET or a certificate here.
Exit status: 0 each path is open, 1 one is not, 2 wrong usage, settings or
sign-in.

examples:
  bridge try --settings local.settings.json --register
  bridge try --settings local.settings.json --client APP_ID
  bridge try --settings local.settings.json --client APP_ID --device-code
  bridge try --settings local.settings.json --client APP_ID --share
"""
_HOPS: Mapping[str, str] = {
    "inbound": "Signature, issuer, audience, scope and client of the token: accepted, as a connector's would be.",
    "entra": "On-behalf-of: the bridge asks Entra, as you, for a token or an assertion that {system} accepts.",
    "graph": "Microsoft Graph, asked as you, returns the name by which {system} knows you.",
    "sign": "The bridge issues a SAML assertion for you and signs it.",
    "system_token": "The assertion goes to the token endpoint of {system}, which returns an access token of its own.",
    "system": "Harmless reads at {system}, as you. What they returned is dropped.",
}
_SAML_ONLY = "aadsts_399274"
_AGAIN = "On-behalf-of again, this time for a SAML assertion that Entra signs."
_EXPECTED = "AADSTS399274: Entra issues no access token for a SAML application. That is expected here; SAML follows."
_CLIENT = "Here the token's client is the app of --client; in Power Platform it is the connector app."


class SignInFailed(Exception):
    """Entra refused the sign-in, or it did not take place. The message is Entra's, without ids."""


def add(parser: argparse.ArgumentParser) -> None:
    """Fill the parser of `try`."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    client = parser.add_mutually_exclusive_group(required=True)
    client.add_argument("--client", metavar="APP_ID", help="the public client by which you sign in")
    made = "make that client, and print how to delete it; by hand: docs/you-already-have.md"
    client.add_argument("--register", action="store_true", help=made)
    add_option(parser)
    parser.add_argument("--device-code", action="store_true", help="sign in on another device: no browser here")
    parser.add_argument("--resource", metavar="URI", help="the bridge's App ID URI (default: api://CLIENT_ID)")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="print one JSON object")
    shape.add_argument("--share", action="store_true", help="print what may be shared: no names, hosts or ids")
    shape.add_argument("--token", action="store_true", help="write the user token into a pipe, for check --live -")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Sign in, walk, print, and give the exit status."""
    try:
        app = _app(environment(arguments.settings), arguments.client)
        if arguments.register:
            return _register(app.settings.entra, arguments.settings)
        if arguments.token and sys.stdout.isatty():
            raise ValueError("--token writes a token: send it into a pipe, so that it does not show on the screen")
        token = sign_in(app.settings.entra, arguments, Screen.of(sys.stderr))
    except SettingsError as error:
        return refuse_settings(error, "bridge try: the settings have mistakes")
    except (ValueError, SignInFailed) as error:
        return refuse(f"bridge try: {error}")
    if arguments.token:
        print(token)
        return 0
    with closing(app.client):
        report = walk(app, token)
    if arguments.json:
        print(json.dumps(report, indent=2))
    else:
        _show(shareable(report) if arguments.share else report, Screen.of())
    return 0 if report["ok"] else 1


def _register(entra: EntraSettings, file: Path | None) -> int:
    client = register(entra.client_id, entra.required_scope)
    print(f"Made the app registration {client}. Entra takes a minute until it knows the app everywhere.")
    print(f"Sign in with it: bridge try{f' --settings {file}' if file else ''} --client {client}")
    print(f"Delete it afterwards: {delete(client)}")
    return 0


def _app(env: Mapping[str, str], client: str | None) -> App:
    """The bridge as it would run, which also accepts the tokens of `client`. Raises SettingsError and ValueError."""
    settings, catalog = load(env)
    entra = settings.entra
    if entra.client_credential.managed_identity_client_id:
        raise ValueError("a managed identity works in Azure only: set BRIDGE_ENTRA__CLIENT_SECRET or a certificate")
    clients = (*entra.allowed_clients, *filter(None, [client]))
    return App(replace(settings, entra=replace(entra, allowed_clients=clients)), catalog)


def sign_in(entra: EntraSettings, options: argparse.Namespace, screen: Screen) -> str:
    """The user's access token for the bridge. Raises `SignInFailed`."""
    scope = [f"{options.resource or f'api://{entra.client_id}'}/{entra.required_scope}"]
    try:
        app = msal.PublicClientApplication(
            options.client, authority=f"{entra.authority}/{entra.tenant_id}", instance_discovery=False, timeout=30
        )
        if options.device_code:
            flow = app.initiate_device_flow(scope)
            if "message" in flow:
                screen.text(str(flow["message"]), indent=0)
            result = app.acquire_token_by_device_flow(flow) if "device_code" in flow else flow
        else:
            screen.text("A browser window opens: sign in there as yourself.", indent=0)
            result = app.acquire_token_interactive(scope, timeout=SIGN_IN_SECONDS)
    except (OSError, ValueError, RuntimeError) as error:
        raise SignInFailed(f"the sign-in did not take place: {type(error).__name__}") from None
    if "access_token" not in result:
        raise SignInFailed(_words(result))
    return str(result["access_token"])


def _words(result: Mapping[str, Any]) -> str:
    """Entra's sentence without its ids, and the title of its explanation if there is one."""
    said = str(result.get("error_description") or result.get("error") or "no response").splitlines()[0]
    items = explain(said, Expectation(), now=0.0).items
    return " ".join((said, *(item.advice.title for item in items[:1]), "Run `bridge explain` with it for the steps."))


def walk(app: App, token: str) -> dict[str, Any]:
    """The result of each hop, system by system, as JSON."""
    trace = Trace(str(uuid.uuid4()), Deadline(WALK_SECONDS))
    try:
        caller = app.authenticate(f"Bearer {token}", trace)
    except BridgeError as error:
        return {"ok": False, "token": None, "systems": [], "problem": _problem(error)}
    systems = [_walk_system(app, caller, system) for system in app.settings.systems.values()]
    systems += [_without_settings(name) for name in app.settings.broken]
    shown = {"audience": caller.audience, "version": caller.version, "scopes": sorted(caller.scopes)}
    return {"ok": all(row["ok"] for row in systems), "token": shown, "systems": systems}


def _walk_system(app: App, caller: Caller, system: SystemSettings) -> dict[str, Any]:
    trace = Trace(str(uuid.uuid4()), Deadline(WALK_SECONDS))
    result: dict[str, Any] = {"system": system.name, "ok": True}
    try:
        reads = list(app.try_services(system, caller, trace))
        result["read"] = [operation.id for operation, error in reads if error is None]
        result |= next(({"ok": False, "problem": _problem(error)} for _, error in reads if error), {})
    except BridgeError as error:
        result |= {"ok": False, "problem": _problem(error)}
    hops = [hop for hop in trace.hops if hop.name in _HOPS]
    result["hops"] = [{"name": hop.name, "outcome": hop.outcome, "ms": hop.ms} for hop in hops]
    return result | {"path": trace.path}


def _without_settings(name: str) -> dict[str, Any]:
    detail = f"The settings of {name} have mistakes, so its path was not tried."
    problem = {"code": "bridge_misconfigured", "detail": detail, "hint": "bridge check names each with its fix."}
    return {"system": name, "ok": False, "problem": problem, "hops": [], "path": None}


def _problem(error: BridgeError) -> dict[str, Any]:
    shown = {"code": error.code, "detail": error.detail, "hint": error.hint, "operator": error.operator}
    return {name: value for name, value in (shown | {"aadsts": error.members.get("aadsts")}).items() if value}


def shareable(report: Mapping[str, Any]) -> dict[str, Any]:
    """The report with codes, hops and times alone: texts of Entra and of the systems may hold names."""

    def bare(problem: Mapping[str, Any]) -> dict[str, Any]:
        return {name: problem[name] for name in ("code", "aadsts") if name in problem}

    systems = [
        {**row, "system": f"system {number}", **({"problem": bare(row["problem"])} if "problem" in row else {})}
        for number, row in enumerate(report["systems"], 1)
    ]
    token = {"version": report["token"]["version"]} if report["token"] else None
    top = {"problem": bare(report["problem"])} if "problem" in report else {}
    return {"ok": report["ok"], "token": token, "systems": systems, **top}


def _show(report: Mapping[str, Any], screen: Screen) -> None:
    token = report["token"]
    screen.heading("Your token")
    if token:
        screen.marked("good", _HOPS["inbound"], "plain")
        about = (" ".join([name, *([value] if isinstance(value, str) else value)]) for name, value in token.items())
        screen.text(f"{', '.join(about)}. {_CLIENT}", style="dim")
    for row in report["systems"]:
        _show_system(row, screen)
    if "problem" in report:
        _show_problem(report["problem"], screen)


def _show_system(row: Mapping[str, Any], screen: Screen) -> None:
    """Consecutive hops of one kind and outcome are one paragraph."""
    screen.heading(f"{row['system']}: {row['path'] or 'no path'}")
    texts = dict(_HOPS)
    for (name, outcome), hops in groupby(row["hops"], key=lambda hop: (hop["name"], hop["outcome"])):
        mark: Mark = "good" if outcome == "ok" else "note" if outcome == _SAML_ONLY else "bad"
        end = "" if outcome == "ok" else f" {_EXPECTED}" if outcome == _SAML_ONLY else f" Outcome: {outcome}."
        took = sum(hop["ms"] for hop in hops)
        screen.marked(mark, f"{texts[name].format(system=row['system'])}{end} ({took:.0f} ms)", "plain")
        texts["entra"] = _AGAIN
    if row["ok"]:
        screen.marked("good", f"The path is open. Read: {', '.join(row['read']) or 'nothing'}.")
    elif "problem" in row:
        _show_problem(row["problem"], screen)


def _show_problem(problem: Mapping[str, Any], screen: Screen) -> None:
    code = " ".join([problem["code"], *(f"AADSTS{number}" for number in problem.get("aadsts", ()))])
    screen.marked("bad", f"{problem.get('detail', '')} [{code}]".strip())
    for name in ("hint", "operator"):
        if name in problem:
            screen.text(str(problem[name]), indent=4)
    screen.text(f"The steps: bridge explain {problem['code']}", indent=4, style="dim")
