"""The part of a cold start that the app's own modules and its catalog take."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from operator import truediv
from statistics import median

from sandbox.stack import ROOT
from tests.bench.bridge import Bench
from tests.bench.measure import Row

ROUNDS = 11
IMPORT = "import time; a = time.perf_counter(); import {}; print(time.perf_counter() - a)"
CATALOG = """
import os, time, function_app
from bridge.catalog import load
from bridge.routes import catalog_folder, configured_systems
a = time.perf_counter()
catalog = load(catalog_folder(os.environ), systems=set(configured_systems(os.environ).values()))
needed = {}
while needed:
    needed += [one.operation for one in catalog.operations[needed.pop()].lookups.values()]
print(time.perf_counter() - a)
"""


def imports(bench: Bench) -> Iterator[Row]:
    scripts = {
        "base": IMPORT.format("azure.functions"),
        "app": IMPORT.format("function_app"),
        "one": CATALOG.format('["UpdateMyWorkEmail"]'),
        "all": CATALOG.format("list(catalog.operations)"),
    }
    times: dict[str, list[float]] = {name: [] for name in scripts}
    for number in range(ROUNDS + 1):
        for name, script in scripts.items():
            seconds = child_seconds(bench.env, sys.executable, "-c", script)
            if number:  # the first round writes the .pyc files
                times[name].append(seconds)
    app = median(map(truediv, times["app"], times["base"]))
    one, every = (median(map(truediv, times[name], times["app"])) for name in ("one", "all"))
    yield Row("import function_app / import azure.functions", app, 1.6)
    yield Row("the catalog for a first change with two lookups / the import", one, 0.2)
    yield Row("the whole catalog, as for the connector file / the import", every)


def child_seconds(env: dict[str, str], *command: str) -> float:
    """The number that a process prints; each measurement has a process of its own, as modules load once a process."""
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **env}, capture_output=True, encoding="utf-8", check=True
    )
    return float(done.stdout)
