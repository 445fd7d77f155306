"""Results and refusals of tools as text for people and agents."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from bridge.catalog import Operation, Output
from bridge.errors import BridgeError

MAX_TEXT: Final = 100_000
MAX_BYTES: Final = 490_000
"""Text and structured content together: Copilot Studio accepts responses of 500 KB."""
_CUT: Final = "\n(The text is cut here; the structured content is complete.)"


def result_text(operation: Operation, result: Mapping[str, object]) -> str:
    """A line for each output, with the catalog's titles; cut to the space that the structured content leaves."""
    text = "\n".join(_lines(operation.outputs, result)) or "Done. There is nothing to show."
    kept, room = text[:MAX_TEXT], MAX_BYTES - len(json.dumps(result)) - len(_CUT)
    while len(json.dumps(kept)) > max(room, 2):
        kept = kept[: len(kept) // 2]
    return text if kept == text else kept + _CUT


def _lines(outputs: Mapping[str, Output], result: Mapping[str, object]) -> Iterator[str]:
    for name, value in result.items():
        output = outputs.get(name)
        title = str(output.schema["title"]) if output else name
        if isinstance(value, list):
            yield f"{title}:" if value else f"{title}: none"
            yield from (f"- {_entry(output, entry)}" for entry in value)
        else:
            yield f"{title}: {_scalar(value)}"


def _entry(output: Output | None, entry: object) -> str:
    if not isinstance(entry, Mapping):
        return _scalar(entry)
    fields = output.items if output and output.items else {}
    return "; ".join(
        f"{fields[name].schema['title'] if name in fields else name}: {_scalar(value)}" for name, value in entry.items()
    )


def _scalar(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def refusal_text(error: BridgeError, correlation_id: str) -> str:
    """What happened, every wrong input, the next step, and the correlation id for the administrator."""
    fields = [f"- {name}: {fault}" for name, fault in (error.fields or {}).items()]
    wait = f"Try again after {error.retry_after} seconds." if error.retry_after is not None else None
    parts = [error.detail, *fields, error.hint, wait, f"(Correlation ID: {correlation_id})"]
    return "\n".join(part for part in parts if part)
