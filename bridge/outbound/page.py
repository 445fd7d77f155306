"""Pages of a read. Callers see an opaque cursor; it has the page's number or the system's link, and the page size."""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from bridge.catalog import Page
from bridge.errors import InvalidInput

MAX_LINK = 2900
_NUMBER = re.compile(r"([1-9][0-9]{0,5})\.([1-9][0-9]{0,2})")
_LINK = re.compile(r"([1-9][0-9]{0,2}) (/[!-~]{0,2900})")


@dataclass(frozen=True, slots=True)
class Position:
    """One page: its number (from 1) and its size, or the `link` (path and query) that the system gave for it."""

    number: int
    size: int
    link: str | None = None

    def values(self) -> dict[str, object]:
        """The values of the `page.…` placeholders."""
        return {"page.number": self.number, "page.size": self.size, "page.offset": (self.number - 1) * self.size}

    def next_cursor(self, total: object) -> str | None:
        """The cursor of the next page; None if this is the last one, or if the total is unknown."""
        if not isinstance(total, int) or self.number * self.size >= total:
            return None
        return _encode(f"{self.number + 1}.{self.size}")

    def link_cursor(self, url: str) -> str:
        """The cursor for the system's own link to the next page."""
        parts = urlsplit(url)
        return _encode(f"{self.size} {parts.path}{'?' if parts.query else ''}{parts.query}")


def position(page: Page, inputs: Mapping[str, object]) -> Position:
    """The page that `pageSize` and `cursor` name. The size in the cursor is used, or pages would overlap."""
    if "cursor" not in inputs:
        return Position(1, int(str(inputs.get("pageSize", page.size))))
    text = _decode(str(inputs["cursor"]))
    found = _LINK.fullmatch(text) if page.next else None
    if found and int(found[1]) <= page.max_size:
        return Position(1, int(found[1]), link=found[2])
    found = _NUMBER.fullmatch(text) if not page.next else None
    if found and int(found[2]) <= page.max_size:
        return Position(int(found[1]), int(found[2]))
    raise bad_cursor()


def bad_cursor() -> InvalidInput:
    """The error for a cursor that this operation has not issued for these inputs."""
    return InvalidInput(
        "The cursor is not valid.",
        hint="Send the next cursor of the response before, unchanged and with the same inputs, or none.",
        fields={"cursor": "is no cursor of this operation"},
    )


def next_link(text: str) -> str | None:
    """The URL in a `Link` header (RFC 8288) with `rel="next"`; another text is the URL itself."""
    if "<" not in text:
        return text
    found = re.search(r'<([^<>]{1,2900})>[^<>]*?;\s*rel="?(?:[a-z -]* )?next\b', text[:8000])
    return found[1] if found else None


def follow(first: str, link: str, free: Collection[str]) -> str | None:
    """The URL of the next page, or None if `link` leads away from `first`, the URL of the first page.

    A link stays at the same host and at the same path or below it. Each parameter of `first` must be in it with the
    same value (below the path it may be absent), except those in `free`: a caller who changes a cursor must not get
    more than the operation gives.
    """
    try:
        url = urljoin(first, link)
        start, there = urlsplit(first), urlsplit(url)
    except ValueError:
        return None
    if (there.scheme, there.netloc) != (start.scheme, start.netloc) or there.fragment or len(url) > MAX_LINK:
        return None
    below = there.path.startswith(start.path.rstrip("/") + "/")
    if there.path != start.path and (not below or ".." in unquote(unquote(there.path))):
        return None
    asked, given = parse_qsl(start.query), parse_qsl(there.query)
    for name, value in asked:
        values = [one for key, one in given if key == name]
        if name not in free and values != [value] and not (below and not values):
            return None
    return url


def _encode(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str) -> str:
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except ValueError:
        return ""
