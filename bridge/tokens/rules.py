"""The rules on a token's claims, a function each. It returns (found, expected), or None if the claims pass the rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from bridge.base.formats import ENTRA_ID
from bridge.tokens.claim_types import Reading, clouds, issuing_tenant, moment, numbers, text
from bridge.tokens.resources import bare, microsoft_resource

Mismatch = tuple[str | None, str | None] | None
Test = Callable[[Reading], Mismatch]

PERSONAL_ACCOUNTS = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""The tenant of all personal Microsoft accounts."""

SUBJECT_FACETS, ACTOR_FACETS, RELATIONSHIP = "xms_sub_fct", "xms_act_fct", "xms_idrel"
"""Optional claims of Entra: what subject and client are, and how the subject is related to the tenant."""

AGENT_IDENTITY, AGENT_USER = "11", "13"
_MEMBER = {"1", "27"}
"""Relationships that make a member: of this tenant, or synchronised from a tenant of the same organisation."""

_OTHER_RELATIONSHIP = {"3", "5", "11", "29", "31"}
"""Relationships of people from elsewhere: personal account, guest, GDAP, organisation's guest, DAP."""

_GRAPH_SCOPE = re.compile(r"openid|profile|email|offline_access|(?:User|Mail|Calendars|Directory)\.[A-Za-z.]+")
_USER_NAMES = ("upn", "preferred_username", "unique_name")
_USER_CLAIMS = (*_USER_NAMES, "name", "given_name", "acct")
_ID_TOKEN_CLAIMS = ("nonce", "c_hash", "at_hash")


def issuer_missing(r: Reading) -> Mismatch:
    return None if r.issuer else (None, None)


def issuer_near_miss(r: Reading) -> Mismatch:
    for issuer in r.expected.issuers.values():
        if issuer == r.issuer:
            return None
        if issuer.rstrip("/").casefold() == r.issuer.rstrip("/").casefold():
            return r.issuer, issuer
    return None


def foreign_issuer(r: Reading) -> Mismatch:
    issuers = r.expected.issuers.values()
    if r.issuer in issuers or (clouds(r.issuer) and any(map(clouds, issuers))):
        return None
    return r.issuer, _any_of(issuers)


def audience_missing(r: Reading) -> Mismatch:
    return None if r.audience else (None, None)


def audience_of(code: str) -> Test:
    """The rule for tokens whose audience is the service that `code` names."""

    def rule(r: Reading) -> Mismatch:
        if r.audience in r.accepted:
            return None
        resource = microsoft_resource(r.audience)
        if resource is None or resource[0] != code or bare(r.audience) in map(bare, r.accepted):
            return None
        found = f"{resource[1]}, {r.audience}" if code == "audience_microsoft_service" else r.audience
        return found, _any_of(r.accepted)

    return rule


def id_token(r: Reading) -> Mismatch:
    of_an_app = "idtyp" in r.claims or ("roles" in r.claims and r.client)
    if r.scope or of_an_app or (r.client and not any(name in r.claims for name in _ID_TOKEN_CLAIMS)):
        return None
    return f"aud {r.audience}", None


def app_only(r: Reading) -> Mismatch:
    kind = r.claims.get("idtyp", "user" if r.scope else None)
    if kind == "user" or (kind is None and _speaks_of_a_user(r)):
        return None
    return r.client or "unnamed", None


def agent_app_only(r: Reading) -> Mismatch:
    """An agent that calls as itself. https://learn.microsoft.com/entra/agent-id/"""
    if SUBJECT_FACETS not in r.claims and ACTOR_FACETS not in r.claims:
        return None
    subject, actor = numbers(r.claims, SUBJECT_FACETS), numbers(r.claims, ACTOR_FACETS)
    if r.claims.get("idtyp") == "app":
        is_agent = AGENT_IDENTITY in subject | actor
    else:
        is_agent = AGENT_IDENTITY in subject and AGENT_USER not in subject
    return (r.client or "unnamed", None) if is_agent else None


def proof_of_possession(r: Reading) -> Mismatch:
    return ("cnf", None) if "cnf" in r.claims else None


def _speaks_of_a_user(r: Reading) -> bool:
    return "roles" not in r.claims and any(name in r.claims for name in _USER_CLAIMS)


def personal_account(r: Reading) -> Mismatch:
    if r.tenant == PERSONAL_ACCOUNTS != r.expected.tenant_id:
        return r.tenant, r.expected.tenant_id
    return None


def tenant_missing(r: Reading) -> Mismatch:
    return None if r.tenant else (None, None)


def tenant_contradiction(r: Reading) -> Mismatch:
    if r.issuer == r.expected.issuers.get(r.version) and f"/{r.tenant}/" in r.issuer and r.tenant:
        return None
    issuing = issuing_tenant(r.issuer)
    return (r.tenant, issuing) if issuing != r.tenant else None


def wrong_cloud(r: Reading) -> Mismatch:
    issuers = r.expected.issuers.values()
    if r.issuer in issuers or clouds(r.issuer).intersection(*map(clouds, issuers)):
        return None
    return r.issuer, _any_of(issuers)


def wrong_tenant(r: Reading) -> Mismatch:
    return None if r.tenant == r.expected.tenant_id else (r.tenant, r.expected.tenant_id)


