"""The type of the table's rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bridge.tokens.verdict import Advice


class Outcome(StrEnum):
    """What a refusal means for the request at hand."""

    SAML_ONLY = "saml_only"
    CLAIMS_CHALLENGE = "claims_challenge"
    CONSENT_REQUIRED = "consent_required"
    NOT_ASSIGNED = "not_assigned"
    USER_REFUSED = "user_refused"
    STALE_TOKEN = "stale_token"  # noqa: S105  # not a secret
    MISCONFIGURED = "misconfigured"
    THROTTLED = "throttled"
    TRANSIENT = "transient"

    @property
    def public_code(self) -> str:
        """The `code` that callers read; its row in `bridge.public_codes` has the status."""
        return _PUBLIC_CODE.get(self, self.value)


_PUBLIC_CODE = {
    Outcome.SAML_ONLY: "bridge_misconfigured",
    Outcome.MISCONFIGURED: "bridge_misconfigured",
    Outcome.THROTTLED: "entra_throttled",
    Outcome.TRANSIENT: "entra_unavailable",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Advice):
    """One cause of refusal. `codes` are the AADSTS numbers that mean it; a fallback has none.

    `app_wide`: the answer would be the same for every caller, so it may be remembered for a moment.
    """

    codes: tuple[int, ...] = ()
    outcome: Outcome
    app_wide: bool = False
