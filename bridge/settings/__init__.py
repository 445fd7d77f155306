"""Settings: Azure app settings (environment variables) with `BRIDGE_` in front, read on first use."""

from bridge.settings.load import catalog_folder, instances, load
from bridge.settings.model import (
    EntraSettings,
    NameIdRule,
    Proof,
    SamlSettings,
    Settings,
    SystemSettings,
    TokenSettings,
)
from bridge.settings.reader import Problem, SettingsError

__all__ = [
    "EntraSettings",
    "NameIdRule",
    "Problem",
    "Proof",
    "SamlSettings",
    "Settings",
    "SettingsError",
    "SystemSettings",
    "TokenSettings",
    "catalog_folder",
    "instances",
    "load",
]
