"""What the page asks about an API, and the values that are the same for every API of one kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

GRAPH = "https://graph.microsoft.com 00000003-0000-0000-c000-000000000000"
POWER_AUTOMATE = "https://service.flow.microsoft.com/"
_WHOLE = frozenset({"scp", "tid", "nameid", "guests"})


@dataclass(frozen=True, slots=True)
class Field:
    """A value that the page asks for. `choices`: (value, its label), if only certain values are allowed."""

    name: str
    label: str
    hint: str
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Preset:
    """A kind of API. `fields`: name → first value. `bridge`: the advice names this bridge's settings."""

    name: str
    label: str
    fields: Mapping[str, str] = field(default_factory=dict)
    bridge: bool = False


FIELDS = (
    Field("aud", "Audience", "The API's Application ID URI or client ID. Several: put a space between them."),
    Field("iss", "Issuer", "For example https://login.microsoftonline.com/TENANT_ID/v2.0"),
    Field("tid", "Tenant ID", "Directory (tenant) ID: Entra admin center > Overview."),
    Field("scp", "Scope", "The permission that the API demands, for example access_as_user."),
    Field("roles", "App role", "If the API demands a role. Several: put a space between them; one is enough."),
    Field("client", "Client ID", "The app that calls the API (azp or appid in the token), if the API checks it."),
    Field("guests", "Guest users", "", (("", "not said"), ("no", "refused"), ("yes", "allowed"))),
    Field("recipient", "Recipient", "The token endpoint or sign-in address that the assertion is sent to."),
    Field("nameid", "User name (NameID)", "The user's name in the system that gets the assertion."),
)

PRESETS = (
    Preset("none", "I don't know"),
    Preset(
        "bridge",
        "This bridge (OBO-SAML)",
        {"aud": "", "tid": "", "client": "", "scp": "access_as_user", "guests": "no"},
        bridge=True,
    ),
    Preset("api", "My own API", dict.fromkeys(("aud", "iss", "tid", "scp", "roles", "client", "guests"), "")),
    Preset("graph", "Microsoft Graph", {"aud": GRAPH, "scp": "", "roles": "", "tid": ""}),
    Preset("flow", "A Power Automate trigger", {"aud": POWER_AUTOMATE, "tid": ""}),
    Preset("mcp", "An MCP server", {"aud": "", "iss": "", "scp": ""}),
    Preset("saml", "A system that takes SAML", {"aud": "", "recipient": "", "iss": "", "nameid": ""}),
)


def pairs(preset: str, values: Mapping[str, str]) -> Iterator[str]:
    """The values as the NAME=VALUE texts of `--expect`. This bridge accepts its client ID in both forms."""
    for name, value in values.items():
        for part in [value.strip()] if name in _WHOLE else value.replace(",", " ").split():
            if part:
                yield f"{name}={part}"
            if preset == "bridge" and name == "aud" and part and "/" not in part:
                yield f"aud=api://{part}"
