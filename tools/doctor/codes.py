"""The codes that can be looked up on the page."""

from __future__ import annotations

from collections.abc import Iterator

from tools.cli.troubleshooting import everything
from tools.explain import tables


def codes() -> Iterator[dict[str, str]]:
    """For each code: the text to explain (`input`), what is shown of it, and further `words` that people search for."""
    for entry in everything():
        is_listed = len(entry.codes) == 1 and entry.codes[0] not in tables.entra_entries()
        names = [f"AADSTS{number}" for number in entry.codes]
        yield {
            "input": names[0] if is_listed else entry.code,
            "code": entry.code,
            "name": " ".join(names[:2]) or entry.code,
            "title": entry.sentence if is_listed else entry.title,
            "words": " ".join((*names, *entry.errors, entry.sentence, entry.message)),
        }
