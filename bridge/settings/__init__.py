"""Settings: Azure app settings (environment variables) with `BRIDGE_` in front, read on first use."""

from bridge.settings.connector import PLACEHOLDER_HOST, TITLE, ConnectorSettings, Contact
from bridge.settings.ledger import LedgerSettings
from bridge.settings.load import load
from bridge.settings.mcp import McpSettings
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
    "LedgerSettings",
    "McpSettings",
    "NameIdRule",
    "SamlSettings",
    "Settings",
    "SettingsError",
    "SystemSettings",
    "TokenSettings",
    "load",
]
