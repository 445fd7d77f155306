"""Who is calling, as a validated token describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

OPTIONAL_CLAIMS = ("acct", "idtyp", "xms_act_fct", "xms_cc", "xms_idrel", "xms_sub_fct")
"""Optional claims of Entra that decide about guests, agents and claims challenges."""

NAMING_CLAIMS = (
    "upn",
    "preferred_username",
    "unique_name",
    "email",
    "name",
    "given_name",
    "family_name",
    "onprem_sam_account_name",
    "employeeid",
)
"""Claims that name a person: kept so that `redact` can remove them from a message before it is logged."""

KEPT_CLAIMS = frozenset({*OPTIONAL_CLAIMS, *NAMING_CLAIMS, "auth_time"})
"""The claims that every `Caller` keeps. `auth_time` becomes the AuthnInstant of an assertion."""


@dataclass(frozen=True)
class Caller:
    """A signed-in user, as a validated Entra access token describes it. `tenant_id` + `object_id` is the identity.

    `claims` holds only the claims that the bridge uses. `token` is the incoming access token, which on-behalf-of
    needs; `token_hash` (SHA-256, hex) replaces it wherever something has to be remembered. `expires_at` is Unix time
    in seconds. If an agent calls on behalf of the user, `actor` is its application id and `actor_parent` that of its
    blueprint: both are for the log and for WhoAmI, never for a decision.
    """

    tenant_id: str
    object_id: str
    audience: str
    issuer: str
    version: str
    client_id: str
    scopes: tuple[str, ...]
    expires_at: float
    claims: Mapping[str, object] = field(repr=False)
    token_hash: str = field(repr=False)
    token: str = field(default="", repr=False)
    actor: str | None = None
    actor_parent: str | None = None

    def with_token(self, token: str) -> Caller:
        """The same caller with the token. `dataclasses.replace` would take ten times as long, in every request."""
        caller = object.__new__(Caller)
        caller.__dict__.update(self.__dict__, token=token)
        return caller

    @property
    def optional_claims(self) -> tuple[str, ...]:
        """Which of `OPTIONAL_CLAIMS` the token has."""
        return tuple(name for name in OPTIONAL_CLAIMS if name in self.claims)

    @property
    def takes_claims_challenges(self) -> bool:
        """Whether the client declared `cp1` (optional claim `xms_cc`), so that a claims challenge may be sent to it."""
        declared = self.claims.get("xms_cc")
        return isinstance(declared, list) and "cp1" in declared
