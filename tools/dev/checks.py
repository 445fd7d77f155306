"""Commands for maintainers: tests, lint, coverage, and the generated pages."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from tools.dev import ROOT
from tools.dev.doctor import serve
from tools.dev.environment import add_tool

CHECKS = {
    "lint": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types": ["mypy"],
}
FIXES = {**CHECKS, "lint": ["ruff", "check", "--fix", "."], "format": ["ruff", "format", "."]}
PARALLEL = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadfile", "--no-loadscope-reorder"]
"""pytest-xdist: a file's tests share one process, and with it the servers that they start. `-n 0` switches it off."""
UNUSED = ["-p", "no:schemathesis", "-p", "no:anyio"]
"""Plugins that come with a dependency, cost each process seconds, and serve no test."""
COVERAGE = "coverage>=7.10,<8"
GENERATORS = (
    ["tools.cli.troubleshooting"],
    ["tools.cli.personal_data"],
    [
        *("tools", "connector", "build", "--no-confirm-writes", "--host", "bridge.example", "--out", "openapi"),
        *("--tenant-id", "00000000-0000-0000-0000-000000000001"),
        *("--client-id", "00000000-0000-0000-0000-000000000002"),
        *("--connector-client-id", "00000000-0000-0000-0000-000000000003"),
    ],
    ["tools", "catalog", "docs"],
)
"""The modules, with arguments, that write the generated pages and files; the last one prints its page."""
PRINTED = ROOT / "docs" / "operations-catalog.md"


def test(python: Path, arguments: list[str]) -> int:
    """Every check, even after one has failed. pytest runs last and prints its own report."""
    results = {} if "--fast" in arguments else run_checks(python, CHECKS)
    started = time.monotonic()
    own = [argument for argument in arguments if argument != "--fast"]
    pytest = subprocess.run([str(python), "-m", "pytest", *PARALLEL, *UNUSED, *own], cwd=ROOT, check=False)
    results["tests"] = pytest.returncode == 0
    report("tests", passed=results["tests"], started=started)
    return 0 if all(results.values()) else 1


def lint(python: Path, arguments: list[str]) -> int:
    """Lint, format and types; with `--fix`, what ruff can repair is repaired."""
    return 0 if all(run_checks(python, FIXES if "--fix" in arguments else CHECKS).values()) else 1


def run_checks(python: Path, commands: dict[str, list[str]]) -> dict[str, bool]:
    return {name: _check(python, name, command) for name, command in commands.items()}


def _check(python: Path, name: str, command: list[str]) -> bool:
    started = time.monotonic()
    done = _module(python, command)
    if done.returncode:
        print(done.stdout + done.stderr)
    report(name, passed=done.returncode == 0, started=started)
    return done.returncode == 0


def report(name: str, *, passed: bool, started: float) -> None:
    print(f"{name:<8}{'ok' if passed else 'FAILED':<8}{time.monotonic() - started:6.1f} s", flush=True)


def _module(python: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    whole = [str(python), "-X", "utf8", "-m", *command]
    return subprocess.run(whole, cwd=ROOT, check=False, capture_output=True, encoding="utf-8", errors="replace")


def coverage(python: Path, arguments: list[str]) -> int:
    """All tests (or those that the arguments name) under branch coverage, child processes included."""
    add_tool(python, COVERAGE)
    run = [str(python), "-m", "coverage"]
    subprocess.run([*run, "erase"], cwd=ROOT, check=True)
    tests = subprocess.run([*run, "run", "-m", "pytest", "-q", *arguments], cwd=ROOT, check=False)
    subprocess.run([*run, "combine", "--quiet"], cwd=ROOT, check=True)
    figures = subprocess.run([*run, "report"], cwd=ROOT, check=False)
    return tests.returncode or figures.returncode


def docs(python: Path, arguments: list[str]) -> int:
    """Generate the pages again, and say which changed. `--site` makes dist/site/ instead; `--serve` also opens it."""
    if {"--site", "--serve"} & set(arguments):
        return _site(python, show="--serve" in arguments)
    before = _contents()
    for command in GENERATORS:
        done = _module(python, command)
        if done.returncode:
            print(f"{' '.join(command[:3])} failed\n{done.stdout}{done.stderr}")
            return 1
    PRINTED.write_text(done.stdout, "utf-8", newline="\n")
    after = _contents()
    changed = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    print("\n".join(f"{name}: changed" for name in changed) or "The generated pages are current.")
    return 0


def _site(python: Path, *, show: bool) -> int:
    done = _module(python, ["tools.cli.site"])
    print(done.stdout + done.stderr, end="")
    return done.returncode or (serve(ROOT / "dist" / "site") if show else 0)


def _contents() -> dict[str, bytes]:
    files = [file for folder in ("docs", "openapi") for file in (ROOT / folder).rglob("*") if file.is_file()]
    return {file.relative_to(ROOT).as_posix(): file.read_bytes() for file in files}
