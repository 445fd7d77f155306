"""Judges any MCP server by its own metadata, its issuer's metadata and a pasted token. Pure rules.

RFC 9728 (resource metadata), RFC 8414 (issuer metadata), RFC 8707 (`resource`), and the MCP specification.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from bridge.check.line import CheckResult, failed, manual, ok, warning
from bridge.check.mcp import CLIENTS, Advertised, covers, obstacle, url_parts
from bridge.tokens.display import plain
from tools.explain.issuers import with_name
from tools.explain.mcp_issuers import ENTRA, Product, product_of
from tools.explain.mcp_token import Document, Pasted, judge_token, text_of
from tools.explain.scopes import SIGN_IN_SCOPES

WELL_KNOWN: Final = "/.well-known/oauth-protected-resource"
_NAMED: Final = re.compile(r"resource_metadata\s*=\s*(?:\"([^\"]*)\"|([^\s,\"]+))", re.IGNORECASE)
_MANUAL: Final = "In Copilot Studio choose OAuth 2.0 > Manual, and enter client id, URLs and scope by hand."
_TEMPLATES: Final = (
    "Use a custom connector with the identity provider Generic OAuth 2, and add &resource=ADDRESS to its "
    "Authorization URL Query String Template and to its Token and Refresh Body Templates."
)
_ISSUER_OF_ENTRA: Final = (
    "With Entra it is https://login.microsoftonline.com/TENANT_ID/v2.0; common, organizations and addresses without "
    "/v2.0 have another issuer."
)
_HOSTS_OF_MICROSOFT: Final = (
    *(".azurewebsites.net", ".azurewebsites.us", ".azurecontainerapps.io", ".azure-api.net"),
    *(".azurestaticapps.net", ".azurefd.net", ".cloudapp.azure.com", ".trafficmanager.net"),
)
"""No tenant can verify these domains, so Entra accepts no App ID URI below them."""
_WITHOUT_TOKEN: Final = (
    (
        range(300, 400),
        "mcp_redirect",
        "the server redirects to {location} (HTTP {status})",
        "Enter that address in the clients: on a redirect they lose the body, the token, or both.",
    ),
    (
        range(403, 404),
        "mcp_forbidden",
        "the server responds with HTTP 403 to a request without a token, so clients never learn where to sign in",
        "Look at what is in front of it: a firewall, a list of IP addresses, a check of the Origin header.",
    ),
    (
        range(500, 600),
        "mcp_server_fails",
        "the server responds with HTTP {status}: the fault is in the server itself",
        "Read the server's log.",
    ),
    (
        range(1000),
        "mcp_server",
        "a POST to {address} gets HTTP {status}: there is no MCP server at this address",
        "Use the whole address, path included, without a slash at its end, as the server's documentation gives it.",
    ),
)
"""The statuses of a failed request without a token: code, what was found, and the fix. The first that fits is used."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A server's response to a POST without a token (`status`, `challenge`, `location`), and what it leads to.

    `metadata` is the resource metadata (empty if there is none) and `metadata_url` its address; `issuer` is the
    issuer's metadata. `missed` and `issuer_missed`: each place that had no such document → its outcome, in the order
    in which clients look. `token` is what was pasted.
    """

    address: str
    status: int
    challenge: str = ""
    location: str = ""
    metadata: Document = field(default_factory=dict)
    metadata_url: str = ""
    missed: Mapping[str, str] = field(default_factory=dict)
    issuer: Document | None = None
    issuer_missed: Mapping[str, str] = field(default_factory=dict)
    token: Pasted | None = field(default=None, repr=False)


def metadata_places(address: str, challenge: str) -> list[str]:
    """Where clients look for the resource metadata, in their order (RFC 9728 sections 3.1 and 5.1)."""
    parts = url_parts(address)
    base, path = f"{parts.scheme}://{parts.netloc}{WELL_KNOWN}", parts.path.rstrip("/")
    return list(dict.fromkeys(place for place in (named_place(challenge), f"{base}{path}", base) if place))


def named_place(challenge: str) -> str:
    """The address of the resource metadata that a challenge names; empty if it names none."""
    found = _NAMED.search(challenge)
    return (found[1] or found[2] or "") if found else ""


def issuer_places(issuer: str) -> list[str]:
    """Where clients look for the issuer's metadata, in their order (RFC 8414 section 3.1, OpenID Connect Discovery)."""
    parts = url_parts(issuer)
    base, path = f"{parts.scheme}://{parts.netloc}/.well-known/", parts.path.rstrip("/")
    inserted = [f"{base}oauth-authorization-server{path}", f"{base}openid-configuration{path}"]
    return list(dict.fromkeys([*inserted, f"{issuer.rstrip('/')}/.well-known/openid-configuration"]))


