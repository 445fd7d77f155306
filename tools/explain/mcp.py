"""Anybody's MCP server, from what it and its issuer say of themselves and from a pasted token. Pure rules.

RFC 9728 (resource metadata), RFC 8414 (issuer metadata), RFC 8707 (`resource`), and the MCP specification.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from bridge.base.formats import GUID
from bridge.check.line import CheckResult, failed, manual, ok, warning
from bridge.check.mcp import CLIENTS, Advertised, covers, obstacle
from bridge.clouds import entra_clouds
from bridge.tokens.display import plain
from bridge.tokens.token import decode
from bridge.tokens.verdict import Rejection

Json = Mapping[str, object]

WELL_KNOWN: Final = "/.well-known/oauth-protected-resource"
_PARAMETER: Final = re.compile(r'([a-z_]+)="([^"]*)"')
_MANUAL: Final = "In Copilot Studio choose OAuth 2.0 > Manual, and enter client id, URLs and scope by hand."


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document at `url`; None if there is none such that can be read."""

    url: str
    status: int
    document: Json | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What was asked: `status` and `challenge` of a POST without a token; `claims` of a pasted token.

    `opaque`: a token was pasted, and it is no JWT.
    """

    address: str
    status: int
    challenge: str = ""
    metadata: Fetched | None = None
    issuer: Fetched | None = None
    claims: Json | None = None
    opaque: bool = False


@dataclass(frozen=True, slots=True)
class IssuerKind:
    """A product that issues tokens, and what becomes of the parameter `resource` there."""

    name: str
    is_at: Callable[[str], bool]
    about_resource: str


KINDS: Final = (
    IssuerKind(
        "Microsoft Entra ID",
        lambda issuer: bool(entra_clouds(urlsplit(issuer).hostname or "")),
        "Entra takes resource only if it is an App ID URI of the scope's app (AADSTS9010010 otherwise). A v2 token has "
        "the API's client id as its audience, whatever was asked for.",
    ),
    IssuerKind(
        "WorkOS AuthKit",
        lambda issuer: (urlsplit(issuer).hostname or "").endswith((".authkit.app", ".workos.com")),
        "AuthKit puts resource into the audience if the client sends it; without it the audience is the client id. Add "
        "the server's address as a resource in WorkOS, and use a client that sends the parameter.",
    ),
    IssuerKind(
        "Auth0",
        lambda issuer: (urlsplit(issuer).hostname or "").endswith(".auth0.com"),
        "Auth0 takes its own parameter audience; resource counts only with the resource parameter compatibility "
        "profile. Create an API whose identifier is the server's address, and make it the tenant's default audience.",
    ),
    IssuerKind(
        "Keycloak",
        lambda issuer: "/realms/" in issuer,
        "Keycloak ignores resource; the audience comes from client scopes. Add an audience mapper with the server's "
        "address to the scope that clients ask for.",
    ),
)


def with_token(seen: Seen, token: str) -> Seen:
    """`seen` with a pasted token, which is looked at and not kept."""
    text = token.strip().removeprefix("Bearer ").strip()
    try:
        claims: Json | None = decode(text).claims
    except Rejection:
        claims = None
    return Seen(seen.address, seen.status, seen.challenge, seen.metadata, seen.issuer, claims, claims is None)


def metadata_places(address: str, challenge: str) -> list[str]:
    """Where clients look for the resource metadata, in their order (RFC 9728 sections 3.1 and 5.1)."""
    parts = urlsplit(address)
    base, path = f"{parts.scheme}://{parts.netloc}{WELL_KNOWN}", parts.path.rstrip("/")
    named = dict(_PARAMETER.findall(challenge)).get("resource_metadata", "")
    return list(dict.fromkeys(place for place in (named, f"{base}{path}", base) if place))


def issuer_places(issuer: str) -> list[str]:
    """Where clients look for the issuer metadata, in their order."""
    parts = urlsplit(issuer)
    base, path = f"{parts.scheme}://{parts.netloc}/.well-known/", parts.path.rstrip("/")
    inserted = [f"{base}oauth-authorization-server{path}", f"{base}openid-configuration{path}"]
    return list(dict.fromkeys([*inserted, f"{issuer.rstrip('/')}/.well-known/openid-configuration"]))


def issuer_of(metadata: Fetched | None) -> str:
    """The first authorization server that the metadata name; empty without one."""
    named = metadata.document.get("authorization_servers") if metadata and metadata.document else None
    return named[0] if isinstance(named, list) and named and isinstance(named[0], str) else ""


def judge(seen: Seen) -> list[CheckResult]:
    """What is right and wrong, line by line, and what each client will make of it."""
    lines = [_server(seen), *_metadata(seen)]
    if issuer := issuer_of(seen.metadata):
        lines += _issuer(seen, issuer)
        lines += _clients(seen, issuer)
    return [*lines, *_token(seen, issuer)]


def _server(seen: Seen) -> CheckResult:
    if seen.status == 401:
        if dict(_PARAMETER.findall(seen.challenge)).get("resource_metadata"):
            return ok("mcp_server", "without a token the server answers 401, and its challenge leads to the metadata")
        return warning(
            "mcp_challenge",
            "the 401 has no WWW-Authenticate header with resource_metadata",
            "Send WWW-Authenticate: Bearer resource_metadata=… with each 401 (RFC 9728 section 5.1); clients have to "
            "guess the place otherwise.",
        )
    if seen.status < 300:
        return warning("mcp_open", f"the server answers HTTP {seen.status} without a token", "Require one with a 401.")
    return failed(
        "mcp_server",
        f"a POST to {seen.address} is answered with HTTP {seen.status}: there is no MCP server at this address",
        "Take the whole address, path included, without a slash at its end, as the server's documentation has it.",
    )


def _metadata(seen: Seen) -> Iterator[CheckResult]:
    if seen.metadata is None or seen.metadata.document is None:
        yield failed(
            "mcp_metadata",
            "there are no resource metadata (RFC 9728), so clients can't find out who issues tokens",
            f"Serve them at {metadata_places(seen.address, '')[0]}.",
            _MANUAL,
        )
        return
    resource = _text(seen.metadata.document, "resource")
    if not issuer_of(seen.metadata):
        yield failed("mcp_issuer", "the metadata name no authorization server", "Add authorization_servers.")
    if covers(resource, seen.address):
        yield ok("mcp_resource", f"the metadata are at {seen.metadata.url}, and the resource {resource} is the address")
    else:
        how = _difference(resource, seen.address)
        yield failed(
            "mcp_resource",
            f"the resource {resource or '(none)'} is not the server's address {seen.address}: {how}",
            "Make both equal. VS Code, Claude, ChatGPT and the official SDKs refuse the metadata otherwise; Copilot "
            "Studio with manual settings does not read them.",
        )


def _difference(resource: str, address: str) -> str:
    if resource.rstrip("/").casefold() == address.rstrip("/").casefold():
        return "they differ by a slash at the end, or by upper and lower case"
    if resource.startswith("api://"):
        return "it is an App ID URI of Entra"
    return "they name different places"


def _issuer(seen: Seen, issuer: str) -> Iterator[CheckResult]:
    kind = _kind(issuer)
    if seen.issuer is None or seen.issuer.document is None:
        yield failed(
            "mcp_issuer_metadata",
            f"the issuer {issuer} has no metadata that clients could read",
            f"They look at {', '.join(issuer_places(issuer))}.",
        )
        return
    document = seen.issuer.document
    if _text(document, "issuer") != issuer:
        yield failed(
            "mcp_issuer_mismatch",
            f"the issuer calls itself {_text(document, 'issuer') or '(nothing)'}, the resource metadata {issuer}",
            "Write it in authorization_servers exactly as the issuer does (RFC 8414 section 3.3): clients compare them "
            "character by character.",
        )
    else:
        yield ok("mcp_issuer_metadata", f"the issuer is {kind.name if kind else 'known'}, {issuer}")
    if kind:
        yield manual("mcp_issuer_resource", kind.about_resource)
    methods = document.get("code_challenge_methods_supported")
    if not isinstance(methods, list) and not (kind and kind is KINDS[0]):
        yield warning("mcp_pkce", "the issuer does not say that it supports PKCE", "Clients may refuse to go on.")
    if not _registers(document):
        yield manual(
            "mcp_registration",
            "the issuer registers no clients by itself (no registration_endpoint): enter a client id in each client",
            _MANUAL,
        )


def _registers(document: Json | None) -> bool:
    return bool(document) and bool(
        document and (document.get("registration_endpoint") or document.get("client_id_metadata_document_supported"))
    )


def _clients(seen: Seen, issuer: str) -> Iterator[CheckResult]:
    document = seen.metadata.document if seen.metadata and seen.metadata.document else {}
    resource = _text(document, "resource")
    advertised = Advertised(
        seen.address,
        resource,
        _issuer_takes(resource, document.get("scopes_supported")) if _kind(issuer) is KINDS[0] else None,
        _registers(seen.issuer.document) if seen.issuer and seen.issuer.document is not None else None,
    )
    for client in CLIENTS:
        if why := obstacle(client, advertised):
            yield warning("mcp_client", f"{client.name} gets no token: {why}", *([_MANUAL] if client.registers else []))
        else:
            yield ok("mcp_client", f"{client.name}: nothing found that prevents it")


def _issuer_takes(resource: str, scopes: object) -> bool | None:
    """Whether Entra knows the resource, judged by the scopes: `https://mcp.contoso.com/mcp/access_as_user`."""
    names = [scope for scope in scopes if isinstance(scope, str)] if isinstance(scopes, list) else []
    if (urlsplit(resource).hostname or "").endswith((".azurewebsites.net", ".azurewebsites.us")):
        return False
    return any(scope.rpartition("/")[0] == resource for scope in names) if names else None


def _token(seen: Seen, issuer: str) -> Iterator[CheckResult]:
    if seen.opaque:
        yield failed(
            "mcp_token_opaque",
            "the token is no JWT: the issuer gave one for itself and not for an API",
            "Ask for the server's resource; at Auth0 that is the parameter audience.",
        )
    if seen.claims is None:
        return
    document: Json = seen.metadata.document if seen.metadata and seen.metadata.document else {}
    found = _text(seen.claims, "iss")
    if issuer and found.rstrip("/") != _text(
        seen.issuer.document if seen.issuer and seen.issuer.document else {}, "issuer"
    ).rstrip("/"):
        yield failed(
            "mcp_token_issuer", f"the token is issued by {found or '(nobody)'}, not by {issuer}", "Sign in there."
        )
    yield _audience(seen.claims, document, issuer)


def _audience(claims: Json, document: Json, issuer: str) -> CheckResult:
    named = claims.get("aud")
    audiences = [str(one) for one in (named if isinstance(named, list) else [named]) if one]
    resource, kind = _text(document, "resource"), _kind(issuer)
    if resource in audiences or set(audiences) & set(_apps(document)):
        return ok("mcp_token_audience", f"the token is for this server (audience {plain(', '.join(audiences))})")
    shown = plain(", ".join(audiences)) or "(none)"
    own = {_text(claims, name) for name in ("azp", "appid", "client_id", "cid")} - {""}
    if own & set(audiences) or any(one.startswith("client_") for one in audiences) or not audiences:
        return failed(
            "mcp_token_client_id",
            f"the token's audience is the client's own id ({shown}), and the server expects {resource}: the client did "
            "not send the parameter resource (RFC 8707), or the issuer took no notice of it",
            *([kind.about_resource] if kind else []),
            "If the client can't send it (Copilot Studio with dynamic discovery has been seen not to): choose manual "
            "settings and a scope or an audience that names the API, or let the server accept this audience together "
            "with an exact list of client ids.",
        )
    return failed(
        "mcp_token_audience",
        f"the token is for {shown}, and the server expects {resource or 'another audience'}",
        *([kind.about_resource] if kind else []),
    )


def _apps(document: Json) -> Iterator[str]:
    """The audiences that scopes stand for: Entra's v2 tokens have the client id of `api://GUID/scope`."""
    scopes = document.get("scopes_supported")
    for scope in scopes if isinstance(scopes, list) else []:
        base = str(scope).rpartition("/")[0]
        yield from (base, *(part for part in base.removeprefix("api://").split("/") if GUID.fullmatch(part)))


def _kind(issuer: str) -> IssuerKind | None:
    return next((kind for kind in KINDS if kind.is_at(issuer)), None)


def _text(document: Json, name: str) -> str:
    value = document.get(name)
    return plain(value, 500) if isinstance(value, str) else ""
