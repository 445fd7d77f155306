"""Compares a pasted token with the metadata of an MCP server and of its issuer. Pure rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from bridge.base.formats import GUID
from bridge.base.json_reader import json_object
from bridge.check.line import CheckResult, failed, manual, ok, warning
from bridge.tokens.claim_types import text
from bridge.tokens.display import plain
from bridge.tokens.token import decode
from bridge.tokens.verdict import Rejection
from tools.explain.issuers import difference, with_name
from tools.explain.mcp_issuers import Product

Document = Mapping[str, object]

_INSIDE: Final = re.compile(r"eyJ[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){2,4}")
_CLIENT_CLAIMS: Final = ("azp", "appid", "client_id", "cid")
_NOT_SENT: Final = (
    "If the client can't send resource: choose manual settings and a scope or an audience that names the API, or let "
    "the server accept this audience together with an exact list of client ids."
)


@dataclass(frozen=True, slots=True)
class Pasted:
    """A token's claims; None if only its issuer can read them. `encrypted`: it is a JWE."""

    claims: Document | None = field(repr=False)
    encrypted: bool = False


def text_of(document: Document, name: str) -> str:
    """A member that is text, safe to show; empty if it is absent or of another type."""
    return plain(text(document, name), 500)


def pasted(written: str) -> Pasted:
    """What was pasted: a token, alone or in a header or a response, or its decoded claims."""
    if found := _INSIDE.search(written):
        try:
            return Pasted(decode(found[0]).claims)
        except Rejection:
            return Pasted(None, encrypted=found[0].count(".") == 4)
    claims = json_object(written.encode("utf-8", "replace"))
    return Pasted(claims if claims and "iss" in claims else None)


def judge_token(
    token: Pasted, metadata: Document, issuer: str, product: Product | None, *, now: float
) -> Iterator[CheckResult]:
    """The lines on the token. `metadata` is the resource metadata, `issuer` the expected `iss`; `now`: Unix seconds."""
    about = (product.about_audience,) if product else ()
    if token.claims is None and product and product.opaque:
        yield manual("mcp_token_opaque", "the token is opaque: only its issuer can read it", *about)
    elif token.claims is None:
        kind = "encrypted" if token.encrypted else "no JWT"
        title = f"the token is {kind}: the issuer made it for itself and not for an API, or it was cut"
        yield failed("mcp_token_opaque", title, *about, "Ask for the server's resource, and paste the whole token.")
    else:
        if issuer:
            yield from _issuer(text_of(token.claims, "iss"), issuer)
        expires = token.claims.get("exp")
        if isinstance(expires, int | float) and expires < now:
            yield warning("mcp_token_expired", "the token has expired", "Sign in again, and paste the new one.")
        yield _audience(token.claims, metadata, about)


def _issuer(found: str, issuer: str) -> Iterator[CheckResult]:
    if found.rstrip("/") == issuer.rstrip("/"):
        return
    if difference(found, (issuer,)) == "token_version":
        yield failed(
            "mcp_token_version",
            f"the token is of another version: its issuer is {plain(found, 300)}, not {plain(issuer, 300)}",
            "Entra admin center > App registrations > the server's app > Manifest: set api.requestedAccessTokenVersion "
            "to 2, and sign in again.",
        )
    else:
        title = f"the token was issued by {plain(with_name(found), 300) or '(nobody)'}, not by {plain(issuer, 300)}"
        yield failed("mcp_token_issuer", title, "Sign in at the issuer that the resource metadata names.")


def _audience(claims: Document, metadata: Document, about: tuple[str, ...]) -> CheckResult:
    named = claims.get("aud")
    audiences = [str(one) for one in (named if isinstance(named, list) else [named]) if one]
    resource, shown = text_of(metadata, "resource"), plain(", ".join(audiences), 300)
    expects = f"the server expects {resource or 'its own address'}"
    if {resource, *_apps(metadata)} & set(audiences):
        return ok("mcp_token_audience", f"the token is for this server (audience {shown})")
    if {"at_hash", "c_hash", "nonce"} & claims.keys() or claims.get("token_use") == "id":
        return failed("mcp_token_id_token", "this is an ID token, which is for the client", "Paste the access token.")
    if not audiences:
        return failed("mcp_token_no_audience", f"the token names no audience; {expects}", *about)
    own = {text_of(claims, name) for name in _CLIENT_CLAIMS}
    if own & set(audiences) or any(one.startswith("client_") for one in audiences):
        return failed(
            "mcp_token_client_id",
            f"the token's audience is the client's own id ({shown}), and {expects}: the client did not send the "
            "parameter resource (RFC 8707), or the issuer ignored it",
            *about,
            _NOT_SENT,
        )
    issuer = text_of(claims, "iss").rstrip("/")
    if issuer and all(one == issuer or one.startswith(f"{issuer}/") for one in audiences):
        return failed("mcp_token_for_issuer", f"the token is for the issuer itself ({shown}); {expects}", *about)
    return failed("mcp_token_audience", f"the token is for {shown}, and {expects}", *about)


def _apps(metadata: Document) -> Iterator[str]:
    """The audiences to which the scopes belong: for `api://GUID/scope` Entra's v2 tokens have the GUID alone."""
    scopes = metadata.get("scopes_supported")
    for scope in scopes if isinstance(scopes, list) else []:
        base = str(scope).rpartition("/")[0]
        yield from (base, *(part for part in base.removeprefix("api://").split("/") if GUID.fullmatch(part)))
