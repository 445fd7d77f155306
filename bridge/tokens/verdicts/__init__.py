"""Why a token is refused: one row a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bridge.tokens.verdict import Verdict
from bridge.tokens.verdicts import audience, form, issuer, lifetime, permission, signature

VERDICTS: Mapping[str, Verdict] = MappingProxyType(
    {
        verdict.code: verdict
        for table in (form, issuer, audience, lifetime, permission, signature)
        for verdict in table.ROWS
    }
)
