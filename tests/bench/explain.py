"""Time of one explanation, against the import of the modules of the standard library that it needs."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median

from sandbox.stack import ROOT
from tests.bench.bridge import Bench
from tests.bench.measure import Row
from tests.test_architecture import imports
from tools.dev.explain_pyz import explain_files

ROUNDS = 11
_NOT_NEEDED = {"msvcrt", "bridge", "tools"}


def explain(_bench: Bench) -> Iterator[Row]:
    named = {name for file in explain_files(ROOT) if file.endswith(".py") for name in imports(ROOT / file)}
    modules = sorted(name for name in named if name.partition(".")[0] in sys.stdlib_module_names - _NOT_NEEDED)
    base = [sys.executable, "-c", f"import {', '.join(modules)}"]
    work = [sys.executable, "-m", "tools", "explain", "AADSTS50013"]
    times = [(_seconds(work), _seconds(base)) for _ in range(ROUNDS + 1)][1:]  # the first round writes the .pyc files
    yield Row("explain AADSTS50013 / import of its standard library", median(one / other for one, other in times), 2.0)


def _seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    return time.perf_counter() - started
