"""`bridge catalog needs`: what an administrator of a system has to grant for the operations that are open."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Sequence

from bridge.catalog import Catalog, Needs, Operation, SoapRequest
from tools.cli.markdown import markdown_table
from tools.cli.screen import Screen

DEFAULT = "reads writes"
HEAD = ("Operations", "By", *Needs().row())


def opened(catalog: Catalog, system: str, words: Collection[str]) -> list[Operation]:
    """The operations of a system that these words, written into its OPERATIONS setting, would open."""
    return [
        operation
        for operation in catalog.operations.values()
        if operation.system == system
        and operation.service
        and (operation.id in words or (operation.word in words and (not operation.sensitive or "sensitive" in words)))
    ]


def rows(operations: Sequence[Operation], catalog: Catalog) -> list[tuple[str, ...]]:
    """One row for all operations that need the same, sorted by functional area.

    An operation also needs what its lookups need. That is another row unless those reads are among `operations`.
    """
    listed = {operation.id for operation in operations}
    groups: dict[tuple[str, ...], set[str]] = {}
    for operation in operations:
        closed = [read for read in _looked_up(operation, catalog) if read.id not in listed]
        for called in (operation, *closed):
            by = "SOAP" if isinstance(called.request, SoapRequest) else "REST"
            groups.setdefault((by, *called.needs.row().values()), set()).add(operation.id)
    return sorted(((", ".join(sorted(ids)), *row) for row, ids in groups.items()), key=lambda row: row[1:])


def _looked_up(operation: Operation, catalog: Catalog) -> Iterator[Operation]:
    """The reads that run before an operation, and those that run before them."""
    for lookup in operation.lookups.values():
        read = catalog.operations[lookup.operation]
        yield read
        yield from _looked_up(read, catalog)


def as_csv(table: Sequence[Sequence[str]]) -> str:
    """The rows as CSV with a head line."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([HEAD, *table])
    return text.getvalue()


def as_markdown(table: Sequence[Sequence[str]]) -> str:
    """The rows as a Markdown table."""
    shown = ([f"`{row[0].replace(', ', '`, `')}`", *(cell or "–" for cell in row[1:])] for row in table)
    return markdown_table(HEAD, shown) + "\n"


def show(table: Sequence[Sequence[str]], screen: Screen) -> None:
    """The rows as text: a paragraph each, because no screen is wide enough for eight columns."""
    for row in table:
        screen.heading(row[0])
        for title, text in zip(HEAD[1:], row[1:], strict=True):
            if text:
                screen.named(title, text, width=max(map(len, HEAD)))
