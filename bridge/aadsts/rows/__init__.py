"""The table: a row for each cause of refusal, by subject. `fallback` is for responses without a known code."""

from __future__ import annotations

from bridge.aadsts.row import Row
from bridge.aadsts.rows import app, assertion, fallback, service, sign_in, target, user

ROWS: tuple[Row, ...] = (*target.ROWS, *assertion.ROWS, *app.ROWS, *user.ROWS, *service.ROWS, *sign_in.ROWS)
FALLBACKS: tuple[Row, ...] = fallback.ROWS
