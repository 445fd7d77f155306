"""Microsoft's clouds as one table: hosts, issuers, key documents, Graph, Key Vault, federation audience.

Sources: Microsoft Learn "National clouds" and "Key Vault DNS suffixes"; each cloud's
`/.well-known/openid-configuration`; the aliases are the well-known authorities of MSAL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """One cloud.

    `login_host` issues v2 tokens, `sts_host` v1 tokens; `aliases` are further names of the same service.
    `federation_audience` is the audience of the token that a federated credential accepts. Every app of a tenant may
    request a token for `graph`. `vault_domain` is the parent domain of key vaults, `storage_domain` that of storage.
    """

    name: str
    login_host: str
    sts_host: str
    aliases: tuple[str, ...]
    federation_audience: str
    graph: str
    vault_domain: str
    storage_domain: str

    def issuers(self, tenant_id: str) -> Mapping[str, str]:
        """Token version → the one accepted issuer."""
        return {
            "1.0": f"https://{self.sts_host}/{tenant_id}/",
            "2.0": f"https://{self.login_host}/{tenant_id}/v2.0",
        }

    @property
    def hosts(self) -> frozenset[str]:
        """Every host name under which this cloud signs people in or issues tokens."""
        return frozenset({self.login_host, self.sts_host, *self.aliases})


CLOUDS: Mapping[str, Cloud] = {
    cloud.name: cloud
    for cloud in (
        Cloud(
            name="public",
            login_host="login.microsoftonline.com",
            sts_host="sts.windows.net",
            aliases=("login.windows.net", "login.microsoft.com", "accounts.accesscontrol.windows.net"),
            federation_audience="api://AzureADTokenExchange",
            graph="https://graph.microsoft.com",
            vault_domain="vault.azure.net",
            storage_domain="core.windows.net",
        ),
        Cloud(
            name="usgov",
            login_host="login.microsoftonline.us",
            sts_host="sts.windows.net",
            aliases=("login.usgovcloudapi.net", "login-us.microsoftonline.com"),
            federation_audience="api://AzureADTokenExchangeUSGov",
            graph="https://graph.microsoft.us",
            vault_domain="vault.usgovcloudapi.net",
            storage_domain="core.usgovcloudapi.net",
        ),
        Cloud(
            name="china",
            login_host="login.partner.microsoftonline.cn",
            sts_host="sts.chinacloudapi.cn",
            aliases=("login.chinacloudapi.cn",),
            federation_audience="api://AzureADTokenExchangeChina",
            graph="https://microsoftgraph.chinacloudapi.cn",
            vault_domain="vault.azure.cn",
            storage_domain="core.chinacloudapi.cn",
        ),
    )
}

OTHER_ENTRA_DOMAINS = ("microsoftonline.de", "b2clogin.com", "ciamlogin.com")
"""Domains of Entra services whose tokens the bridge does not accept: the former German cloud, external tenants."""


def entra_clouds(host: str) -> frozenset[str]:
    """The names of the clouds for which `host` issues tokens; empty if it is not Entra's."""
    return frozenset(cloud.name for cloud in CLOUDS.values() if host in cloud.hosts)


def names_entra(text: str) -> bool:
    """Whether `text` (lower case) contains a host of Entra's, in any cloud."""
    hosts = {host for cloud in CLOUDS.values() for host in cloud.hosts}
    return any(host in text for host in (*hosts, *OTHER_ENTRA_DOMAINS))


KEY_PATHS: Mapping[str, str] = {"1.0": "discovery/keys", "2.0": "discovery/v2.0/keys"}
"""Token version → path of its key document under `{authority}/{tenant}/`: v1 tokens have keys with v1 issuers."""
