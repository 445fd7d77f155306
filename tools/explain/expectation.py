"""What the person asking has told about the API that the token is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bridge.clouds import CLOUDS
from bridge.tokens.claim_types import clouds, text
from bridge.tokens.expected import Expected
from bridge.tokens.resources import bare


@dataclass(frozen=True, slots=True)
class Expectation:
    """Each part may be unknown (empty). `guests` is False if guests are refused, None if nobody said.

    `client_id` and `systems` are known where the bridge's own settings are at hand: system name → (the identifier that
    Entra knows it by, the path that the bridge takes there).
    """

    audiences: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    tenant_id: str = ""
    scope: str = ""
    clients: tuple[str, ...] = ()
    guests: bool | None = None
    client_id: str = ""
    systems: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def known(self, claims: Mapping[str, object]) -> frozenset[str]:
        """What the examination may rely on. Entra's rules apply unless somebody else is, or should be, the issuer."""
        issuer = text(claims, "iss")
        is_entra = any(map(clouds, self.issuers)) if self.issuers else not issuer or bool(clouds(issuer))
        parts = {
            "entra": is_entra,
            "iss": bool(self.issuers),
            "aud": bool(self.audiences),
            "tid": bool(self.tenant_id),
            "scp": bool(self.scope),
            "client": bool(self.clients),
            "guests": self.guests is not None,
        }
        return frozenset(name for name, is_known in parts.items() if is_known)

    def expected(self, claims: Mapping[str, object]) -> Expected:
        """In the form of the examination. Unknown parts stay empty; `known` keeps the rules on them from running."""
        tenant_id = self.tenant_id or text(claims, "tid")
        client_id = self.client_id or next((bare(audience) for audience in self.audiences), "")
        return Expected(
            tenant_id=tenant_id,
            client_id=client_id,
            audiences=frozenset(self.audiences),
            audiences_v2=frozenset({client_id} if self.client_id else self.audiences),
            issuers=self._issuers() or CLOUDS["public"].issuers(tenant_id),
            allowed_clients=frozenset(self.clients),
            required_scope=self.scope,
            allow_guests=self.guests is not False,
        )

    def _issuers(self) -> dict[str, str]:
        """By token version. An issuer that is not Entra's stands for every version."""
        by_version: dict[str, str] = {}
        for issuer in self.issuers:
            versions = ("2.0",) if "/v2.0" in issuer.casefold() else ("1.0",)
            by_version |= dict.fromkeys(versions if clouds(issuer) else ("1.0", "2.0", ""), issuer)
        return by_version
