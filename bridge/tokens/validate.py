"""The order in which a token's claims are validated: the first rule that finds something gives the one verdict."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.tokens import rules
from bridge.tokens.claim_types import LAST_SECOND, Reading, read
from bridge.tokens.expected import Expected
from bridge.tokens.rules import ACTOR_FACETS, SUBJECT_FACETS
from bridge.tokens.token import ParsedToken
from bridge.tokens.verdict import Failure
from bridge.tokens.verdicts import VERDICTS

EVERYTHING = frozenset({"entra", "iss", "aud", "tid", "scp", "client", "guests"})
"""What the bridge itself knows: its tokens are Entra's, and it has an expected value for each claim."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`code` is the verdict; `needs` names what must be known before the test can be applied."""

    code: str
    test: rules.Test
    needs: frozenset[str]


def _rule(code: str, test: rules.Test, *needs: str) -> Rule:
    return Rule(code, test, frozenset(needs))


RULES = (
    # Who issued it? Without a trusted issuer, no other claim has a meaning.
    _rule("issuer_missing", rules.issuer_missing, "entra"),
    _rule("issuer_near_miss", rules.issuer_near_miss, "iss"),
    _rule("foreign_issuer", rules.foreign_issuer, "iss"),
    # Is it clearly for another API? Then tenant and version do not matter.
    _rule("audience_missing", rules.audience_missing),
    _rule("audience_apihub", rules.audience_of("audience_apihub")),
    _rule("audience_graph", rules.audience_of("audience_graph")),
    _rule("audience_outlook", rules.audience_of("audience_outlook")),
    _rule("audience_power_automate", rules.audience_of("audience_power_automate")),
    _rule("audience_microsoft_service", rules.audience_of("audience_microsoft_service")),
    # Is it an access token for a user?
    _rule("id_token", rules.id_token, "entra"),
    _rule("agent_app_only", rules.agent_app_only, "entra", "scp"),
    _rule("app_only", rules.app_only, "entra", "scp"),
    _rule("proof_of_possession", rules.proof_of_possession),
    # Of the right tenant, in the right form?
    _rule("tenant_missing", rules.tenant_missing, "entra"),
    _rule("tenant_contradiction", rules.tenant_contradiction, "entra"),
    _rule("personal_account", rules.personal_account, "entra", "tid"),
    _rule("wrong_cloud", rules.wrong_cloud, "entra", "iss"),
    _rule("wrong_tenant", rules.wrong_tenant, "tid"),
    _rule("token_version", rules.token_version, "entra", "iss"),
    # For this API, by its exact name?
    _rule("audience_trailing_slash", rules.audience_trailing_slash, "aud"),
    _rule("audience_case", rules.audience_case, "aud"),
    _rule("audience_form", rules.audience_form, "aud"),
    _rule("client_is_resource", rules.client_is_resource, "entra", "aud"),
    _rule("audience_is_client_id", rules.audience_is_client_id, "aud"),
    _rule("audience_foreign", rules.audience_foreign, "aud"),
    # Now?
    _rule("times_invalid", rules.times_invalid),
    _rule("times_invalid", rules.times_missing, "entra"),
    _rule("expired", rules.expired),
    _rule("clock_skew", rules.clock_skew),
    _rule("not_yet_valid", rules.not_yet_valid),
    # By whom, for whom, to do what?
    _rule("object_id_invalid", rules.object_id_invalid, "entra", "scp"),
    _rule("client_is_resource", rules.client_is_this_api, "entra", "client"),
    _rule("agent_user_not_allowed", rules.agent_user_not_allowed, "entra"),
    _rule("guest_not_allowed", rules.guest_not_allowed, "entra", "guests"),
    _rule("client_not_allowed", rules.client_not_allowed, "client"),
    _rule("scope_near_miss", rules.scope_near_miss, "scp"),
    _rule("scope_graph_only", rules.scope_graph_only, "scp"),
    _rule("insufficient_scope", rules.insufficient_scope, "scp"),
)


_ROUTINE = frozenset(
    {
        *("issuer_missing", "issuer_near_miss", "foreign_issuer", "wrong_cloud", "token_version"),
        *("tenant_missing", "tenant_contradiction", "personal_account", "wrong_tenant"),
        *("times_invalid", "expired", "clock_skew", "not_yet_valid"),
        *("id_token", "scope_near_miss", "scope_graph_only", "insufficient_scope"),
        *("proof_of_possession", "agent_app_only", "agent_user_not_allowed"),
        *(rule.code for rule in RULES if rule.code.startswith("audience_")),
    }
)
REMAINING_RULES = tuple(rule for rule in RULES if rule.code not in _ROUTINE)
"""The rules that a routine token can still break. Nearly every token is routine."""


def validate_claims(
    token: ParsedToken, expected: Expected, *, now: float, known: frozenset[str] = EVERYTHING
) -> Failure | None:
    """What is wrong with a token's claims, or None if nothing is that claims can show. `now`: Unix seconds.

    All findings of status 401 come before those of status 403. `known` limits the rules to what the person who
    asks has given (`bridge explain`); an API leaves it alone.
    """
    reading = read(token.claims, expected, now)
    if known is EVERYTHING:
        rules_needed = REMAINING_RULES if is_routine(reading) else RULES
    else:
        rules_needed = tuple(rule for rule in RULES if rule.needs <= known)
    for rule in rules_needed:
        mismatch = rule.test(reading)
        if mismatch is not None:
            return Failure(VERDICTS[rule.code], *mismatch)
    return None


def is_routine(reading: Reading) -> bool:
    """Whether issuer, tenant, audience, times and scope are as expected, and the token is no agent's and bound to no
    key. Then the rules on them can find nothing.
    """
    claims = reading.claims
    expires, not_before, issued = map(claims.get, ("exp", "nbf", "iat"))
    return (
        type(expires) is type(not_before) is type(issued) is int
        and 0 <= issued <= reading.now < expires <= LAST_SECOND
        and 0 <= not_before <= reading.now
        and reading.issuer == reading.expected.issuers.get(reading.version)
        and reading.tenant == reading.expected.tenant_id
        and reading.audience in reading.accepted
        and reading.expected.required_scope in reading.scope.split(" ")
        and "cnf" not in claims
        and SUBJECT_FACETS not in claims
        and ACTOR_FACETS not in claims
    )
