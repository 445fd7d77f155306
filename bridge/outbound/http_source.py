"""Outputs from the HTTP response itself: its headers, its cookies, and a body that is no document."""

from __future__ import annotations

import base64
import re
from typing import Final
from urllib.parse import unquote, urlsplit

from bridge.base.http_client import HttpResponse

_NEXT_COOKIE: Final = re.compile(r",\s*(?=[!#$%&'*+.^_`|~0-9A-Za-z-]+=)")
"""Between two joined Set-Cookie headers: the comma in a cookie's date is followed by no name and `=`."""


def read_http(source: str, response: HttpResponse) -> str | None:
    """`header:etag` is a header; `header:location:segment` the last path segment of the URL in it,
    `header:location:key` what OData has there in parentheses; `cookies` all that the response sets, as a Cookie
    header; `body` the body in base64. None if there is none.
    """
    if source == "body":
        return base64.b64encode(response.body).decode() if response.body else None
    if source == "cookies":
        return _cookies(response.headers.get("set-cookie", "")) or None
    _, name, *part = source.split(":")
    value = response.headers.get(name)
    if not part or value is None:
        return value
    segment = _last_segment(value)
    return segment if part == ["segment"] else _key(segment or "")


def _cookies(joined: str) -> str:
    pairs = (cookie.partition(";")[0].strip() for cookie in _NEXT_COOKIE.split(joined))
    return "; ".join(pair for pair in pairs if "=" in pair)


def _key(segment: str) -> str | None:
    """`7` of `Tasks(7)`, `a` of `Tasks('a')` and of `Tasks(id='a')`; None if there is no single key."""
    found = re.fullmatch(r"[^()]*\((?:[A-Za-z_]\w*=)?(?:'((?:[^']|'')*)'|([^'(),=]+))\)", segment)
    return (found[1].replace("''", "'") if found[1] is not None else found[2]) if found else None


def _last_segment(url: str) -> str | None:
    try:
        return unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2]) or None
    except ValueError:
        return None
