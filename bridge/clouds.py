"""Microsoft's clouds as one table: hosts, issuers, key URLs, federation audience.

Source: Microsoft Learn "National clouds" and each cloud's `/.well-known/openid-configuration`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cloud:
    """One cloud. `federation_audience` is what a federated credential's token must be issued for."""

    name: str
    login_host: str
    sts_host: str
    federation_audience: str

    def issuers(self, tenant_id: str) -> Mapping[str, str]:
        """Token version → the one issuer that is right for it."""
        return {
            "1.0": f"https://{self.sts_host}/{tenant_id}/",
            "2.0": f"https://{self.login_host}/{tenant_id}/v2.0",
        }


CLOUDS: Mapping[str, Cloud] = {
    cloud.name: cloud
    for cloud in (
        Cloud("public", "login.microsoftonline.com", "sts.windows.net", "api://AzureADTokenExchange"),
        Cloud("usgov", "login.microsoftonline.us", "sts.windows.net", "api://AzureADTokenExchangeUSGov"),
        Cloud("china", "login.partner.microsoftonline.cn", "sts.chinacloudapi.cn", "api://AzureADTokenExchangeChina"),
    )
}

KEY_PATHS: Mapping[str, str] = {"1.0": "discovery/keys", "2.0": "discovery/v2.0/keys"}
"""Token version → path of its key document under `{authority}/{tenant}/`: v1 tokens have keys with v1 issuers."""
