"""Judges a token, or its decoded claims, by the rules of the deployed app, and makes the claims readable."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

from bridge.tokens.claim_types import LAST_SECOND, clouds, moment, text
from bridge.tokens.display import plain
from bridge.tokens.resources import bare, microsoft_resource
from bridge.tokens.rules import PERSONAL_ACCOUNTS
from bridge.tokens.token import ParsedToken, check_header, decode
from bridge.tokens.validate import validate_claims
from bridge.tokens.verdict import Rejection
from tools.explain.claims_text import Decoded, of_cut_token
from tools.explain.codes import CLIENTS
from tools.explain.expectation import Expectation
from tools.explain.explanation import Explanation, Fact, Item
from tools.explain.issuers import difference, name_of, policy_of, with_name

MOST_CLAIMS = 60
OLD = 86_400
"""A token that expired more than this many seconds ago is an old copy."""

_Judge = Callable[[Mapping[str, object], Expectation, float], Item | None]
_OF_TIME = frozenset({"expired", "not_yet_valid", "times_invalid", "clock_skew"})

_FIRST = (
    *("iss", "ver", "tid", "aud", "azp", "appid", "client_id", "scp", "scope", "roles", "idtyp"),
    *("oid", "sub", "upn", "preferred_username", "unique_name", "acct", "idp", "iat", "nbf", "exp"),
)
_DECISIVE: Mapping[str, tuple[str, ...]] = {
    "audience": ("aud",),
    "client": ("azp", "appid", "aud"),
    "issuer": ("iss",),
    "foreign": ("iss",),
    "wrong_cloud": ("iss",),
    "tenant": ("tid",),
    "wrong_tenant": ("tid",),
    "personal": ("tid",),
    "token_version": ("ver", "iss"),
    "id_token": ("nonce", "aud"),
    "app_only": ("idtyp", "roles", "azp", "appid"),
    "role": ("roles",),
    "expired": ("exp",),
    "not_yet": ("nbf",),
    "clock": ("iat",),
    "times": ("exp", "nbf", "iat"),
    "object": ("oid",),
    "guest": ("acct", "idp", "upn", "preferred_username", "unique_name"),
    "client_not_allowed": ("azp", "appid"),
    "scope": ("scp",),
    "insufficient": ("scp",),
    "agent": ("xms_sub_fct", "xms_act_fct", "idtyp", "azp", "appid"),
    "proof_of_possession": ("cnf",),
    "algorithm": ("alg",),
    "unsigned": ("alg",),
    "key_id": ("kid",),
    "critical": ("crit",),
}
"""First letters of a verdict's code → the claims that decide it. The longest match counts."""

_NEEDED = {"iss": "iss", "aud": "aud", "tid": "tid", "scp": "scp", "client": "azp"}


def explain_token(token: str, expectation: Expectation, *, now: float) -> Explanation:
    """The verdict on a token, and its claims. The signature cannot be verified offline. `now`: Unix seconds."""
    try:
        parsed = decode(token)
    except Rejection as error:
        return _of_unreadable(error, token, expectation, now)
    of_header = _of_header(parsed, token, expectation)
    items = (of_header,) if of_header else _judged(_of_claims, parsed.claims, expectation, now)
    return _explanation("token", parsed, items, expectation, now)


def explain_claims(decoded: Decoded, expectation: Expectation, *, now: float) -> Explanation:
    """The same for decoded claims. If claims may be missing, only those that are present are judged."""
    parsed = ParsedToken(decoded.header, decoded.claims)
    items = _judged(_of_claims if decoded.whole else _of_some_claims, decoded.claims, expectation, now)
    return _explanation("claims", parsed, items, expectation, now)


def _judged(of: _Judge, claims: Mapping[str, object], expectation: Expectation, now: float) -> tuple[Item, ...]:
    """What is wrong with the claims. For an old copy: first what was wrong before it expired."""
    item, end = of(claims, expectation, now), claims.get("exp")
    if item is None or item.entry.code != "expired" or not isinstance(end, int) or now - end < OLD:
        return (item,) if item else ()
    before = of(claims, expectation, end - 1)
    return (before, item) if before and before.advice.code not in _OF_TIME else (item,)


def _explanation(
    kind: str, token: ParsedToken, items: tuple[Item, ...], expectation: Expectation, now: float
) -> Explanation:
    item = items[0] if items else None
    return Explanation(
        kind,
        recognised=True,
        items=items,
        claims=_facts(token, item, now),
        notes=_notes(token.claims, expectation, item),
        header=token.header,
        payload=token.claims,
    )


