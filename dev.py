#!/usr/bin/env python3
"""Every command of the project. It needs Python 3.11+ and a package index, nothing else. See `dev.py --help`."""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036  (people start this file with any python3)
    sys.exit("dev.py needs Python 3.11 or newer; this is {}.{}.".format(*sys.version_info[:2]))

import os
import runpy
from collections.abc import Callable
from pathlib import Path

from tools.dev import ROOT, checks
from tools.dev.doctor import doctor
from tools.dev.environment import environment, run_inside
from tools.dev.explain_pyz import explain_pyz
from tools.dev.lock import lock
from tools.dev.mutate import mutate
from tools.dev.package import describe, package
from tools.dev.release import release

HELP = """\
usage: python3 dev.py COMMAND [arguments]

Needs Python 3.11 or newer and a package index, nothing else. The first command
makes .venv (a minute or so); later ones start at once. PIP_… variables count.

  demo       the whole story against a local sandbox, hop by hop;
             exit status 0 if each step was as it should be
  up         sandbox and app until Ctrl-C (--json, --no-app, --set NAME=VALUE)
  bridge …   the bridge's own command line: explain, check, try, audiences,
             keys, connector, ledger, catalog; each has its own --help

  doctor     dist/doctor/: the same explanations as a page for the browser, for
             people without Python (--serve: open it); needs npm once

  test       lint, format, types and all tests; arguments go to pytest
             (--fast: the tests only)
  lint       lint, format and types alone (--fix: repair what can be repaired)
  docs       generate the generated pages again, and say what changed
             (--site: dist/site/, the pages as a site; --serve: open it)
  coverage   all tests under branch coverage; arguments go to pytest
  bench      the benchmarks, as ratios
  chaos      invariants under faults and killed processes (--seed N, --json,
             --seconds N, --break-ledger: without the ledger they must not hold)
  mutate     faults on purpose: which of them does no test notice?
             Arguments: words of a mutant's name or file

  package    dist/obo-saml-bridge.zip, as `az functionapp deployment source
             config-zip` takes it (--explain: dist/explain.pyz, the command
             explain alone, for any Python 3.11+)
  lock       requirements.txt from requirements.in (--upgrade: newer versions)
  release    dist/: the zip, the connector's files, the bill of materials,
             their SHA-256 sums
             (--tag vN.N.N: only if that is the version)

Begin with `python3 dev.py demo`. Stuck with a token or an error message?
`python3 dev.py bridge explain`, then paste it.
"""
MODULES = {
    "demo": "sandbox.demo",
    "up": "sandbox.up",
    "bench": "tests.bench",
    "chaos": "tests.chaos",
    "bridge": "tools",
}
COMMANDS: dict[str, Callable[[Path, list[str]], int]] = {
    "test": checks.test,
    "lint": checks.lint,
    "docs": checks.docs,
    "coverage": checks.coverage,
    "mutate": mutate,
    "lock": lock,
}
"""Commands that run with the Python of `.venv`."""
OPTIONS = {
    "lint": {"--fix"},
    "docs": {"--site", "--serve"},
    "lock": {"--upgrade"},
    "package": {"--explain"},
    "doctor": {"--serve"},
}
"""All arguments of commands that have no parser of their own and hand nothing on."""
DIST = ROOT / "dist"


def print_package(arguments: list[str]) -> int:
    file = explain_pyz(ROOT, DIST / "explain.pyz") if arguments else package(ROOT, DIST / "obo-saml-bridge.zip")
    print(describe(file))
    return 0


def print_release(arguments: list[str]) -> int:
    if arguments and (len(arguments) != 2 or arguments[0] != "--tag"):
        print("usage: python3 dev.py release [--tag vN.N.N]", file=sys.stderr)
        return 2
    for file in release(ROOT, DIST, environment(ROOT), tag=arguments[1] if arguments else None):
        print(file.relative_to(ROOT).as_posix())
    return 0


ALONE: dict[str, Callable[[list[str]], int]] = {
    "package": print_package,
    "release": print_release,
    "doctor": lambda arguments: doctor(ROOT, DIST / "doctor", arguments),
}
"""Commands that need no `.venv`."""


def main(arguments: list[str]) -> int:
    command, rest = (arguments or [""])[0], arguments[1:]
    asks = {"-h", "--help"}
    if command in {*asks, "help"} or (command not in ("up", "bridge") and asks & set(rest)):
        print(HELP, end="")
        return 0
    unknown = [one for one in rest if one not in OPTIONS.get(command, rest)]
    if unknown:
        print(f"dev.py {command} does not know {' '.join(unknown)}: see python3 dev.py --help", file=sys.stderr)
        return 2
    if command == "bridge" and rest[:1] == ["explain"] and "BRIDGE_ENTRA__TENANT_ID" not in os.environ:
        sys.argv = ["bridge", *rest]
        runpy.run_module("tools", run_name="__main__")  # needs nothing but the standard library; exits
    if command in ALONE:
        return ALONE[command](rest)
    if command in COMMANDS:
        return COMMANDS[command](environment(ROOT), rest)
    if command in MODULES:
        run_inside(environment(ROOT), MODULES[command], rest)
    print(HELP, end="", file=sys.stderr)
    if command:
        print(f"\ndev.py has no command {command}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
