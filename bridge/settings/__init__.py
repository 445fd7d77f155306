"""Settings: Azure app settings (environment variables) with `BRIDGE_` in front, read on first use."""

from bridge.settings.load import catalog_folder, instances, load
from bridge.settings.model import (
    EntraSettings,
    NameIdRule,
    SamlSettings,
    Settings,
    SystemSettings,
    TokenSettings,
)
from bridge.settings.reader import LOOPBACK, SettingsError

__all__ = [
    "LOOPBACK",
    "EntraSettings",
    "NameIdRule",
    "SamlSettings",
    "Settings",
    "SettingsError",
    "SystemSettings",
    "TokenSettings",
    "catalog_folder",
    "instances",
    "load",
]
