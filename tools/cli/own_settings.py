"""The bridge's settings as a command reads them: from this shell, or from a local.settings.json."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tools.cli.screen import Screen

if TYPE_CHECKING:
    from bridge.catalog import Catalog
    from bridge.settings import Settings, SettingsError


def add_option(parser: argparse.ArgumentParser) -> None:
    """Add `--settings FILE`."""
    parser.add_argument("--settings", type=Path, metavar="FILE", help="take the settings from a local.settings.json")


def environment(file: Path | None) -> Mapping[str, str]:
    """This shell's environment, in which the Values of a local.settings.json replace others. Raises ValueError."""
    if file is None:
        return os.environ
    try:
        values = json.loads(file.read_text(encoding="utf-8-sig"))["Values"]
        env = {**os.environ, **{str(name): str(value) for name, value in values.items()}}
    except OSError as error:
        raise ValueError(f"{file}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError(f"{file} is not a local.settings.json: an object with an object Values is expected") from None
    if ca := env.get("REQUESTS_CA_BUNDLE"):
        os.environ["REQUESTS_CA_BUNDLE"] = ca  # requests reads it there; the file may name the sandbox's
    return env


def load(env: Mapping[str, str]) -> tuple[Settings, Catalog]:
    """The settings, and the catalog that they name. Raises SettingsError."""
    from bridge.catalog import load as load_catalog
    from bridge.routes import catalog_folder
    from bridge.settings import load as load_settings

    catalog = load_catalog(catalog_folder(env))
    return load_settings(env, catalog), catalog


def refuse_settings(error: SettingsError, title: str) -> int:
    """Print each mistake with its fix to standard error. Exit status 2."""
    screen = Screen.of(sys.stderr)
    screen.marked("bad", title)
    for one in error.problems:
        screen.marked("bad", f"{one.setting} {one.problem}", "plain")
        screen.text(one.fix, indent=4, style="dim")
    return 2
