"""What the person asking has said about the API that the token is for, and in which voice the answer is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bridge.clouds import CLOUDS
from bridge.tokens.claim_types import clouds, text
from bridge.tokens.expected import Expected
from bridge.tokens.resources import bare

NAMES = ("aud", "iss", "tid", "scp", "roles", "client", "guests", "recipient", "audience", "nameid")
"""What `--expect` takes. `aud` and `audience` are the same."""

_ONCE = ("tid", "scp", "guests", "nameid")


@dataclass(frozen=True, slots=True)
class Expectation:
    """Each part may be unknown (empty). `guests` is False if guests are refused, None if nobody said.

    `roles`: one of them must be in the token. `recipients` and `name_id` are for SAML assertions. `bridge` says that
    the answer may speak of this bridge's settings. `client_id` and `systems` are known where those settings are at
    hand: system name → (the identifier that Entra knows it by, the path that the bridge takes there).
    """

    audiences: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    tenant_id: str = ""
    scope: str = ""
    roles: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    guests: bool | None = None
    recipients: tuple[str, ...] = ()
    name_id: str = ""
    bridge: bool = False
    client_id: str = ""
    systems: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def of_pairs(cls, pairs: Iterable[str], *, bridge: bool = False) -> Expectation:
        """From texts NAME=VALUE. Raises ValueError with what is wrong with one of them."""
        given: dict[str, list[str]] = {}
        for pair in pairs:
            name, equals, value = pair.partition("=")
            if name not in NAMES or not equals or not value:
                raise ValueError(f"--expect takes NAME=VALUE with one of {', '.join(NAMES)}, not {pair[:60]!r}")
            given.setdefault(name, []).append(value)
        for name in _ONCE:
            if len(given.get(name, [])) > 1:
                raise ValueError(f"--expect {name}= may stand once only")
        guests = given.get("guests", [""])[0]
        if guests not in {"", "yes", "no"}:
            raise ValueError("--expect guests= takes yes or no")
        return cls(
            audiences=(*given.get("aud", ()), *given.get("audience", ())),
            issuers=tuple(given.get("iss", ())),
            tenant_id=given.get("tid", [""])[0],
            scope=given.get("scp", [""])[0],
            roles=tuple(given.get("roles", ())),
            clients=tuple(given.get("client", ())),
            guests={"": None, "yes": True, "no": False}[guests],
            recipients=tuple(given.get("recipient", ())),
            name_id=given.get("nameid", [""])[0],
            bridge=bridge,
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known about the API."""
        return not (self.audiences or self.issuers or self.tenant_id or self.scope or self.roles or self.clients)

    def known(self, claims: Mapping[str, object]) -> frozenset[str]:
        """What the rules may rely on. Entra's rules apply unless somebody else is, or should be, the issuer."""
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
        """In the form of the rules. Unknown parts stay empty; `known` keeps the rules on them from running."""
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
