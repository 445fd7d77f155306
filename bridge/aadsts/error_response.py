"""Reads an error response of Entra: JSON as documented, a proxy's HTML page, or nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bridge.base.json_reader import json_object

_LONGEST = 4096
_MOST_CODES = 10
_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


@dataclass(frozen=True, slots=True)
class EntraError:
    """The fields of an error response of the token endpoint. `claims` is the claims challenge as JSON text.

    `description` may hold a user's name: it is for parsing, never for a log.
    """

    status: int
    error: str = ""
    suberror: str = ""
    error_codes: tuple[int, ...] = ()
    claims: str | None = field(default=None, repr=False)
    description: str = field(default="", repr=False)
    trace_id: str = ""
    correlation_id: str = ""


def read_error(status: int, body: bytes) -> EntraError:
    """The fields that `body` has. Never fails; all text is bounded."""
    document = json_object(body)
    if document is None:
        return EntraError(status)

    def text(name: str) -> str:
        value = document.get(name)
        return value[:_LONGEST] if isinstance(value, str) else ""

    return EntraError(
        status=status,
        error=text("error"),
        suberror=text("suberror"),
        error_codes=_codes(document.get("error_codes")),
        claims=_claims(document.get("claims")),
        description=text("error_description"),
        trace_id=_id(text("trace_id")),
        correlation_id=_id(text("correlation_id")),
    )


def _id(value: str) -> str:
    """An id as Entra writes it, safe to show to callers and in logs; else empty."""
    return value if _ID.fullmatch(value) else ""


def _codes(value: object) -> tuple[int, ...]:
    listed = value if isinstance(value, list) else []
    return tuple(code for code in listed[:_MOST_CODES] if type(code) is int and 0 < code < 10**9)


def _claims(value: object) -> str | None:
    """A challenge is passed on whole or not at all: shortened, it would not be JSON."""
    return value if isinstance(value, str) and 0 < len(value) <= _LONGEST else None
