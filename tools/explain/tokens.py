"""A pasted token: the same examination as the app's, and its claims made readable."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from bridge.tokens.claim_types import LAST_SECOND, clouds, moment, text
from bridge.tokens.display import plain
from bridge.tokens.portal_paths import API_CONNECTIONS
from bridge.tokens.resources import bare, microsoft_resource
from bridge.tokens.token import ParsedToken, check_header, decode
from bridge.tokens.validate import validate_claims
from bridge.tokens.verdict import Failure, Rejection
from tools.explain.expectation import Expectation
from tools.explain.explanation import Explanation, Fact, Item

MOST_CLAIMS = 60

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
"""Where to look, by the longest beginning of a verdict's code."""

_PEOPLE_KNOW: Mapping[str, str] = {
    API_CONNECTIONS: "Azure API Connections (Power Platform)",
    "04b07795-8ddb-461a-bbee-02f9e1bf7b46": "Azure CLI",
    "1950a258-227b-4e31-a9cf-717495945fc2": "Azure PowerShell",
    "96ff4394-9197-43aa-b393-6a41652e21f8": "Copilot Studio",
}


def explain_token(token: str, expectation: Expectation, *, now: float) -> Explanation:
    """The verdict on a token, and what it says. Its signature cannot be checked offline."""
    try:
        parsed = decode(token)
    except Rejection as error:
        return Explanation("token", recognised=True, items=(Item.of_finding(error.finding),))
    claims = _of_others(parsed.claims) if not clouds(text(parsed.claims, "iss")) else parsed.claims
    finding = _finding(replace(parsed, claims=claims), expectation, token, now)
    return Explanation(
        "token",
        recognised=True,
        items=(Item.of_finding(finding),) if finding else (),
        claims=_facts(parsed, finding, now),
        notes=_notes(parsed, expectation, finding),
        header=parsed.header,
        payload=parsed.claims,
    )


def _finding(token: ParsedToken, expectation: Expectation, raw: str, now: float) -> Failure | None:
    known = expectation.known(token.claims)
    try:
        # Other issuers have other habits; only Entra's tokens are measured by Entra's.
        header = token if "entra" in known else replace(token, header={"alg": token.header.get("alg"), "kid": "-"})
        check_header(header, signed=not raw.endswith("."))
    except Rejection as error:
        if "entra" in known or error.finding.verdict.code == "unsigned_token":
            return error.finding
    return validate_claims(token, expectation.expected(token.claims), now=now, known=known)


def _of_others(claims: Mapping[str, object]) -> Mapping[str, object]:
    """The claims of another issuer under Entra's names (RFC 9068 has `scope`, `client_id`, lists in `aud`)."""
    audience = claims.get("aud")
    changes: dict[str, object] = {}
    if isinstance(audience, list) and len(audience) == 1:
        changes["aud"] = audience[0]
    scope = claims.get("scope", claims.get("scp"))
    if isinstance(scope, list):
        scope = " ".join(map(str, scope))
    if scope is not None:
        changes["scp"] = scope
    if "client_id" in claims:
        changes["appid"] = claims["client_id"]
    return {**claims, **changes}


def _facts(token: ParsedToken, finding: Failure | None, now: float) -> tuple[Fact, ...]:
    decisive = _decisive(finding)
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


def _decisive(finding: Failure | None) -> tuple[str, ...]:
    if finding is None:
        return ()
    code = finding.verdict.code
    beginnings = [beginning for beginning in _DECISIVE if code.startswith(beginning)]
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
        return shown, "Microsoft Entra ID" if clouds(value) else "not Microsoft Entra ID"
    if name == "aud":
        resource = microsoft_resource(value)
        return shown, resource[1] if resource else ""
    return shown, _PEOPLE_KNOW.get(value, "") if name in {"azp", "appid"} else ""


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


def _notes(token: ParsedToken, expectation: Expectation, finding: Failure | None) -> tuple[str, ...]:
    notes = []
    claims = token.claims
    client = text(claims, "azp") or text(claims, "appid")
    if finding is None and expectation == Expectation():
        notes.append(
            "Nothing was said about the API that the token is for. Add what it expects: "
            "--expect aud=… iss=… tid=… scp=…"
        )
    if (
        client
        and client == bare(text(claims, "aud"))
        and (finding is None or finding.verdict.code != "client_is_resource")
    ):
        notes.append("Client and audience are the same app. A connector that is set up so gets AADSTS90009 with OBO.")
    if finding is None:
        notes.append("The signature was not checked: that needs the issuer's keys, and this command stays offline.")
    return tuple(notes)