def issuer_of(metadata: Document) -> str:
    """The first authorization server that the resource metadata names; empty if it names none."""
    named = metadata.get("authorization_servers")
    return named[0] if isinstance(named, list) and named and isinstance(named[0], str) else ""


def judge(seen: Seen, *, now: float) -> list[CheckResult]:
    """What is right and wrong, line by line, and which clients get a token. `now`: Unix seconds."""
    issuer = issuer_of(seen.metadata)
    product = product_of(issuer, seen.issuer)
    lines = [_server(seen), *_metadata(seen)]
    if issuer:
        lines += [*_issuer(seen, issuer, product), *_scopes(seen, product), *_clients(seen, product)]
    if seen.token:
        named = text_of(seen.issuer or {}, "issuer") or issuer
        lines += judge_token(seen.token, seen.metadata, named, product, now=now)
    return lines


def _server(seen: Seen) -> CheckResult:
    status = seen.status
    if status == 401:
        return _challenge(seen)
    if status < 300:
        return warning("mcp_open", f"the server responds with HTTP {status} without a token", "Respond with 401 to it.")
    code, title, fix = next(row[1:] for row in _WITHOUT_TOKEN if status in row[0])
    location = plain(seen.location, 300) or "another address"
    is_old = code == "mcp_server" and url_parts(seen.address).path.endswith("/sse")
    old = ["An address that ends in /sse uses the transport whose support in Copilot Studio ended in August 2025."]
    return failed(code, title.format(location=location, status=status, address=seen.address), fix, *old * is_old)


def _challenge(seen: Seen) -> CheckResult:
    named = named_place(seen.challenge)
    if not named:
        return warning(
            "mcp_challenge",
            "the 401 has no WWW-Authenticate header with resource_metadata",
            "Send WWW-Authenticate: Bearer resource_metadata=… with each 401 (RFC 9728 section 5.1); otherwise clients "
            "have to guess the address.",
        )
    if named in seen.missed:
        return failed(
            "mcp_challenge_place",
            f"the 401 names {plain(named, 300)}, which has no metadata; clients that look nowhere else stop",
            "Serve the metadata there, without authentication, or name the address that has it.",
        )
    return ok("mcp_server", "without a token the server responds with 401, and its challenge leads to the metadata")


def _metadata(seen: Seen) -> Iterator[CheckResult]:
    place = metadata_places(seen.address, "")[0]
    if not seen.metadata and seen.issuer is not None:
        yield warning(
            "mcp_metadata_old",
            "there is no resource metadata (RFC 9728): the server is its own authorization server, as in revision "
            "2025-03-26 of the specification",
            f"Serve it at {place}; newer clients may look for nothing else.",
        )
    elif not seen.metadata:
        yield failed(
            "mcp_metadata",
            "there is no resource metadata (RFC 9728), so clients can't find out who issues tokens",
            f"Serve it as JSON, without authentication, at {place}.",
            *_looked_at(seen.missed),
            _MANUAL,
        )
    else:
        if not issuer_of(seen.metadata):
            yield failed("mcp_issuer", "the metadata names no authorization server", "Add authorization_servers.")
        yield _resource(text_of(seen.metadata, "resource"), seen)


def _resource(resource: str, seen: Seen) -> CheckResult:
    if covers(resource, seen.address):
        place = plain(seen.metadata_url, 300)
        return ok("mcp_resource", f"the metadata is at {place}, and its resource {resource} is the address")
    how = "they name different places"
    if resource.rstrip("/").casefold() == seen.address.rstrip("/").casefold():
        how = "they differ by a slash at the end, or by upper and lower case"
    elif resource.startswith("api://"):
        how = "it is an App ID URI of Entra"
    return failed(
        "mcp_resource",
        f"the resource {resource or '(none)'} is not the server's address {seen.address}: {how}",
        "Make both equal. Otherwise VS Code, Claude and the official SDKs refuse the metadata; Copilot Studio with "
        "manual settings does not read it.",
    )


def _looked_at(missed: Mapping[str, str]) -> list[str]:
    outcomes = [f"{plain(place, 200)}: {plain(outcome, 200)}" for place, outcome in missed.items()]
    return [f"Looked at {'; '.join(outcomes)}."] if outcomes else []


