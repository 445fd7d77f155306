"""`requirements.txt` from `requirements.in`: exact versions with the hashes of all their files, for every platform."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tools.dev import ROOT
from tools.dev.environment import add_tool

UV = "uv>=0.13,<0.14"
OLDEST_PYTHON = "3.11"
HEADER = """\
# What Azure installs: exact versions, with the hash of every file of theirs (Linux, Windows, macOS; Python 3.11 and
# newer). Made by `python3 dev.py lock` from requirements.in, which holds the ranges and their reasons. Don't edit.
"""


def lock(python: Path, arguments: list[str], root: Path = ROOT) -> int:
    """Write `requirements.txt`. Versions that it names already stay, unless `--upgrade` is given."""
    add_tool(python, UV)
    target = root / "requirements.txt"
    command = [str(python), "-m", "uv", "pip", "compile", "requirements.in", "--output-file", target.name, "--quiet"]
    command += ["--universal", "--python-version", OLDEST_PYTHON, "--generate-hashes", "--no-config", "--no-header"]
    command += ["--no-emit-index-url", "--no-emit-find-links", *(["--upgrade"] if "--upgrade" in arguments else [])]
    done = subprocess.run(command, cwd=root, env={**_index(), **os.environ}, check=False)
    if done.returncode == 0:
        target.write_text(HEADER + target.read_text("utf-8"), "utf-8", newline="\n")
        print(f"{target.name}: {sum('==' in line for line in target.read_text('utf-8').splitlines())} packages")
    return done.returncode


def _index() -> dict[str, str]:
    """pip's settings under the names that uv reads."""
    names = {"PIP_INDEX_URL": "UV_DEFAULT_INDEX", "PIP_PROXY": "ALL_PROXY", "PIP_CERT": "SSL_CERT_FILE"}
    return {theirs: os.environ[ours] for ours, theirs in names.items() if ours in os.environ}
