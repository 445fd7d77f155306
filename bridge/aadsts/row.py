"""The type of the table's rows, and the nine outcomes."""

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
        """The `code` in the problem response; its row in `bridge.public_codes` has the HTTP status."""
        return _PUBLIC_CODE.get(self, self.value)


_PUBLIC_CODE = {
    Outcome.SAML_ONLY: "bridge_misconfigured",
    Outcome.MISCONFIGURED: "bridge_misconfigured",
    Outcome.THROTTLED: "entra_throttled",
    Outcome.TRANSIENT: "entra_unavailable",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Advice):
    """One cause of refusal. `codes` are its AADSTS numbers, of which the first names the row; a fallback has none.

    `app_wide`: every caller would get the same response, so it may be remembered for half a minute.
    """

    code: str = ""
    codes: tuple[int, ...] = ()
    outcome: Outcome
    app_wide: bool = False

    def __post_init__(self) -> None:
        if self.codes:
            object.__setattr__(self, "code", f"aadsts_{self.codes[0]}")
