"""From an error response to its row: claims, then a known code, then suberror, then status and error."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bridge.aadsts.error_response import EntraError
from bridge.aadsts.row import Outcome, Row
from bridge.aadsts.rows import FALLBACKS, ROWS, fallback

BY_CODE: Mapping[int, Row] = MappingProxyType({code: row for row in ROWS for code in row.codes})
_FALLBACK = {row.code: row for row in FALLBACKS}


def judge(error: EntraError) -> Row:
    """The one row that explains this refusal. Every response has one."""
    known = next((BY_CODE[code] for code in error.error_codes if code in BY_CODE), None)
    if error.claims and (known is None or known.outcome is not Outcome.CLAIMS_CHALLENGE):
        return _FALLBACK["entra_claims_challenge"]
    if known is not None:
        return known
    by_suberror = fallback.BY_SUBERROR.get(error.suberror)
    if by_suberror is not None:
        return _FALLBACK[by_suberror]
    if error.status == 429:
        return _FALLBACK["entra_throttled"]
    if error.status >= 500:
        return _FALLBACK["entra_transient"]
    return _FALLBACK[fallback.BY_ERROR.get(error.error, "entra_refused")]
