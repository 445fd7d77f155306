"""Who is calling: what a validated token says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in user, as a validated Entra access token tells it. `tenant_id` + `object_id` is the identity.

    `token` is the incoming access token, which on-behalf-of needs; `token_hash` (SHA-256, hex) stands for it
    wherever something has to be remembered. `expires_at` is Unix time in seconds.
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

    @property
    def takes_claims_challenges(self) -> bool:
        """Whether the client declared `cp1` (optional claim `xms_cc`), so that a claims challenge may be sent to it."""
        declared = self.claims.get("xms_cc")
        return isinstance(declared, list) and "cp1" in declared
