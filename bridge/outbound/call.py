"""What REST and SOAP share: the request to send, and a reader for the response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bridge.base.http_client import HttpResponse


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request, without credential. `first` is the URL of the first page, if this is a later one."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = field(default=None, repr=False)
    first: str = ""


class Reader(Protocol):
    """Reads values from a response. A node is an XML element or a JSON value."""

    def one(self, node: object, source: str) -> object | None:
        """The first value at `source`, seen from `node`: a scalar, or None."""

    def many(self, node: object, source: str) -> list[object]:
        """All nodes at `source`, seen from `node`."""


@dataclass(frozen=True, slots=True)
class Document:
    """A definite response: its root node, the reader for it, and (None for a choice list) the HTTP response."""

    node: object
    reader: Reader
    response: HttpResponse | None = None


class Unusable(Exception):
    """The response does not show what happened. The message names its form, never its content."""

    def __init__(self, response: HttpResponse, reason: str, *, fault: bool = False) -> None:
        """`fault`: the system itself reports an error, so it is reachable."""
        super().__init__(f"HTTP {response.status}, {response.media_type or 'no content type'}: {reason}")
        self.response = response
        self.fault = fault
