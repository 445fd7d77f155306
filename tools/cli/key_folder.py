"""Where `bridge keys new` writes: outside every project, because a key in one is soon committed or deployed."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

APP = "obo-saml-bridge"
_PROJECT_FILES = (".git", "host.json", "function_app.py", ".funcignore", "azure.yaml")
"""What stands in a folder that git tracks, or that Azure Functions and azd package."""


def default_folder(env: Mapping[str, str], platform: str = sys.platform) -> Path:
    """The folder of this person's keys, by the custom of each operating system."""
    home = Path(env.get("HOME") or env.get("USERPROFILE") or Path.home())
    if platform == "win32":
        return Path(env.get("LOCALAPPDATA") or home / "AppData" / "Local") / APP / "keys"
    if platform == "darwin":
        return home / "Library" / "Application Support" / APP / "keys"
    return Path(env.get("XDG_CONFIG_HOME") or home / ".config") / APP / "keys"


def project_of(file: Path) -> Path | None:
    """The project that `file` would stand in: the nearest folder that is tracked by git or packaged."""
    folder = Path(os.path.realpath(file)).parent
    return next(
        (one for one in (folder, *folder.parents) if any((one / name).exists() for name in _PROJECT_FILES)), None
    )
