"""HTTP requests and responses as the bridge uses them, independent of the Azure Functions library."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """An incoming request. Header names are in lower case, `path` has the route's parameters, `url` the raw query."""

    method: str
    headers: Mapping[str, str] = field(repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    path: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    invocation_id: str = ""
    url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Response:
    """The response to it."""

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
    """A JSON response that no cache may store."""
    separators = (",", ":") if indent is None else None
    text = json.dumps(document, ensure_ascii=False, separators=separators, indent=indent)
    body = text.encode("utf-8", "replace")
    return Response(status, body, media_type, {"Cache-Control": "no-store", **(headers or {})})
