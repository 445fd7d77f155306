"""Anybody's MCP server, from what it and its issuer say of themselves and from a pasted token. Pure rules.

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
from tools.explain.issuers import name_of
from tools.explain.mcp_issuers import ENTRA, Product, product_of
from tools.explain.mcp_token import Pasted, judge_token

Json = Mapping[str, object]

WELL_KNOWN: Final = "/.well-known/oauth-protected-resource"
_NAMED: Final = re.compile(r"resource_metadata\s*=\s*(?:\"([^\"]*)\"|([^\s,\"]+))", re.IGNORECASE)
_MANUAL: Final = "In Copilot Studio choose OAuth 2.0 > Manual, and enter client id, URLs and scope by hand."
_TEMPLATES: Final = (
    "Or take a custom connector with the identity provider Generic OAuth 2, and add &resource=ADDRESS to its "
    "Authorization URL Query String Template and to its Token and Refresh Body Templates."
)
_ISSUER_OF_ENTRA: Final = (
    "With Entra it is https://login.microsoftonline.com/TENANT_ID/v2.0: common, organizations and the addresses "
    "without /v2.0 name another issuer."
)
_HOSTS_OF_MICROSOFT: Final = tuple(
    f".{host}"
    for host in (
        "azurewebsites.net",
        "azurewebsites.us",
        "azurecontainerapps.io",
        "azure-api.net",
        "azurestaticapps.net",
        "azurefd.net",
        "cloudapp.azure.com",
        "trafficmanager.net",
    )
)
"""Nobody can verify these domains for a tenant, so that Entra has no App ID URI below them."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document at `url`; None if there is none such that can be read. `problem`: why there was no answer at all."""

    url: str
    status: int
    document: Json | None = None
    problem: str = ""

    @property
    def outcome(self) -> str:
        """Place and outcome, as in `https://HOST/x: HTTP 404`."""
        return f"{plain(self.url, 200)}: {plain(self.problem, 200) or f'HTTP {self.status}'}"


@dataclass(frozen=True, slots=True)
class Seen:
    """What was asked: `status`, `challenge` and `location` of a POST without a token; `token` as it was pasted.

    `missed`: the places where clients look for the resource metadata before the one where they are, or all of them;
    `issuer_missed`: the same of the issuer's.
    """

    address: str
    status: int
    challenge: str = ""
    metadata: Fetched | None = None
    issuer: Fetched | None = None
    missed: tuple[Fetched, ...] = ()
    location: str = ""
    issuer_missed: tuple[Fetched, ...] = ()
    token: Pasted | None = field(default=None, repr=False)

    @property
    def resource_metadata(self) -> Json:
        """Empty if there are none."""
        return self.metadata.document if self.metadata and self.metadata.document else {}

    @property
    def issuer_metadata(self) -> Json | None:
        """None if there are none."""
        return self.issuer.document if self.issuer else None


def metadata_places(address: str, challenge: str) -> list[str]:
    """Where clients look for the resource metadata, in their order (RFC 9728 sections 3.1 and 5.1)."""
    parts = url_parts(address)
    base, path = f"{parts.scheme}://{parts.netloc}{WELL_KNOWN}", parts.path.rstrip("/")
    return list(dict.fromkeys(place for place in (named_place(challenge), f"{base}{path}", base) if place))


def named_place(challenge: str) -> str:
    """The place that a challenge leads to; empty without one."""
    found = _NAMED.search(challenge)
    return (found[1] or found[2] or "") if found else ""


def issuer_places(issuer: str) -> list[str]:
    """Where clients look for the issuer metadata, in their order."""
    parts = url_parts(issuer)
    base, path = f"{parts.scheme}://{parts.netloc}/.well-known/", parts.path.rstrip("/")
    inserted = [f"{base}oauth-authorization-server{path}", f"{base}openid-configuration{path}"]
    return list(dict.fromkeys([*inserted, f"{issuer.rstrip('/')}/.well-known/openid-configuration"]))


def issuer_of(metadata: Fetched | None) -> str:
    """The first authorization server that the metadata name; empty without one."""
    named = metadata.document.get("authorization_servers") if metadata and metadata.document else None
    return named[0] if isinstance(named, list) and named and isinstance(named[0], str) else ""


def judge(seen: Seen, *, now: float) -> list[CheckResult]:
    """What is right and wrong, line by line, and what each client will make of it. `now`: Unix seconds."""
    issuer = issuer_of(seen.metadata)
    product = product_of(issuer, seen.issuer_metadata)
    lines = [_server(seen), *_metadata(seen)]
    if issuer:
        lines += [*_issuer(seen, issuer, product), *_scopes(seen, product), *_clients(seen, product)]
    if seen.token:
        said = _text(seen.issuer_metadata or {}, "issuer")
        lines += judge_token(seen.token, seen.resource_metadata, said or issuer, product, now=now)
    return lines