def _of_unreadable(error: Rejection, token: str, expectation: Expectation, now: float) -> Explanation:
    """For a token that cannot be decoded. The claims that a cut token still shows are judged, too."""
    dots = token.count(".")
    if not token.startswith("eyJ") or dots > 1:
        return Explanation.of("token", Item.of_failure(error.finding))
    cut = Item.of_code("token_cut", f"{len(token):,} characters, {dots} of 2 dots")
    part = of_cut_token(token)
    if part is None:
        return Explanation.of("token", cut)
    beside = explain_claims(part, expectation, now=now)
    others = (item for item in beside.items if item.entry.code not in _OF_TIME)
    return replace(beside, kind="token", items=(cut, *others))


def _of_header(token: ParsedToken, raw: str, expectation: Expectation) -> Item | None:
    is_entra = "entra" in expectation.known(token.claims)
    try:
        # The rules on headers are Entra's; of another issuer's header only the absence of a signature is judged.
        checked = token if is_entra else replace(token, header={"alg": token.header.get("alg"), "kid": "-"})
        check_header(checked, signed=not raw.endswith("."))
    except Rejection as error:
        if is_entra or error.finding.verdict.code == "unsigned_token":
            return Item.of_failure(error.finding)
    return None


def _of_claims(claims: Mapping[str, object], expectation: Expectation, now: float) -> Item | None:
    first = _several_audiences(claims, expectation) or _foreign_issuer(claims, expectation)
    if first:
        return first
    read = claims if clouds(text(claims, "iss")) else _of_others(claims, expectation)
    known = expectation.known(read)
    if expectation.roles and not text(read, "scp"):
        known -= {"scp"}
    failure = validate_claims(ParsedToken({}, read), expectation.expected(read), now=now, known=known)
    return Item.of_failure(failure) if failure else _of_roles(read, expectation)


def _of_some_claims(claims: Mapping[str, object], expectation: Expectation, now: float) -> Item | None:
    """The same for a part of the claims: what is absent is not called missing."""
    read = _of_others(claims, expectation)
    stranger = _foreign_issuer(claims, expectation)
    if stranger:
        return stranger
    issuer = text(read, "iss")
    code = difference(issuer, expectation.issuers) if issuer else None
    if code:
        return Item.of_code(code, issuer, " or ".join(expectation.issuers))
    several = _several_audiences(claims, expectation)
    if several or not text(read, "aud"):
        return several
    known = {name for name in expectation.known(read) if _NEEDED.get(name) in read} - {"iss"}
    failure = validate_claims(ParsedToken({}, read), expectation.expected(read), now=now, known=frozenset(known))
    return Item.of_failure(failure) if failure else None


def _foreign_issuer(claims: Mapping[str, object], expectation: Expectation) -> Item | None:
    """For another issuer's token where an Entra tenant is expected: the rules find no tenant in it to compare."""
    issuer, tenant = text(claims, "iss"), expectation.tenant_id
    clients = (text(claims, name) for name in ("aud", "azp", "client_id"))
    if not issuer and any(client.endswith(".apps.googleusercontent.com") for client in clients):
        issuer = "no iss, but a client id of Google's"
    is_entras = clouds(issuer) or (tenant and tenant in {*issuer.split("/"), text(claims, "tid")})
    entra_expected = tenant or any(map(clouds, expectation.issuers))
    if not issuer or is_entras or not entra_expected or issuer in expectation.issuers:
        return None
    expected = " or ".join(expectation.issuers) or f"an issuer of Entra's for the tenant {tenant}"
    return Item.of_code("foreign_issuer", with_name(issuer), expected)


def _several_audiences(claims: Mapping[str, object], expectation: Expectation) -> Item | None:
    audiences = claims.get("aud")
    if not isinstance(audiences, list) or len(audiences) < 2 or set(map(str, audiences)) & set(expectation.audiences):
        return None
    return Item.of_code("audience_several", ", ".join(map(str, audiences[:5])))


def _of_roles(claims: Mapping[str, object], expectation: Expectation) -> Item | None:
    """What the rules of the app do not cover: app roles, and an app's token without any."""
    listed = claims.get("roles")
    roles = [str(role) for role in listed] if isinstance(listed, list) else str(listed).split() if listed else []
    if set(roles) & set(expectation.roles):
        return None
    own_api = "entra" in expectation.known(claims) and not microsoft_resource(text(claims, "aud"))
    if _is_app(claims) and not roles and (expectation.roles or (own_api and expectation.audiences)):
        return Item.of_code("app_only_without_roles", _client(claims) or "unnamed")
    shown = f"the roles {', '.join(roles[:5])}" if roles else "no roles"
    return Item.of_code("role_missing", shown, " or ".join(expectation.roles)) if expectation.roles else None


def _is_app(claims: Mapping[str, object]) -> bool:
    """Whether the token is an app's: by idtyp, or because it has neither scopes nor names of a user."""
    if "idtyp" in claims:
        return claims["idtyp"] == "app"
    people = ("scp", "name", "upn", "preferred_username", "unique_name", "given_name", "nonce")
    return bool(_client(claims)) and not any(name in claims for name in people) and "oid" in claims