def _issuer(seen: Seen, issuer: str, product: Product | None) -> Iterator[CheckResult]:
    document, shown = seen.issuer, plain(issuer, 300)
    if document is None:
        title = f"the issuer {shown} has no metadata that clients can read"
        yield failed("mcp_issuer_metadata", title, *_looked_at(seen.issuer_missed))
        return
    named = text_of(document, "issuer")
    if named == issuer:
        title = f"the issuer's metadata names the same issuer as the resource metadata: {plain(with_name(issuer), 300)}"
        yield ok("mcp_issuer_metadata", title)
    else:
        yield failed(
            "mcp_issuer_mismatch",
            f"the issuer's metadata names the issuer {named or '(none)'}, the resource metadata {shown}",
            "Write it in authorization_servers exactly as the issuer does (RFC 8414 section 3.3): clients compare the "
            "two character by character.",
            *[_ISSUER_OF_ENTRA] * (product is ENTRA),
        )
    if lacking := [name for name in ("authorization_endpoint", "token_endpoint") if not text_of(document, name)]:
        yield failed("mcp_issuer_endpoints", f"the issuer's metadata lacks {' and '.join(lacking)}", "Add it.")
    if product:
        yield manual("mcp_issuer_resource", product.about_audience)
    yield from _pkce(document, product)
    yield from _registration(document, product)


def _pkce(document: Document, product: Product | None) -> Iterator[CheckResult]:
    methods = document.get("code_challenge_methods_supported")
    if isinstance(methods, list) and "S256" in methods:
        return
    if product and not product.says_pkce and methods is None:
        yield manual(
            "mcp_pkce",
            "the issuer supports PKCE, but its metadata does not say so (code_challenge_methods_supported)",
            "VS Code, Claude, and the official SDKs for Python and TypeScript go on; since July 2026 the one for C# "
            "refuses, as the MCP specification demands.",
        )
    else:
        title = "the issuer's metadata does not say that it supports PKCE (S256)"
        yield warning("mcp_pkce", title, "Clients may refuse to go on.")


def _registration(document: Document, product: Product | None) -> Iterator[CheckResult]:
    if _registers(document, product) or document.get("client_id_metadata_document_supported") is True:
        return
    is_closed = bool(document.get("registration_endpoint"))
    how = "demands an API token to register a client" if is_closed else "has no registration_endpoint for clients"
    yield manual("mcp_registration", f"the issuer {how}: enter a client id in each client", _MANUAL)


def _registers(document: Document, product: Product | None) -> bool:
    """Whether any client may register (RFC 7591). Okta's endpoint demands an administrator's API token."""
    return bool(document.get("registration_endpoint")) and (product is None or product.registers)


def _scopes(seen: Seen, product: Product | None) -> Iterator[CheckResult]:
    """How Entra treats the scopes that clients copy from the metadata."""
    if product is not ENTRA:
        return
    scopes, resource = _scope_names(seen.metadata), text_of(seen.metadata, "resource")
    if not scopes:
        yield warning("mcp_scopes", "the metadata names no scope, so clients ask for no API", "Add scopes_supported.")
    if short := [scope for scope in scopes if "/" not in scope]:
        yield failed(
            "mcp_scopes",
            f"the scope {plain(short[0], 100)} does not name its API: Entra looks for it at Microsoft Graph "
            "(AADSTS650053; with the parameter resource AADSTS9010010)",
            "Publish it in full in scopes_supported, as in api://CLIENT_ID/access_as_user.",
        )
    if resource.startswith("https:") and not url_parts(resource).path:
        yield warning(
            "mcp_resource_slash",
            f"the resource {resource} has no path: clients that parse it send it with a slash at its end, which Entra "
            "treats as another resource (AADSTS9010010)",
            "Give the server's address a path, as in https://mcp.contoso.com/mcp.",
        )


def _clients(seen: Seen, product: Product | None) -> Iterator[CheckResult]:
    resource = text_of(seen.metadata, "resource")
    advertised = Advertised(
        seen.address,
        resource,
        _entra_takes(resource, _scope_names(seen.metadata)) if product is ENTRA else None,
        None if seen.issuer is None else _registers(seen.issuer, product),
        needs_parameter=bool(product and product.needs_parameter),
    )
    for client in CLIENTS:
        if why := obstacle(client, advertised):
            fixes = [_TEMPLATES] if advertised.needs_parameter else [_MANUAL] if client.registers else []
            yield warning("mcp_client", f"{client.name} gets no token for this server: {why}", *fixes)
        else:
            yield ok("mcp_client", f"{client.name}: no obstacle is known")


def _entra_takes(resource: str, scopes: list[str]) -> bool | None:
    """Whether Entra issues for the resource: a scope must begin with it, as in https://mcp.contoso.com/mcp/access."""
    if (url_parts(resource).hostname or "").endswith(_HOSTS_OF_MICROSOFT):
        return False
    return any(scope.rpartition("/")[0] == resource for scope in scopes) if scopes else None


def _scope_names(metadata: Document) -> list[str]:
    """The published scopes, without those of OpenID Connect."""
    scopes = metadata.get("scopes_supported")
    named = [scope for scope in scopes if isinstance(scope, str)] if isinstance(scopes, list) else []
    return [scope for scope in named if scope not in SIGN_IN_SCOPES]
