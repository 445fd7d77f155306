"""App settings that are right, for tests to change one of."""

from __future__ import annotations

from tests.support.keys import pair_pem
from tests.support.tokens import BRIDGE, CONNECTOR, TENANT

SECRET = "made-up-secret-value"


def env(**overrides: str | None) -> dict[str, str]:
    """A Workday system whose assertions the bridge signs. `overrides` replace, None removes."""
    good: dict[str, str | None] = {
        "BRIDGE_ENTRA__TENANT_ID": TENANT,
        "BRIDGE_ENTRA__CLIENT_ID": BRIDGE,
        "BRIDGE_ENTRA__CLIENT_SECRET": SECRET,
        "BRIDGE_ENTRA__ALLOWED_CLIENTS": CONNECTOR,
        "BRIDGE_SYSTEMS__WORKDAY__HOST": "wd2-impl-services1.workday.example",
        "BRIDGE_SYSTEMS__WORKDAY__TENANT": "contoso_dpt1",
        "BRIDGE_SYSTEMS__WORKDAY__CLIENT_ID": "api-client-id",
        "BRIDGE_SYSTEMS__WORKDAY__SAML__SIGNER": "bridge",
        "BRIDGE_SYSTEMS__WORKDAY__SAML__CERTIFICATE": pair_pem("workday"),
        "BRIDGE_SYSTEMS__WORKDAY__SAML__NAME_ID_CLAIM": "upn",
        "BRIDGE_SYSTEMS__WORKDAY__SAML__NAME_ID_PATTERN": r"[a-z.]+@contoso\.example",
    }
    merged = {**good, **overrides}
    return {name: value for name, value in merged.items() if value is not None}
