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
GENERATED: dict[str, list[str]] = {
    "docs/troubleshooting.md": ["tools.cli.troubleshooting"],
    "docs/operations-catalog.md": ["tools", "catalog", "docs"],
    "docs/personal-data.md": ["tools.cli.personal_data"],
    "openapi": [
        *("tools", "connector", "build", "--no-confirm-writes", "--host", "bridge.example", "--out", "openapi"),
        *("--tenant-id", "00000000-0000-0000-0000-000000000001"),
        *("--client-id", "00000000-0000-0000-0000-000000000002"),
        *("--connector-client-id", "00000000-0000-0000-0000-000000000003"),
    ],
}
"""Generated page or folder → the module, with arguments, that writes it. `catalog docs` prints its page."""


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
    before = {name: _content(ROOT / name) for name in GENERATED}
    for name, command in GENERATED.items():
        done = _module(python, command)
        if done.returncode:
            print(f"{name}: failed\n{done.stdout}{done.stderr}")
            return 1
        if "docs" in command:
            (ROOT / name).write_text(done.stdout, "utf-8", newline="\n")
    for name in GENERATED:
        print(f"{name}: {'unchanged' if _content(ROOT / name) == before[name] else 'changed'}")
    return 0


def _site(python: Path, *, show: bool) -> int:
    done = _module(python, ["tools.cli.site"])
    print(done.stdout + done.stderr, end="")
    return done.returncode or (serve(ROOT / "dist" / "site") if show else 0)


def _content(path: Path) -> list[bytes]:
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return [file.read_bytes() for file in files if file.is_file()]