def token_version(r: Reading) -> Mismatch:
    right = r.expected.issuers.get(r.version)
    if right == r.issuer:
        return None
    return f"version {r.version or 'unknown'} from {r.issuer}", right or _any_of(r.expected.issuers.values())


def audience_trailing_slash(r: Reading) -> Mismatch:
    return _near_miss(r, lambda audience: audience.rstrip("/"))


def audience_case(r: Reading) -> Mismatch:
    return _near_miss(r, str.casefold)


def audience_form(r: Reading) -> Mismatch:
    if r.audience not in r.accepted and r.audience in r.expected.audiences | r.expected.audiences_v2:
        return r.audience, _any_of(r.accepted)
    return _near_miss(r, bare)


def client_is_resource(r: Reading) -> Mismatch:
    itself = r.client and r.audience not in r.accepted and bare(r.audience) == r.client
    return (r.client, None) if itself else None


def client_is_this_api(r: Reading) -> Mismatch:
    itself = r.client and r.client == r.expected.client_id and r.client not in r.expected.allowed_clients
    return (r.client, None) if itself else None


def audience_is_client_id(r: Reading) -> Mismatch:
    if r.audience in r.accepted:
        return None
    named = {text(r.claims, name) for name in ("client_id", "azp", "appid")}
    if ENTRA_ID.fullmatch(bare(r.audience)) or r.audience in named or r.audience.startswith("client_"):
        return r.audience, _any_of(r.accepted)
    return None


def audience_foreign(r: Reading) -> Mismatch:
    return None if r.audience in r.accepted else (r.audience, _any_of(r.accepted))


def times_invalid(r: Reading) -> Mismatch:
    bad = [name for name in ("exp", "nbf", "iat") if name in r.claims and r.number(name) is None]
    return (bad[0], None) if bad else None


def times_missing(r: Reading) -> Mismatch:
    absent = [name for name in ("exp", "nbf", "iat") if name not in r.claims]
    return (absent[0], None) if absent else None


def expired(r: Reading) -> Mismatch:
    end = r.number("exp")
    return (moment(end), moment(r.now)) if end is not None and end + r.expected.clock_skew_seconds <= r.now else None


def clock_skew(r: Reading) -> Mismatch:
    return _in_future(r, "iat")


def not_yet_valid(r: Reading) -> Mismatch:
    return _in_future(r, "nbf")


def object_id_invalid(r: Reading) -> Mismatch:
    return None if ENTRA_ID.fullmatch(text(r.claims, "oid")) else (None, None)


def guest_not_allowed(r: Reading) -> Mismatch:
    if r.expected.allow_guests:
        return None
    account = r.claims.get("acct", 0)
    if type(account) is bool or account not in (0, "0"):
        return "its acct is not 0", None
    related = numbers(r.claims, RELATIONSHIP)
    if related:  # says more than idp and user name do
        is_member = bool(related & _MEMBER) and not related & _OTHER_RELATIONSHIP
        return None if is_member else (f"its {RELATIONSHIP} is {text(r.claims, RELATIONSHIP) or 'not text'}", None)
    if "idp" in r.claims and r.claims["idp"] not in r.expected.issuers.values():
        return "its idp is not this tenant", None
    for name in _USER_NAMES:
        if "#ext#" in str(r.claims.get(name)).casefold():
            return "its user name has #EXT#", None
    return None


def agent_user_not_allowed(r: Reading) -> Mismatch:
    """A user account that belongs to an agent and to no person. In all other claims it looks like a person's."""
    if r.expected.allow_agent_users or AGENT_USER not in numbers(r.claims, SUBJECT_FACETS):
        return None
    return r.client or "unnamed", None


def client_not_allowed(r: Reading) -> Mismatch:
    return None if r.client in r.expected.allowed_clients else (r.client or "(none named)", None)


def scope_near_miss(r: Reading) -> Mismatch:
    wanted = r.expected.required_scope
    granted = r.scope.split(" ")
    if wanted in granted:
        return None
    close = [scope for scope in granted if scope and _short(scope) == _short(wanted)]
    return (close[0], wanted) if close else None


def scope_graph_only(r: Reading) -> Mismatch:
    granted = r.scope.split(" ")
    if r.expected.required_scope in granted or not all(map(_GRAPH_SCOPE.fullmatch, granted)):
        return None
    return r.scope, r.expected.required_scope


def insufficient_scope(r: Reading) -> Mismatch:
    wanted = r.expected.required_scope
    if wanted in r.scope.split(" "):
        return None
    return f"the scopes {r.scope}" if r.scope else "no scope", wanted


def _near_miss(r: Reading, form: Callable[[str], str]) -> Mismatch:
    if r.audience in r.accepted:
        return None
    same = sorted(accepted for accepted in r.accepted if form(accepted) == form(r.audience))
    return (r.audience, same[0]) if same else None


def _in_future(r: Reading, name: str) -> Mismatch:
    start = r.number(name)
    late = start is not None and start - r.expected.clock_skew_seconds > r.now
    return (moment(start), moment(r.now)) if start is not None and late else None


def _short(scope: str) -> str:
    return scope.rstrip("/").rpartition("/")[2].casefold()


def _any_of(values: Iterable[str]) -> str | None:
    """The expected values as a text, at most three."""
    return " or ".join(sorted(set(values))[:3]) or None
