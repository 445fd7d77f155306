"""A table whose rows expire, for access tokens and for the IDs of used assertions."""

from datetime import UTC, datetime
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")
_FIRST_SWEEP = 1000


class Expiring(Generic[T]):
    """Safe for threads. Expired rows are removed whenever the table has doubled, so that adding stays cheap."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rows: dict[str, tuple[T, datetime]] = {}
        self._sweep_at = _FIRST_SWEEP

    def add(self, key: str, value: T, *, until: datetime) -> bool:
        """False if the key exists already; then nothing changes."""
        with self._lock:
            if self._living(key):
                return False
            if len(self._rows) >= self._sweep_at:
                self._rows = {key: row for key, row in self._rows.items() if self._living(key)}
                self._sweep_at = max(_FIRST_SWEEP, 2 * len(self._rows))
            self._rows[key] = (value, until)
            return True

    def get(self, key: str) -> T | None:
        with self._lock:
            return self._rows[key][0] if self._living(key) else None

    def clear(self) -> None:
        with self._lock:
            self._rows.clear()

    def _living(self, key: str) -> bool:
        row = self._rows.get(key)
        return row is not None and datetime.now(UTC) < row[1]
