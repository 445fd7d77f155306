"""A pasted token, compared with what an MCP server and its issuer say of themselves. Pure rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from bridge.base.formats import GUID
from bridge.base.json_reader import json_object
from bridge.check.line import CheckResult, failed, manual, ok, warning
from bridge.tokens.display import plain
from bridge.tokens.token import decode
from bridge.tokens.verdict import Rejection
from tools.explain.issuers import difference, name_of
from tools.explain.mcp_issuers import Product

Json = Mapping[str, object]

_INSIDE: Final = re.compile(r"eyJ[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){2,4}")
_CLIENT_CLAIMS: Final = ("azp", "appid", "client_id", "cid")
_NOT_SENT: Final = (
    "If the client can't send resource: choose manual settings and a scope or an audience that names the API, or let "
    "the server accept this audience together with an exact list of client ids.",
)


@dataclass(frozen=True, slots=True)
class Pasted:
    """A token's claims; None if it can be read by its issuer only. `encrypted`: it is a JWE."""

    claims: Json | None = field(repr=False)
    encrypted: bool = False


def pasted(text: str) -> Pasted:
    """What was pasted: a token, alone or in a header or a response, or its decoded claims."""
    if found := _INSIDE.search(text):
        try:
            return Pasted(decode(found[0]).claims)
        except Rejection:
            return Pasted(None, encrypted=found[0].count(".") == 4)
    claims = json_object(text.encode("utf-8", "replace"))
    return Pasted(claims if claims and "iss" in claims else None)


def judge_token(
    token: Pasted, metadata: Json, issuer: str, product: Product | None, *, now: float
) -> Iterator[CheckResult]:
    """`metadata` are those of the resource, `issuer` what the issuer calls itself; `now`: Unix seconds."""
    if token.claims is None:
        yield _unreadable(token, product)
        return
    if issuer:
        yield from _issuer(_text(token.claims, "iss"), issuer)
    expires = token.claims.get("exp")
    if isinstance(expires, int | float) and expires < now:
        yield warning("mcp_token_expired", "the token has expired", "Sign in again, and paste the new one.")
    yield _audience(token.claims, metadata, product)


def _unreadable(token: Pasted, product: Product | None) -> CheckResult:
    if product and product.opaque:
        return manual("mcp_token_opaque", "the token is opaque: only its issuer can read it", product.about_audience)
    how = "encrypted" if token.encrypted else "no JWT"
    return failed(
        "mcp_token_opaque",
        f"the token is {how}: the issuer gave one for itself and not for an API, or it is cut",
        *([product.about_audience] if product else []),
        "Ask for the server's resource, and paste the whole token.",
    )


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
        return
    known = f" ({name_of(found)})" if name_of(found) else ""
    yield failed(
        "mcp_token_issuer",
        f"the token is issued by {plain(found, 300) or '(nobody)'}{known}, not by {plain(issuer, 300)}",
        "Sign in at the issuer that the resource metadata name.",
    )


def _audience(claims: Json, metadata: Json, product: Product | None) -> CheckResult:
    named = claims.get("aud")
    audiences = [str(one) for one in (named if isinstance(named, list) else [named]) if one]
    resource, shown = _text(metadata, "resource"), plain(", ".join(audiences), 300)
    about = (product.about_audience,) if product else ()
    if resource in audiences or set(audiences) & set(_apps(metadata)):
        return ok("mcp_token_audience", f"the token is for this server (audience {shown})")
    expected = resource or "the server"
    if {"at_hash", "c_hash", "nonce"} & claims.keys() or claims.get("token_use") == "id":
        return failed("mcp_token_id_token", "this is an ID token, which is for the client", "Paste the access token.")
    if not audiences:
        return failed("mcp_token_no_audience", f"the token names no audience; the server expects {expected}", *about)
    own = {_text(claims, name) for name in _CLIENT_CLAIMS} - {""}
    if own & set(audiences) or any(one.startswith("client_") for one in audiences):
        return failed(
            "mcp_token_client_id",
            f"the token's audience is the client's own id ({shown}), and the server expects {expected}: the client did "
            "not send the parameter resource (RFC 8707), or the issuer took no notice of it",
            *about,
            *_NOT_SENT,
        )
    issuer = _text(claims, "iss").rstrip("/")
    if issuer and all(one == issuer or one.startswith(f"{issuer}/") for one in audiences):
        return failed(
            "mcp_token_for_issuer",
            f"the token is for the issuer itself ({shown}); the server expects {expected}",
            *about,
        )
    return failed("mcp_token_audience", f"the token is for {shown}, and the server expects {expected}", *about)


def _apps(metadata: Json) -> Iterator[str]:
    """The audiences that scopes stand for: Entra's v2 tokens have the client id of `api://GUID/scope`."""
    scopes = metadata.get("scopes_supported")
    for scope in scopes if isinstance(scopes, list) else []:
        base = str(scope).rpartition("/")[0]
        yield from (base, *(part for part in base.removeprefix("api://").split("/") if GUID.fullmatch(part)))


def _text(document: Json, name: str) -> str:
    value = document.get(name)
    return plain(value, 500) if isinstance(value, str) else ""
