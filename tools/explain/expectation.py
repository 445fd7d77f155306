"""What the API expects of a token, as far as it is known, and whether the advice names the settings of this bridge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bridge.clouds import CLOUDS
from bridge.tokens.claim_types import clouds, text
from bridge.tokens.expected import Expected
from bridge.tokens.resources import bare

NAMES = ("aud", "iss", "tid", "scp", "roles", "client", "guests", "recipient", "audience", "nameid")
"""The names in `--expect NAME=VALUE`. `aud` and `audience` are the same."""

_ONCE = ("tid", "scp", "guests", "nameid")


@dataclass(frozen=True, slots=True)
class Expectation:
    """Each part is empty if it is unknown; `guests` is None then, and False if guests are refused.

    `roles`: one of them must be in the token. `recipients` and `name_id` are for SAML assertions. `bridge`: the advice
    names this bridge's settings. `client_id` and `systems` come from those settings: system name → (its identifier in
    Entra, how the bridge gets a token for it).
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
        """From texts NAME=VALUE. Raises ValueError with what is wrong."""
        given: dict[str, list[str]] = {}
        for pair in pairs:
            name, equals, value = pair.partition("=")
            if name not in NAMES or not equals or not value:
                raise ValueError(f"--expect takes NAME=VALUE with one of {', '.join(NAMES)}, not {pair[:60]!r}")
            given.setdefault(name, []).append(value)
        for name in _ONCE:
            if len(given.get(name, [])) > 1:
                raise ValueError(f"--expect {name}= may be given only once")
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
        """The names of the rules that can be applied: Entra's, unless another issuer is expected or found."""
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
        """The expectation in the form of the rules. `known` leaves out the rules that need what is unknown."""
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
        """Token version → issuer. An issuer that is not Entra's is used for every version."""
        by_version: dict[str, str] = {}
        for issuer in self.issuers:
            versions = ("2.0",) if "/v2.0" in issuer.casefold() else ("1.0",)
            by_version |= dict.fromkeys(versions if clouds(issuer) else ("1.0", "2.0", ""), issuer)
        return by_version
