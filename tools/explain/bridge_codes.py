"""The public error codes that no other table explains: a view of `bridge.public_codes`."""

from __future__ import annotations

from bridge.aadsts import FALLBACKS
from bridge.public_codes import PUBLIC_CODES
from bridge.tokens.verdict import Advice
from tools.explain.symptoms import SYMPTOMS

_ELSEWHERE = {advice.code for advice in (*FALLBACKS, *SYMPTOMS)}

BRIDGE_CODES: tuple[Advice, ...] = tuple(row for code, row in PUBLIC_CODES.items() if code not in _ELSEWHERE)
