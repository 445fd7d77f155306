"""Every code that can be looked up on the page."""

from __future__ import annotations

from collections.abc import Iterator

from tools.cli.troubleshooting import everything
from tools.explain import tables
from tools.explain.entry import Entry


def codes() -> Iterator[dict[str, str]]:
    """For each code: what to explain (`input`), how it is shown, and further words that people search for."""
    for advice in everything():
        entry = advice if isinstance(advice, Entry) else None
        numbers = entry.codes if entry else ()
        is_listed = len(numbers) == 1 and numbers[0] not in tables.entra_entries()
        names = [f"AADSTS{number}" for number in numbers]
        words = (*names, *(entry.errors if entry else ()))
        yield {
            "input": names[0] if is_listed else advice.code,
            "code": advice.code,
            "name": " ".join(names[:2]) or advice.code,
            "title": advice.sentence if is_listed else advice.title,
            "words": " ".join((*words, advice.sentence, entry.message if entry else "")),
        }
