"""What an API expects of a token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Expected:
    """What the claims of a token are compared with. Every comparison is exact: Entra writes GUIDs in lower case.

    `audiences` are the accepted `aud` of v1 tokens, `audiences_v2` those of v2 tokens (the client id alone).
    `issuers` maps the token's version ("1.0", "2.0") to the one right `iss`.
    """

    tenant_id: str
    client_id: str
    audiences: frozenset[str]
    audiences_v2: frozenset[str]
    issuers: Mapping[str, str]
    allowed_clients: frozenset[str]
    required_scope: str
    allow_guests: bool
    allow_agent_users: bool = False
    clock_skew_seconds: int = 300
