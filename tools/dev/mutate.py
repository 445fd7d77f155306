"""Makes faults on purpose, one at a time: does a test notice each? The list is `tests/mutants.toml`.

Each mutant replaces one text of one file in a copy of the project and runs the tests that should fail. A mutant whose
text is not found exactly once is an error: the list has to follow the code.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.dev import ROOT

LIST = "tests/mutants.toml"
COPIED = ("bridge", "tools", "sandbox", "tests", "docs", "openapi", "deploy", "examples", "pyproject.toml", "host.json")
COPIED_FILES = ("*.py", "requirements*", "*.md", "*.json", ".funcignore")
PLUGINS = ("-p", "pytest_timeout")
"""The plugin that the tests need. Others are not loaded: schemathesis alone would cost each mutant seconds."""
SECONDS = 180


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: the file (relative to the project), its text, the replacement, and the tests to run."""

    name: str
    file: str
    text: str
    replacement: str
    tests: list[str]


def mutants(root: Path) -> list[Mutant]:
    """The list. Exits with every mutant whose text is not found exactly once."""
    with (root / LIST).open("rb") as file:
        groups = tomllib.load(file)
    found = [
        Mutant(name, file, text, replacement, (others[0] if others else group["tests"]).split())
        for file, group in groups.items()
        for name, text, replacement, *others in group["mutants"]
    ]
    lost = [one for one in found if (root / one.file).read_text("utf-8").count(one.text) != 1]
    if lost:
        lines = "\n".join(f"  {one.file}: {one.name}: {one.text!r}" for one in lost)
        sys.exit(f"{LIST}: the text of these mutants is not found exactly once:\n{lines}")
    return found


def mutate(python: Path, arguments: list[str], root: Path = ROOT) -> int:
    """Run all mutants, or those whose name or file holds the argument. Exit status: 0 if none survives, else 1."""
    wanted = [one for one in mutants(root) if not arguments or any(word in one.name + one.file for word in arguments)]
    if not wanted:
        sys.exit(f"No mutant's name or file contains {' or '.join(arguments)}: see {LIST}")
    survivors = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "project")
        _copy(root, copy)
        for number, one in enumerate(wanted, 1):
            started = time.monotonic()
            killed = _is_killed(python, copy, one)
            survivors += [] if killed else [one]
            print(
                f"{number:>3}/{len(wanted)}  {'killed  ' if killed else 'SURVIVED'}  "
                f"{time.monotonic() - started:5.1f} s  {one.file}: {one.name}",
                flush=True,
            )
    print(f"\n{len(wanted) - len(survivors)} of {len(wanted)} killed")
    for one in survivors:
        print(f"survived: {one.file}: {one.name}\n  {one.text!r} → {one.replacement!r}\n  {' '.join(one.tests)}")
    return 1 if survivors else 0


def _copy(root: Path, target: Path) -> None:
    target.mkdir()
    for path in _copied(root):
        if path.is_dir():
            shutil.copytree(path, target / path.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(path, target / path.name)


def _copied(root: Path) -> Iterator[Path]:
    yield from {
        path
        for pattern in (*COPIED, *COPIED_FILES)
        for path in root.glob(pattern)
        if path.name in COPIED or path.is_file()
    }


def _is_killed(python: Path, copy: Path, mutant: Mutant) -> bool:
    file = copy / mutant.file
    original = file.read_text("utf-8")
    file.write_text(original.replace(mutant.text, mutant.replacement), "utf-8", newline="\n")
    try:
        return _fails(python, copy, mutant.tests)
    finally:
        file.write_text(original, "utf-8", newline="\n")


def _fails(python: Path, copy: Path, tests: list[str]) -> bool:
    """Whether the tests notice. A run that collects nothing is an error in the list, not a killed mutant."""
    command = [str(python), "-B", "-m", "pytest", "-q", "-x", "--no-header", "-p", "no:cacheprovider", *PLUGINS, *tests]
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    try:
        status = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, timeout=SECONDS, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        return True
    if status not in (0, 1, 2):
        sys.exit(f"pytest ended with {status} for {' '.join(tests)}")
    return status != 0
