"""JSON from outside: an object, or nothing."""

from __future__ import annotations

import json


def json_object(text: bytes) -> dict[str, object] | None:
    """The JSON object that `text` is; None for anything else, nested too deeply included."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None