def _client(claims: Mapping[str, object]) -> str:
    return text(claims, "azp") or text(claims, "appid")


def _of_others(claims: Mapping[str, object], expectation: Expectation) -> Mapping[str, object]:
    """Another issuer's claims under Entra's names (RFC 9068: `scope`, `client_id`, a list in `aud`)."""
    audience = claims.get("aud")
    changes: dict[str, object] = {}
    if isinstance(audience, list) and audience:
        changes["aud"] = next((one for one in audience if one in expectation.audiences), audience[0])
    scope = claims.get("scope", claims.get("scp"))
    if isinstance(scope, list):
        scope = " ".join(map(str, scope))
    if scope is not None:
        changes["scp"] = scope
    if "client_id" in claims:
        changes["appid"] = claims["client_id"]
    return {**claims, **changes}


def _facts(token: ParsedToken, item: Item | None, now: float) -> tuple[Fact, ...]:
    decisive = _decisive(item)
    known = [name for name in _FIRST if name in token.claims]
    others = [name for name in token.claims if name not in _FIRST]
    header = tuple(
        Fact(name, _shown(token.header[name]), "header", name in decisive)
        for name in ("alg", "kid", "crit")
        if name in token.header
    )
    body = tuple(
        Fact(plain(name, 40), *_readable(name, token.claims[name], now), name in decisive)
        for name in (known + others)[:MOST_CLAIMS]
    )
    absent = tuple(
        Fact(name, "", "absent", True) for name in decisive[:1] if name not in token.claims and name not in token.header
    )
    return header + body + (absent if not any(fact.decisive for fact in header + body) else ())


def _decisive(item: Item | None) -> tuple[str, ...]:
    if item is None:
        return ()
    beginnings = [beginning for beginning in _DECISIVE if item.entry.code.startswith(beginning)]
    return _DECISIVE[max(beginnings, key=len)] if beginnings else ()


def _readable(name: str, value: object, now: float) -> tuple[str, str]:
    """A claim's value and a note on it."""
    if name in {"exp", "nbf", "iat", "auth_time"} and isinstance(value, int | float) and not isinstance(value, bool):
        seconds = float(min(max(value, 0), LAST_SECOND))
        return moment(seconds), _distance(seconds - now)
    shown = _shown(value)
    if not isinstance(value, str):
        return shown, ""
    if name == "iss":
        return shown, name_of(value) or "not an issuer that is known here"
    if name == "aud":
        resource = microsoft_resource(value)
        return shown, resource[1] if resource else ""
    return shown, CLIENTS.get(value, "") if name in {"azp", "appid"} else ""


def _shown(value: object) -> str:
    if isinstance(value, str):
        return plain(value)
    try:
        return plain(json.dumps(value))
    except (ValueError, RecursionError):
        return "(nested too deeply to show)"


def _distance(seconds: float) -> str:
    minutes = round(abs(seconds) / 60)
    if minutes == 0:
        return "just now"
    days, hours = minutes // 1440, minutes // 60
    length = f"{days} days" if days > 2 else f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
    return f"in {length}" if seconds >= 0 else f"{length} ago"


def _notes(claims: Mapping[str, object], expectation: Expectation, item: Item | None) -> tuple[str, ...]:
    notes = [*_kind_notes(claims)]
    if item is None and expectation.is_empty:
        notes.append(
            "It is not known what the API expects of the token. Add it: --expect aud=… iss=… tid=… scp=… roles=…"
        )
    client, audience = _client(claims), text(claims, "aud")
    if client and client == bare(audience) and clouds(text(claims, "iss")) and item is None:
        notes.append("Client and audience are the same app: to renew or exchange such a token fails with AADSTS90009.")
    if item is None:
        notes.append("The signature was not verified: that needs the issuer's keys, and this command stays offline.")
    return tuple(notes)


def _kind_notes(claims: Mapping[str, object]) -> list[str]:
    """The kind of the caller, where it often matters."""
    notes = []
    if _is_app(claims) and clouds(text(claims, "iss")):
        none = "" if claims.get("roles") else ", and it has no role, which most APIs require of an app"
        notes.append(f"This is an app's token (client credentials or a managed identity): it names no user{none}.")
    if text(claims, "tid") == PERSONAL_ACCOUNTS:
        notes.append("This is a personal Microsoft account (outlook.com, live.com), not one of an organisation.")
    names = (text(claims, name) for name in ("upn", "preferred_username", "unique_name"))
    if claims.get("acct") in (1, "1") or any("#ext#" in name.casefold() for name in names):
        notes.append("The user is a guest in this tenant.")
    policy = policy_of(dict(claims))
    if policy:
        notes.append(f"Azure AD B2C issued it, by the policy {plain(policy, 60)}.")
    return notes
