"""From an answer to its row: claims, then a known code, then suberror, then status and error."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bridge.aadsts import app, assertion, fallback, service, sign_in, target, user
from bridge.aadsts.answer import EntraAnswer
from bridge.aadsts.row import Outcome, Row

ROWS: tuple[Row, ...] = (
    *target.ROWS,
    *assertion.ROWS,
    *app.ROWS,
    *user.ROWS,
    *service.ROWS,
    *sign_in.ROWS,
)
FALLBACKS: tuple[Row, ...] = fallback.ROWS

BY_CODE: Mapping[int, Row] = MappingProxyType({code: row for row in ROWS for code in row.codes})
_FALLBACK = {row.code: row for row in FALLBACKS}


def judge(answer: EntraAnswer) -> Row:
    """The one row that says what this refusal means. There is always one."""
    known = next((BY_CODE[code] for code in answer.error_codes if code in BY_CODE), None)
    if answer.claims and (known is None or known.outcome is not Outcome.CLAIMS_CHALLENGE):
        return _FALLBACK["entra_claims_challenge"]
    if known is not None:
        return known
    by_suberror = fallback.BY_SUBERROR.get(answer.suberror)
    if by_suberror is not None:
        return _FALLBACK[by_suberror]
    if answer.status == 429:
        return _FALLBACK["entra_throttled"]
    if answer.status >= 500:
        return _FALLBACK["entra_transient"]
    return _FALLBACK[fallback.BY_ERROR.get(answer.error, "entra_refused")]
