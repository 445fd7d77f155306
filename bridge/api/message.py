"""HTTP requests and answers without the Functions library, so that everything behind them runs anywhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """What came in. Header names are lower case; `path` holds the route's parameters; `url` counts for its query."""

    method: str
    headers: Mapping[str, str] = field(repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    path: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    invocation_id: str = ""
    url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Response:
    """What goes out."""

    status: int
    body: bytes = field(repr=False)
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def json_response(
    document: object,
    *,
    status: int = 200,
    media_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
    indent: int | None = None,
) -> Response:
    """A JSON answer that nothing on the way keeps."""
    separators = (",", ":") if indent is None else None
    text = json.dumps(document, ensure_ascii=False, separators=separators, indent=indent)
    body = text.encode("utf-8", "replace")
    return Response(status, body, media_type, {"Cache-Control": "no-store", **(headers or {})})
