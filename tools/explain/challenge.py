"""Reads a WWW-Authenticate challenge (RFC 6750 section 3, RFC 9728 section 5.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping

_CHALLENGE = re.compile(r"(?:WWW-Authenticate\s*:\s*)?Bearer(?:\s+\w+\s*=.*|\s*$)", re.IGNORECASE | re.DOTALL)
_NAMED = re.compile(r"WWW-Authenticate\s*:\s*Bearer\b(.*)", re.IGNORECASE | re.DOTALL)
_PARAMETER = re.compile(r"(\w+)\s*=\s*(?:\\*\"([^\"\\]{0,2000})\\*\"|'([^']{0,2000})'|([^\s,\"']{1,2000}))")
SHOWN = ("error", "error_description", "scope", "realm", "resource_metadata", "authorization_uri", "resource_id")


def parameters(text: str) -> Mapping[str, str] | None:
    """The parameters of a challenge; None if the text is no challenge. `Bearer eyJ…` is a token."""
    if not _CHALLENGE.fullmatch(text) or text.lower().strip() == "bearer":
        return None
    named = _NAMED.search(text)
    return {
        name.lower(): first or second or third
        for name, first, second, third in _PARAMETER.findall(named[1] if named else text)
    }
