"""Cold start in Microsoft's worker for Python 3.13: import and index this app, against an empty one."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sandbox.stack import ROOT
from tests.bench.bridge import Bench
from tests.bench.imports import ROUNDS, child_seconds
from tests.bench.measure import Row

VENV = ROOT / ".venv-3.13" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
EMPTY = """
import azure.functions as func
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
def empty(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse()
for number in range({functions}):
    app.function_name(f"Empty{{number}}")(app.route(f"api/empty{{number}}", methods=["GET"])(empty))
"""
INDEX = """
import sys, time
from pathlib import Path
from sandbox.functions_host.functions import App
started = time.perf_counter()
App.load(Path(sys.argv[1]), worker="microsoft")
print(time.perf_counter() - started)
"""
"""The clock starts before the import of the runtime, because a worker has to import it, too."""


def microsoft(bench: Bench) -> Iterator[Row]:
    """Nothing where there is no Python 3.13 with the runtime: `.ci/run` makes one."""
    python = sys.executable if sys.version_info >= (3, 13) else str(VENV)
    if not Path(python).exists():
        return
    with TemporaryDirectory() as folder:
        empty, many = Path(folder) / "empty_app.py", Path(folder) / "many_app.py"
        empty.write_text(EMPTY.format(functions=1), "utf-8")
        many.write_text(EMPTY.format(functions=len(list(bench.api().routes()))), "utf-8")
        commands = [(python, "-c", INDEX, str(file)) for file in (empty, ROOT / "function_app.py", many)]
        rounds = [[child_seconds(bench.env, *command) for command in commands] for _ in range(ROUNDS + 1)]
    ratios = [median(row[number] / row[0] for row in rounds[1:]) for number in (1, 2)]  # the first writes .pyc files
    yield Row("import and index in Microsoft's runtime / an empty app", ratios[0], 1.5)
    yield Row("  for comparison: as many functions that are empty / the same", ratios[1])
