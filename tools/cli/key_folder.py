"""Where `bridge keys new` writes: outside every project, because a key in one is soon committed or deployed."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

APP = "obo-saml-bridge"
_PROJECT_FILES = (".git", "host.json", "function_app.py", ".funcignore", "azure.yaml")
"""Names that show that a folder is tracked by git, or packaged by Azure Functions or azd."""


def default_folder(env: Mapping[str, str], platform: str = sys.platform) -> Path:
    """The folder of this person's keys, by the custom of each operating system."""
    home = Path(env.get("HOME") or env.get("USERPROFILE") or Path.home())
    if platform == "win32":
        return Path(env.get("LOCALAPPDATA") or home / "AppData" / "Local") / APP / "keys"
    if platform == "darwin":
        return home / "Library" / "Application Support" / APP / "keys"
    return Path(env.get("XDG_CONFIG_HOME") or home / ".config") / APP / "keys"


def project_of(file: Path) -> Path | None:
    """The project of `file`: the nearest folder above it that is tracked by git or packaged. None outside of any."""
    folder = Path(os.path.realpath(file)).parent
    return next(
        (one for one in (folder, *folder.parents) if any((one / name).exists() for name in _PROJECT_FILES)), None
    )