def _server(seen: Seen) -> CheckResult:
    status = seen.status
    if status == 401:
        return _challenge(seen)
    if status < 300:
        return warning("mcp_open", f"the server answers HTTP {status} without a token", "Require one with a 401.")
    if status < 400:
        return failed(
            "mcp_redirect",
            f"the server redirects to {plain(seen.location, 300) or 'another address'} (HTTP {status})",
            "Enter that address in the clients: on a redirect they lose the body, the token, or both.",
        )
    if status == 403:
        return failed(
            "mcp_forbidden",
            "the server answers HTTP 403 before it has seen a token, so clients never learn where to sign in",
            "Look at what is in front of it: a firewall, a list of IP addresses, a check of the Origin header.",
        )
    if status >= 500:
        return failed("mcp_server_fails", f"the server answers HTTP {status}: it fails by itself", "Read its own log.")
    return failed(
        "mcp_server",
        f"a POST to {seen.address} is answered with HTTP {status}: there is no MCP server at this address",
        "Take the whole address, path included, without a slash at its end, as the server's documentation has it.",
        *(
            ["An address that ends in /sse is of the transport that Copilot Studio ended in August 2025."]
            if url_parts(seen.address).path.endswith("/sse")
            else []
        ),
    )


def _challenge(seen: Seen) -> CheckResult:
    named = named_place(seen.challenge)
    if not named:
        return warning(
            "mcp_challenge",
            "the 401 has no WWW-Authenticate header with resource_metadata",
            "Send WWW-Authenticate: Bearer resource_metadata=… with each 401 (RFC 9728 section 5.1); clients have to "
            "guess the place otherwise.",
        )
    if any(place.url == named for place in seen.missed):
        return failed(
            "mcp_challenge_place",
            f"the 401 leads to {plain(named, 300)}, where there are no metadata; clients that look nowhere else stop",
            "Serve them there, without authentication, or name the place where they are.",
        )
    return ok("mcp_server", "without a token the server answers 401, and its challenge leads to the metadata")


def _metadata(seen: Seen) -> Iterator[CheckResult]:
    if not seen.resource_metadata:
        if seen.issuer_metadata is not None:
            yield warning(
                "mcp_metadata_old",
                "there are no resource metadata (RFC 9728): the server is its own authorization server, as revision "
                "2025-03-26 had it",
                f"Serve them at {metadata_places(seen.address, '')[0]}; newer clients may not look for anything else.",
            )
            return
        yield failed(
            "mcp_metadata",
            "there are no resource metadata (RFC 9728), so clients can't find out who issues tokens",
            f"Serve them as JSON, without authentication, at {metadata_places(seen.address, '')[0]}.",
            *_looked_at(seen.missed),
            _MANUAL,
        )
        return
    resource = _text(seen.resource_metadata, "resource")
    if not issuer_of(seen.metadata):
        yield failed("mcp_issuer", "the metadata name no authorization server", "Add authorization_servers.")
    if covers(resource, seen.address):
        where = seen.metadata.url if seen.metadata else ""
        yield ok("mcp_resource", f"the metadata are at {plain(where, 300)}, and the resource {resource} is the address")
    else:
        how = _difference(resource, seen.address)
        yield failed(
            "mcp_resource",
            f"the resource {resource or '(none)'} is not the server's address {seen.address}: {how}",
            "Make both equal. VS Code, Claude and the official SDKs refuse the metadata otherwise; Copilot Studio with "
            "manual settings does not read them.",
        )


def _looked_at(missed: tuple[Fetched, ...]) -> list[str]:
    return [f"Looked at {'; '.join(one.outcome for one in missed)}."] if missed else []


def _difference(resource: str, address: str) -> str:
    if resource.rstrip("/").casefold() == address.rstrip("/").casefold():
        return "they differ by a slash at the end, or by upper and lower case"
    if resource.startswith("api://"):
        return "it is an App ID URI of Entra"
    return "they name different places"


def _issuer(seen: Seen, issuer: str, product: Product | None) -> Iterator[CheckResult]:
    document = seen.issuer_metadata
    if document is None:
        yield failed(
            "mcp_issuer_metadata",
            f"the issuer {plain(issuer, 300)} has no metadata that clients could read",
            *_looked_at(seen.issuer_missed),
        )
        return
    if _text(document, "issuer") != issuer:
        yield failed(
            "mcp_issuer_mismatch",
            f"the issuer calls itself {_text(document, 'issuer') or '(nothing)'}, the resource metadata "
            f"{plain(issuer, 300)}",
            "Write it in authorization_servers exactly as the issuer does (RFC 8414 section 3.3): clients compare them "
            "character by character.",
            *([_ISSUER_OF_ENTRA] if product is ENTRA else []),
        )
    else:
        known = f" ({name_of(issuer)})" if name_of(issuer) else ""
        yield ok(
            "mcp_issuer_metadata", f"the issuer{known} names itself as the resource metadata do: {plain(issuer, 300)}"
        )
    if lacking := [name for name in ("authorization_endpoint", "token_endpoint") if not _text(document, name)]:
        yield failed("mcp_issuer_endpoints", f"the issuer's metadata lack {' and '.join(lacking)}", "Add them.")
    if product:
        yield manual("mcp_issuer_resource", product.about_audience)
    yield from _pkce(document, product)
    yield from _registration(document, product)


