"""App settings that are right, for tests to change one of."""

from __future__ import annotations

from tests.support.keys import pair_pem
from tests.support.tokens import BRIDGE, CONNECTOR, TENANT

SECRET = "made-up-secret-value"
SYSTEM = "BRIDGE_SYSTEMS__WORKDAY__"
ENTRA_SIGNS = {f"SAML__{name}": None for name in ("SIGNER", "CERTIFICATE", "NAME_ID_CLAIM", "NAME_ID_PATTERN")}


def workday(**settings: str | None) -> dict[str, str | None]:
    """Settings of the system `workday` by their whole names: `PATH` → `BRIDGE_SYSTEMS__WORKDAY__PATH`."""
    return {SYSTEM + name: value for name, value in settings.items()}


def env(**overrides: str | None) -> dict[str, str]:
    """A Workday system whose assertions the bridge signs. `overrides` replace, None removes."""
    good: dict[str, str | None] = {
        "BRIDGE_ENTRA__TENANT_ID": TENANT,
        "BRIDGE_ENTRA__CLIENT_ID": BRIDGE,
        "BRIDGE_ENTRA__CLIENT_SECRET": SECRET,
        "BRIDGE_ENTRA__ALLOWED_CLIENTS": CONNECTOR,
        **workday(
            HOST="wd2-impl-services1.workday.example",
            TENANT="contoso_dpt1",
            CLIENT_ID="api-client-id",
            SAML__SIGNER="bridge",
            SAML__CERTIFICATE=pair_pem("workday"),
            SAML__NAME_ID_CLAIM="upn",
            SAML__NAME_ID_PATTERN=r"[a-z.]+@contoso\.example",
        ),
    }
    merged = {**good, **overrides}
    return {name: value for name, value in merged.items() if value is not None}
