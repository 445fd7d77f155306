"""What this bridge expects of a token, for `bridge explain` where the bridge's settings stand in the environment."""

from __future__ import annotations

from collections.abc import Mapping

from tools.explain import Expectation


def expectation_from_settings(env: Mapping[str, str]) -> Expectation | None:
    """From the settings. None if there are none; empty if they are bad: `bridge check` is for those."""
    if not env.get("BRIDGE_ENTRA__TENANT_ID"):
        return None
    try:
        from bridge.catalog import load as load_catalog
        from bridge.routes import catalog_folder
        from bridge.settings import SettingsError, SystemSettings, load
    except ImportError:  # explain.pyz, and a Python without what the bridge needs
        return None

    def path(system: SystemSettings) -> str:
        saml = f"{system.signer}_saml"
        ways = {
            "oauth": "oauth only",
            "saml": saml,
            "auto": f"oauth first, then {saml}" if system.token else "oauth only",
        }
        return ways[system.path]

    try:
        settings = load(env, load_catalog(catalog_folder(env)))
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
            name: ((system.resource_scope or "").removesuffix("/.default"), path(system))
            for name, system in settings.systems.items()
        },
    )
