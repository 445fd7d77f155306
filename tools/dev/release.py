"""The files of a release in `dist/`: deployment zip, connector, bill of materials, and their SHA-256 sums."""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
from pathlib import Path

from tools.dev.package import package
from tools.dev.sbom import sbom

CONNECTOR = ("apiDefinition.swagger.json", "apiProperties.json")
SUMS = "SHA256SUMS"


def version(root: Path) -> str:
    """`__version__` of the bridge, read without importing it."""
    found = re.search(r'^__version__ = "(\d+\.\d+\.\d+)"$', (root / "bridge" / "__init__.py").read_text("utf-8"), re.M)
    return found[1] if found else sys.exit("bridge/__init__.py names no version such as 1.2.3")


def release(root: Path, target: Path, python: Path, tag: str | None = None) -> list[Path]:
    """Write the files to `target`. Exits if `tag` is not that of the version, or if the changelog lacks the version."""
    number = version(root)
    if tag is not None and tag != f"v{number}":
        sys.exit(f"The tag {tag} is not v{number}, the version in bridge/__init__.py.")
    if f"## [{number}]" not in (root / "CHANGELOG.md").read_text("utf-8"):
        sys.exit(f"CHANGELOG.md has no heading ## [{number}].")
    target.mkdir(exist_ok=True)
    files = [package(root, target / f"obo-saml-bridge-{number}.zip")]
    files += [Path(shutil.copyfile(root / "openapi" / name, target / name)) for name in CONNECTOR]
    files.append(sbom(python, root, target, number))
    sums = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    (target / SUMS).write_text("".join(sums), "ascii", newline="\n")
    return [*files, target / SUMS]
