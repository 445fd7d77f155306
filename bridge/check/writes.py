"""The check's lines on writes: where the ledger is, whether it can be read, which writes are paused; and fair share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridge.base.http_client import Client, Deadline
from bridge.check.line import CheckResult, failed, ok, warning
from bridge.errors import BridgeError
from bridge.settings import Settings
from bridge.tokens.portal_paths import APP_SETTINGS

ASK_SECONDS = 10.0
_FIX = "Set BRIDGE_LEDGER__TABLE_URL and BRIDGE_LEDGER__KEY, as infra/ and deploy/3-secrets.sh do."
_THREADS = "PYTHON_THREADPOOL_THREAD_COUNT"


def write_lines(settings: Settings, client: Client) -> Iterator[CheckResult]:
    """Lines on the ledger. Its table, if it has one, is read once; nothing is changed."""
    if not settings.ledger.allowed:
        yield failed("ledger", "no write ledger is set, so every write is refused", _FIX)
    elif settings.ledger.table_url is None:
        yield warning("ledger", "the write ledger is in memory: two processes may make a write twice", _FIX)
    else:
        yield from _table(settings, client)


def _table(settings: Settings, client: Client) -> Iterator[CheckResult]:
    from bridge.ledger.pause import pauses
    from bridge.ledger.table import TableUnavailable
    from bridge.ledger.writes import open_table

    try:
        found, _ = pauses(open_table(settings, client), Deadline(ASK_SECONDS))
    except (BridgeError, TableUnavailable) as error:
        reason = (error.operator or error.detail) if isinstance(error, BridgeError) else str(error)
        yield failed(
            "ledger",
            f"the write ledger's table cannot be read, so every write is refused: {reason}",
            "The table is open to the app's managed identity only: run GET /api/check of the deployed app.",
        )
        return
    yield ok("ledger", "the write ledger is a table, and it can be read")
    for pause in found:
        yield warning("ledger_paused", f"paused: {pause}", "`bridge ledger resume` ends it.")


def share_line(env: Mapping[str, str]) -> Iterator[CheckResult]:
    """Without the number of threads, no caller's share can be limited."""
    if not env.get(_THREADS, "").isdecimal():
        yield warning(
            "fair_share",
            f"{_THREADS} is not set, so one caller may take all threads of an instance",
            f"{APP_SETTINGS}: set it to 32, as infra/ does.",
        )
