"""A cold start imports no module that only some requests need, such as MSAL, the catalog and the write ledger."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LATE = ("azure.core", "azure.identity", "azure.keyvault", "bridge.catalog", "bridge.ledger", "msal")


def imported_by(module: str) -> list[str]:
    """Those of the modules above that `import module` loads."""
    code = f"import json, sys, {module}; print(json.dumps([m for m in sys.modules if m.startswith({LATE!r})]))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    modules: list[str] = json.loads(done.stdout)
    return modules


def test_the_app_starts_without_them() -> None:
    assert imported_by("function_app") == []


def test_the_modules_that_use_azures_libraries_import_them_late() -> None:
    assert imported_by("bridge.signing.managed_identity, bridge.signing.key_vault") == []
