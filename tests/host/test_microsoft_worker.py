"""Microsoft's worker and the project's own read the same app alike. (Which calls them: FUNCTIONS_HOST_WORKER.)"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.stack import ROOT
from tests.host.conftest import APP

SHOW = """
import json, sys
from pathlib import Path
from sandbox.functions_host.functions import App
app = App.load(Path(sys.argv[1]), worker=sys.argv[2])
rows = [(f.name, f.route.template, sorted(f.route.methods), f.auth_level) for f in app.functions]
print(json.dumps([rows, "azure_functions_runtime" in sys.modules]))
"""


def _shown(file: Path, worker: str) -> tuple[list[object], bool]:
    command = [sys.executable, "-c", SHOW, str(file), worker]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=True)
    rows, microsoft = json.loads(done.stdout)
    return rows, microsoft


@pytest.mark.parametrize("file", [APP, ROOT / "function_app.py"], ids=lambda file: file.name)
def test_both_workers_index_the_same_functions(file: Path) -> None:
    (own, without), (microsofts, within) = _shown(file, "own"), _shown(file, "microsoft")
    assert len(own) > 10
    assert own == microsofts
    assert (without, within) == (False, True)
