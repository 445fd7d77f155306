"""Well-known audiences of Microsoft's services.

Application ids: Microsoft Learn "Verify first-party Microsoft applications in sign-in reports".
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bridge.tokens.portal_paths import API_CONNECTIONS

_MICROSOFT = "audience_microsoft_service"

_ROWS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "audience_apihub",
        "Power Platform's connector service",
        ("https://apihub.azure.com", API_CONNECTIONS),
    ),
    (
        "audience_graph",
        "Microsoft Graph",
        (
            "https://graph.microsoft.com",
            "https://graph.microsoft.us",
            "https://microsoftgraph.chinacloudapi.cn",
            "00000003-0000-0000-c000-000000000000",
        ),
    ),
    (
        "audience_outlook",
        "Outlook / Exchange Online",
        (
            "https://outlook.office.com",
            "https://outlook.office365.com",
            "https://outlook.office365.us",
            "00000002-0000-0ff1-ce00-000000000000",
        ),
    ),
    (
        "audience_power_automate",
        "Power Automate",
        (
            "https://service.flow.microsoft.com",
            "https://gov.service.flow.microsoft.us",
            "7df0a125-d3be-4c96-aa54-591f83ff541c",
        ),
    ),
    (_MICROSOFT, "Azure AD Graph", ("https://graph.windows.net", "00000002-0000-0000-c000-000000000000")),
    (
        _MICROSOFT,
        "Azure Resource Manager",
        (
            "https://management.azure.com",
            "https://management.core.windows.net",
            "797f4846-ba00-4fd7-ba43-dac1f8f63013",
        ),
    ),
    (_MICROSOFT, "Azure Key Vault", ("https://vault.azure.net", "cfa8b339-82a2-471a-a3c9-0fc0be7a4093")),
    (_MICROSOFT, "Azure Storage", ("https://storage.azure.com", "e406a681-f3d4-42a8-90b6-c2b029497af1")),
    (_MICROSOFT, "Azure SQL Database", ("https://database.windows.net", "022907d3-0f1b-48f7-badc-1ba6abab6d66")),
    (_MICROSOFT, "Office 365 Management", ("https://manage.office.com", "c5393580-f805-4401-95e8-94b7a6ef2fc2")),
    (_MICROSOFT, "Power Apps", ("https://service.powerapps.com", "475226c6-020e-4fb2-8a90-7a972cbfc1d4")),
    (_MICROSOFT, "Power Platform API", ("https://api.powerplatform.com", "8578e004-a5c6-46e7-913e-12f58912df43")),
    (_MICROSOFT, "Power BI", ("https://analysis.windows.net/powerbi/api", "00000009-0000-0000-c000-000000000000")),
    (_MICROSOFT, "Dataverse", ("00000007-0000-0000-c000-000000000000",)),
    (_MICROSOFT, "SharePoint", ("00000003-0000-0ff1-ce00-000000000000",)),
    (_MICROSOFT, "Azure DevOps", ("499b84ac-1321-427f-aa17-267ca6975798", "https://app.vssps.visualstudio.com")),
    (
        _MICROSOFT,
        "Azure AI services",
        ("https://cognitiveservices.azure.com", "https://ai.azure.com", "7d312290-28c8-473c-a0ed-8e53749b6d6d"),
    ),
    (_MICROSOFT, "Bot Framework", ("https://api.botframework.com",)),
    (_MICROSOFT, "Azure Databricks", ("2ff814a6-3304-4ab8-85cb-cd0e6f879c1d",)),
    (_MICROSOFT, "Teams", ("https://api.spaces.skype.com", "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe")),
)

_BY_IDENTIFIER: Mapping[str, tuple[str, str]] = MappingProxyType(
    {identifier: (code, name) for code, name, identifiers in _ROWS for identifier in identifiers}
)

_BY_DOMAIN = (
    (".dynamics.com", "Dataverse / Dynamics 365"),
    (".dynamics.us", "Dataverse / Dynamics 365"),
    (".sharepoint.com", "SharePoint"),
    (".sharepoint.us", "SharePoint"),
    (".vault.azure.net", "Azure Key Vault"),
)

ENDING_IN_SLASH = frozenset(
    {
        "https://service.flow.microsoft.com/",
        "https://gov.service.flow.microsoft.us/",
        "https://management.core.windows.net/",
    }
)
"""Identifiers whose slash belongs to them: the right scope has two, `https://service.flow.microsoft.com//.default`."""


def bare(audience: str) -> str:
    """An audience without what varies: lower case, no `api://` or `spn:`, no slash at its end."""
    return audience.casefold().removeprefix("api://").removeprefix("spn:").rstrip("/")


def microsoft_resource(audience: str) -> tuple[str, str] | None:
    """The verdict's code and the service's name, if `audience` is one of Microsoft's own."""
    identifier = bare(audience)
    known = _BY_IDENTIFIER.get(identifier) or _BY_IDENTIFIER.get(identifier.partition("/")[0])
    if known is None and identifier.startswith("https://"):
        host = identifier[8:].partition("/")[0]
        return next(((_MICROSOFT, name) for domain, name in _BY_DOMAIN if host.endswith(domain)), None)
    return known
