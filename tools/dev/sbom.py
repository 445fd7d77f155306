"""The bill of materials in a release: CycloneDX, from the lock, where each package has an exact version and hash."""

from __future__ import annotations

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

NAME = "bridge-sbom.cdx.json"
_PROJECT = """[project]
name = "obo-saml-bridge"
version = "{version}"
description = "OBO-SAML bridge: an Azure Functions app"
license = {{ text = "MIT" }}
"""


def sbom(python: Path, root: Path, target: Path, version: str) -> Path:
    """Write it into the folder `target`. The same lock and version give the same file; `python` is that of `.venv`.

    The tool validates its output against the schema of CycloneDX 1.6, and fails if it is not valid.
    """
    file = target / NAME
    with TemporaryDirectory() as folder:
        project = Path(folder) / "pyproject.toml"
        project.write_text(_PROJECT.format(version=version), "utf-8")
        tool = [str(python), "-m", "cyclonedx_py", "requirements", "requirements.txt", "--output-reproducible"]
        options = ["--sv", "1.6", "--pyproject", str(project), "--output-file", str(file.resolve())]
        subprocess.run([*tool, *options], cwd=root, check=True, capture_output=True)
    return file
