"""The pass-through: a request that no file of the catalog describes, sent as it is, with the caller's credential.

JSON in both directions. Refusals, unclear outcomes and credentials that are refused mean what they mean for operations.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

from bridge.base.http_client import Client, Deadline, HttpResponse
from bridge.catalog import Operation, RestRequest, SystemType, Target
from bridge.catalog.model import Method
from bridge.outbound.call import Call, Unusable
from bridge.outbound.outcome import Outcome
from bridge.outbound.perform import MAX_RESULT_BYTES, send

MAX_HEADER: Final = 1024
_JSON: Final = re.compile(r"application/(?:[a-z0-9.-]+\+)?json")
_STATUSES: Final = (200, 201, 202, 204)


@dataclass(frozen=True, slots=True)
class RawResponse:
    """A success: `body` is JSON in UTF-8, or empty."""

    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request whose parts have been checked. `path` has no slash at its start; `query` is encoded."""

    method: str
    path: str
    query: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)

    @property
    def inputs(self) -> dict[str, object]:
        """What the write ledger knows it by."""
        text = self.body.decode("utf-8-sig") if self.body else ""
        where = {"method": self.method, "path": self.path, "query": self.query}
        return {**where, "headers": dict(self.headers), "body": text}

    def operation(self, kind: SystemType) -> Operation:
        """What it is for the rest of the bridge: a read or a write without inputs and outputs."""
        return Operation(
            id="Raw",
            system=kind.name,
            method=cast(Method, self.method),
            path="/raw",
            kind="read" if self.method == "GET" else "write",
            sensitive=False,
            subject="caller",
            visibility=None,
            set=None,
            summary="",
            description="",
            evidence="",
            inputs={},
            required=(),
            outputs={},
            lookups={},
            choices={},
            page=None,
            within="",
            next_step=None,
            ledger=(),
            request=RestRequest("", cast(Method, self.method), "", {}),
            file=Path(),
        )

    def send(
        self,
        operation: Operation,
        *,
        kind: SystemType,
        target: Target,
        access_token: str,
        passed: tuple[str, ...],
        client: Client,
        deadline: Deadline,
        correlation_id: str,
    ) -> RawResponse:
        """The system's response. `passed`: the response headers that the caller sees. Raises as `perform` does."""
        outcome = Outcome(operation, kind)
        headers = {"Authorization": f"Bearer {access_token}"}
        if kind.correlation_header:
            headers[kind.correlation_header] = correlation_id
        request = cast(RestRequest, operation.request)
        response = send(self._call(target), headers, client, deadline, request, outcome).response
        if response is None or (response.body and not _JSON.fullmatch(response.media_type)):
            raise outcome.unusable(Unusable(response or HttpResponse(200, {}, b""), "not JSON by its content type"))
        if len(response.body) > MAX_RESULT_BYTES:
            raise outcome.too_large(len(response.body))
        status = response.status if response.status in _STATUSES else 200
        return RawResponse(status, response.body.removeprefix(BOM_UTF8), _shown(response, passed))

    def _call(self, target: Target) -> Call:
        url = f"https://{target.host}/{self.path}"
        headers = {**self.headers, "Accept": "application/json"}
        if self.body is not None:
            headers["Content-Type"] = "application/json"
        return Call(self.method, f"{url}?{self.query}" if self.query else url, headers, self.body)


def _shown(response: HttpResponse, passed: tuple[str, ...]) -> dict[str, str]:
    found = {name: response.headers[name] for name in passed if name in response.headers}
    return {name: text for name, text in found.items() if is_header_value(text)}


def is_header_value(text: str) -> bool:
    """Whether a header with this text can be passed on."""
    return len(text) <= MAX_HEADER and text.isascii() and text.isprintable()
