"""`docs/personal-data.md`, generated from the catalog: the fields that each operation takes and returns."""

from __future__ import annotations

from pathlib import Path

from bridge.catalog import Catalog, Operation, load
from bridge.catalog.model import Output
from tools.cli.markdown import markdown_table

PAGE = Path(__file__).parents[2] / "docs" / "personal-data.md"
_INTRO = """# Personal data by operation

`python3 dev.py docs` makes this page from the catalog, and a test compares them. Every operation acts as the
signed-in person. A *closed* operation is open only if a setting names it. A response has only the fields that are
named here; the bridge drops everything else that the system returns. The fields of a list's entries are in
parentheses after its name. Fields without personal data are not named: those of paging, and those about a repeated
write. Where the data goes: [approval.md](approval.md).
"""
_TECHNICAL = frozenset({"pageSize", "cursor", "nextCursor", "total", "truncated", "nextStep", "repeated", "firstAt"})


def page(catalog: Catalog) -> str:
    """The whole page."""
    parts = [_INTRO]
    for name, system in sorted(catalog.systems.items()):
        shown = [one for one in catalog.operations.values() if one.system == name and not one.lookup_only]
        rows = map(_row, sorted(shown, key=lambda operation: operation.id))
        parts += [f"## {system.title}\n", markdown_table(("operation", "takes", "returns"), rows), ""]
    return "\n".join(parts)


def _row(operation: Operation) -> tuple[str, str, str]:
    closed = ", closed" if operation.sensitive or operation.approval else ""
    takes = ", ".join(f"`{name}`" for name in operation.inputs if name not in _TECHNICAL)
    returns = ", ".join(_field(name, output) for name, output in operation.outputs.items() if name not in _TECHNICAL)
    return f"`{operation.id}` ({operation.kind}{closed})", takes or "nothing", returns or "nothing"


def _field(name: str, output: Output) -> str:
    rows = ", ".join(f"`{field}`" for field in output.items or ())
    return f"`{name}` ({rows})" if rows else f"`{name}`"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(load()), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
