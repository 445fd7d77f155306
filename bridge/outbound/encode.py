"""Encoders: a value inside a text, written so that it cannot end the text around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from bridge.outbound.text import as_text

_SOQL: Final = str.maketrans({"\\": "\\\\", "'": "\\'", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def odata(value: object) -> str:
    """A literal of OData 2 and 4: texts in quotes, with inner quotes doubled; numbers and booleans as they are."""
    text = as_text(value)
    return "'" + text.replace("'", "''") + "'" if isinstance(value, str) else text


def soql(value: object) -> str:
    """A literal of SOQL: texts in quotes, with the reserved characters escaped."""
    return f"'{as_text(value).translate(_SOQL)}'" if isinstance(value, str) else as_text(value)


def path(value: object) -> str:
    """Percent-encoded as a whole, `/` too."""
    return quote(as_text(value), safe="")


def epoch(value: object) -> str:
    """A day (YYYY-MM-DD) as milliseconds since 1970 in UTC, as OData 2 has it in `/Date(…)/`."""
    day = datetime.fromisoformat(as_text(value)).replace(tzinfo=UTC)
    return str(int(day.timestamp() * 1000))


ENCODE: Final[Mapping[str, Callable[[object], str]]] = {"odata": odata, "soql": soql, "path": path, "epoch": epoch}
"""By the names in `bridge.catalog.placeholders.ENCODERS`."""
