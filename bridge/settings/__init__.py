"""Settings: Azure app settings (environment variables) with `BRIDGE_` in front, read on first use."""

from bridge.settings.connector import PLACEHOLDER_HOST, TITLE, ConnectorSettings, Contact
from bridge.settings.load import catalog_folder, instances, load
from bridge.settings.mcp import McpSettings, mcp_is_on
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
    "PLACEHOLDER_HOST",
    "TITLE",
    "ConnectorSettings",
    "Contact",
    "EntraSettings",
    "McpSettings",
    "NameIdRule",
    "SamlSettings",
    "Settings",
    "SettingsError",
    "SystemSettings",
    "TokenSettings",
    "catalog_folder",
    "instances",
    "load",
    "mcp_is_on",
]
