"""The bill of materials in a release: CycloneDX, from the lock, where each package has an exact version and hash."""

from __future__ import annotations

import subprocess
from pathlib import Path

NAME = "bridge-sbom.cdx.json"


def sbom(python: Path, root: Path, target: Path) -> Path:
    """Write it into the folder `target`; the same lock gives the same file. `python` is that of `.venv`."""
    file = target / NAME
    tool = [str(python), "-m", "cyclonedx_py", "requirements", "requirements.txt", "--output-reproducible"]
    subprocess.run([*tool, "--output-file", str(file.resolve())], cwd=root, check=True, capture_output=True)
    return file
