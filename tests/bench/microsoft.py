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
@app.route("api/empty")
def empty(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse()
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
        empty = Path(folder) / "empty_app.py"
        empty.write_text(EMPTY, "utf-8")
        files = (ROOT / "function_app.py", empty)
        rounds = [
            [child_seconds(bench.env, python, "-c", INDEX, str(file)) for file in files] for _ in range(ROUNDS + 1)
        ]
    ratio = median(app / base for app, base in rounds[1:])  # the first round writes the .pyc files
    yield Row("import and index in Microsoft's runtime / an empty app", ratio, 1.5)