def _pkce(document: Json, product: Product | None) -> Iterator[CheckResult]:
    methods = document.get("code_challenge_methods_supported")
    if isinstance(methods, list) and "S256" in methods:
        return
    if product and not product.says_pkce and methods is None:
        yield manual(
            "mcp_pkce",
            "the issuer supports PKCE, but its metadata do not say so (code_challenge_methods_supported)",
            "VS Code, Claude, and the official SDKs for Python and TypeScript go on; the one for C# refuses since "
            "July 2026, as the MCP specification has it.",
        )
        return
    yield warning("mcp_pkce", "the issuer does not say that it supports PKCE (S256)", "Clients may refuse to go on.")


def _registration(document: Json, product: Product | None) -> Iterator[CheckResult]:
    if _registers(document, product) or document.get("client_id_metadata_document_supported") is True:
        return
    is_closed = bool(document.get("registration_endpoint"))
    what = "registers only who brings an API token" if is_closed else "registers no clients (no registration_endpoint)"
    yield manual("mcp_registration", f"the issuer {what}: enter a client id in each client", _MANUAL)


def _registers(document: Json | None, product: Product | None) -> bool:
    """Whether any client may register (RFC 7591). Okta's endpoint asks for the API token of an administrator."""
    return bool(document and document.get("registration_endpoint")) and (product is None or product.registers)


def _scopes(seen: Seen, product: Product | None) -> Iterator[CheckResult]:
    """What Entra makes of the scopes that clients copy from the metadata."""
    if product is not ENTRA:
        return
    scopes, resource = _scope_names(seen.resource_metadata), _text(seen.resource_metadata, "resource")
    if not scopes:
        yield warning(
            "mcp_scopes", "the metadata name no scope, so that clients ask Entra for no API", "Add scopes_supported."
        )
    if short := [scope for scope in scopes if "/" not in scope]:
        yield failed(
            "mcp_scopes",
            f"the scope {plain(short[0], 100)} does not name its API: Entra looks for it at Microsoft Graph "
            "(AADSTS650053; beside resource AADSTS9010010)",
            "Publish it in full in scopes_supported, as in api://CLIENT_ID/access_as_user.",
        )
    if resource.startswith("https:") and not url_parts(resource).path:
        yield warning(
            "mcp_resource_slash",
            f"the resource {resource} has no path: clients that parse it send it with a slash at its end, which Entra "
            "takes for another one (AADSTS9010010)",
            "Give the server's address a path, as in https://mcp.contoso.com/mcp.",
        )


def _clients(seen: Seen, product: Product | None) -> Iterator[CheckResult]:
    resource = _text(seen.resource_metadata, "resource")
    document = seen.issuer_metadata
    advertised = Advertised(
        seen.address,
        resource,
        _entra_takes(resource, _scope_names(seen.resource_metadata)) if product is ENTRA else None,
        _registers(document, product) if document is not None else None,
        needs_parameter=bool(product and product.needs_parameter),
    )
    for client in CLIENTS:
        if why := obstacle(client, advertised):
            fixes = [_TEMPLATES] if advertised.needs_parameter else [_MANUAL] if client.registers else []
            yield warning("mcp_client", f"{client.name} gets no token for this server: {why}", *fixes)
        else:
            yield ok("mcp_client", f"{client.name}: no obstacle is known")


def _entra_takes(resource: str, scopes: list[str]) -> bool | None:
    """Whether Entra issues for the resource: a scope has to begin with it, as in https://mcp.contoso.com/mcp/access."""
    if (url_parts(resource).hostname or "").endswith(_HOSTS_OF_MICROSOFT):
        return False
    return any(scope.rpartition("/")[0] == resource for scope in scopes) if scopes else None


def _scope_names(document: Json) -> list[str]:
    """The scopes that the metadata publish, without those of OpenID Connect."""
    scopes = document.get("scopes_supported")
    named = [scope for scope in scopes if isinstance(scope, str)] if isinstance(scopes, list) else []
    return [scope for scope in named if scope not in ("openid", "profile", "email", "offline_access")]


def _text(document: Json, name: str) -> str:
    value = document.get(name)
    return plain(value, 500) if isinstance(value, str) else ""
