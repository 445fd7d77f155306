"""What this bridge expects of a token, for `bridge explain` where the bridge's settings are in the environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tools.cli.own_settings import load
from tools.explain import Expectation

if TYPE_CHECKING:
    from bridge.settings import SystemSettings


def expectation_from_settings(env: Mapping[str, str]) -> Expectation | None:
    """From the settings. None if there are none; empty if they have mistakes, which `bridge check` names."""
    if not env.get("BRIDGE_ENTRA__TENANT_ID"):
        return None
    try:
        from bridge.settings import SettingsError

        settings, _ = load(env)
    except ImportError:  # explain.pyz, and a Python without what the bridge needs
        return None
    except SettingsError:
        return Expectation()
    expected = settings.entra.expected
    return Expectation(
        audiences=tuple(sorted(expected.audiences)),
        issuers=tuple(expected.issuers.values()),
        tenant_id=expected.tenant_id,
        scope=expected.required_scope,
        clients=tuple(sorted(expected.allowed_clients)),
        guests=expected.allow_guests,
        client_id=expected.client_id,
        systems={
            name: ((system.resource_scope or "").removesuffix("/.default"), _path(system))
            for name, system in settings.systems.items()
        },
    )


def _path(system: SystemSettings) -> str:
    saml = f"{system.signer}_saml"
    if system.path == "saml":
        return saml
    return f"oauth first, then {saml}" if system.path == "auto" and system.token else "oauth only"
