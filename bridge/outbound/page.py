"""Pages: a page number inside, an opaque cursor outside that also keeps the page size it belongs to."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass

from bridge.catalog import Page
from bridge.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Position:
    """One page: its number (from 1) and its size."""

    number: int
    size: int

    def values(self) -> dict[str, object]:
        """The marks that a template may use."""
        return {"page.number": self.number, "page.size": self.size, "page.offset": (self.number - 1) * self.size}

    def next_cursor(self, total: object) -> str | None:
        """The cursor of the next page, if the total says that there is one."""
        if not isinstance(total, int) or self.number * self.size >= total:
            return None
        return base64.urlsafe_b64encode(f"{self.number + 1}.{self.size}".encode()).decode().rstrip("=")


def position(page: Page, inputs: Mapping[str, object]) -> Position:
    """The page that `pageSize` and `cursor` ask for. A cursor's own size wins, or pages would overlap."""
    if "cursor" not in inputs:
        return Position(1, int(str(inputs.get("pageSize", page.size))))
    cursor = str(inputs["cursor"])
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except ValueError:
        text = ""
    found = re.fullmatch(r"([1-9][0-9]{0,5})\.([1-9][0-9]{0,2})", text)
    if not found or int(found[2]) > page.max_size:
        raise InvalidInput(
            "The cursor is not valid.",
            hint="Send the next cursor of the answer before, unchanged, or none.",
            fields={"cursor": "is no cursor of this operation"},
        )
    return Position(int(found[1]), int(found[2]))
