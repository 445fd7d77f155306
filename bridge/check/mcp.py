"""Which MCP clients get a token for an advertised resource: one table, without I/O.

Entra compares the parameter `resource` (RFC 8707) with the part of the scope before its name, character by character,
and refuses with AADSTS9010010 if they differ. An https URI can begin a scope only on a verified domain of the tenant.
Clients that follow RFC 9728 section 3.3 refuse metadata whose `resource` is not the server's address.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from bridge.check.line import CheckResult, ok, warning
from bridge.tokens.portal_paths import APP_SETTINGS, REGISTRATIONS

VS_CODE: Final = "aebc6443-996d-45c2-90f0-388ff96faa56"
"""Visual Studio Code's own client id in every tenant: other clients cannot use it."""


@dataclass(frozen=True, slots=True)
class McpClient:
    """How a client gets its token.

    `reads_metadata`: it refuses a `resource` that is not the server's address, and sends it to the authorization
    server. `registers`: it has no field for a client id, so the authorization server has to register it (RFC 7591).
    `sends_resource`: it sends the parameter, or can be made to.
    """

    name: str
    reads_metadata: bool
    registers: bool = False
    sends_resource: bool = True


CLIENTS: Final = (
    McpClient("Copilot Studio through the custom connector", reads_metadata=False),
    McpClient("Copilot Studio, OAuth 2.0 Manual", reads_metadata=False, sends_resource=False),
    McpClient("Copilot Studio, OAuth 2.0 Dynamic discovery", reads_metadata=True, registers=True, sends_resource=False),
    McpClient("VS Code", reads_metadata=True),
    McpClient("Claude", reads_metadata=True),
    McpClient("ChatGPT", reads_metadata=True),
)


@dataclass(frozen=True, slots=True)
class Advertised:
    """What a server's metadata advertises. `address` is its URL. `issuer_takes` and `registers`: None if unknown.

    `issuer_takes`: whether the authorization server issues tokens for `resource`. `registers`: whether any client may
    register there (RFC 7591). `needs_parameter`: whether a token is for the server only if the client sent `resource`.
    """

    address: str
    resource: str
    issuer_takes: bool | None
    registers: bool | None
    needs_parameter: bool = False


def obstacle(client: McpClient, advertised: Advertised) -> str | None:
    """Why a client gets no token for the server, as a clause; None if it can get one."""
    if client.registers and advertised.registers is False:
        return "the client registers itself, which the authorization server does not offer: choose manual settings"
    if advertised.needs_parameter and not client.sends_resource:
        return "the client is not known to send the parameter resource, without which the token is not for this server"
    if not client.reads_metadata:
        return None
    if not covers(advertised.resource, advertised.address):
        return f"the client refuses the metadata: the resource {advertised.resource} is not the server's address"
    if advertised.issuer_takes is False:
        return f"the client sends resource={advertised.resource}, which Entra refuses with AADSTS9010010"
    return None


def covers(resource: str, address: str) -> bool:
    """Whether a resource is the address or a parent path on the same origin, as the official clients accept it."""
    one, other = url_parts(resource), url_parts(address)
    if (one.scheme, one.netloc.lower()) != (other.scheme, other.netloc.lower()) or not one.netloc:
        return False
    return f"{other.path.rstrip('/')}/".startswith(f"{one.path.rstrip('/')}/")


def url_parts(text: str) -> SplitResult:
    """The parts of a URL from any source; those of an empty URL if it cannot be parsed."""
    try:
        return urlsplit(text)
    except ValueError:
        return urlsplit("")


def judge_clients(advertised: Advertised) -> Iterator[CheckResult]:
    """A line for the clients that get a token, and one for each reason why others do not."""
    found: dict[str | None, list[McpClient]] = {}
    for client in CLIENTS:
        found.setdefault(obstacle(client, advertised), []).append(client)
    yield ok("mcp_clients", f"MCP clients that can get a token: {_names(found.pop(None, []))}")
    for why, clients in found.items():
        fix = _BY_HAND if clients[0].registers else _OWN_DOMAIN
        yield warning("mcp_client", f"no token for {_names(clients)}: {why}", *fix)


def _names(clients: list[McpClient]) -> str:
    return "; ".join(client.name for client in clients) or "none"


_BY_HAND: Final = (
    "In Copilot Studio choose OAuth 2.0 > Manual: the values are under oauthSettings in a 401 of the server.",
)
_OWN_DOMAIN: Final = (
    "Serve the bridge under a verified custom domain, and add its address there, path included, "
    f"to the service app: {REGISTRATIONS} > service app > Manifest > identifierUris.",
    f"{APP_SETTINGS}: set BRIDGE_PUBLIC_URL to that domain, and put the same URI into BRIDGE_MCP__RESOURCE and "
    "BRIDGE_ENTRA__AUDIENCES.",
)
