"""`bridge catalog try`: what an operation returns for a saved response, without a call."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from bridge.base.http_client import Body, Client, Deadline, HttpResponse
from bridge.catalog import Catalog, Lookup, Operation, RestRequest, Target
from bridge.errors import BridgeError
from bridge.outbound import perform

_TYPES: Mapping[str, object] = {"string": "x", "integer": 1, "number": 1.5, "boolean": True}
_FORMATS: Mapping[str, object] = {"date": "2026-01-30", "date-time": "2026-01-30T09:00:00Z", "email": "x@example.com"}
_PAGING = ("pageSize", "cursor")


class _Saved(Client):
    """A client that sends nothing and returns the saved response."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self._response = response

    def send(
        self,
        method: str,
        url: str,
        *,
        deadline: Deadline,
        headers: Mapping[str, str] | None = None,
        body: Body = None,
        fresh: bool = False,
    ) -> HttpResponse:
        """The saved response, for every request."""
        return self._response


def try_answer(operation: Operation, catalog: Catalog, file: Path, status: int, headers: Mapping[str, str]) -> str:
    """The result as JSON, with the names of outputs that the response lacks; or the bridge's error."""
    response = _read(file.read_bytes(), status, {"content-type": _media_type(operation), **headers})
    try:
        result = perform(
            operation,
            {name: _example(schema) for name, schema in operation.inputs.items() if name not in _PAGING},
            kind=catalog.systems[operation.system],
            target=Target("host.example", "tenant", caller_name="x"),
            access_token=None,
            lookups={name: _looked_up(lookup, operation, name) for name, lookup in operation.lookups.items()},
            client=_Saved(response),
            deadline=Deadline(10),
            correlation_id="try",
        )
    except BridgeError as error:
        return f"{error.status} {error.code}: {error.detail}\nfor the log: {error.operator}"
    missing = ", ".join(_missing(operation, result))
    return json.dumps(result, indent=2, ensure_ascii=False) + (f"\nNot in this response: {missing}" if missing else "")


def _read(saved: bytes, status: int, headers: Mapping[str, str]) -> HttpResponse:
    """The response; its own status line and headers count if the file begins with them."""
    if not saved.startswith(b"HTTP/"):
        return HttpResponse(status, dict(headers), saved)
    head, _, body = saved.replace(b"\r\n", b"\n").partition(b"\n\n")
    first, *lines = head.decode("latin-1").split("\n")
    own = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    code = first.split()[1:2]
    return HttpResponse(int(code[0]) if code and code[0].isdigit() else status, {**headers, **own}, body)


def _missing(operation: Operation, result: Mapping[str, object]) -> Iterator[str]:
    """Names of outputs, and of fields of a list's records, that the response has no value for."""
    for name, output in operation.outputs.items():
        if name not in result and output.source is not None:
            yield name
        records = result.get(name)
        if output.items and isinstance(records, list) and records:
            yield from (f"{name}.{field}" for field in output.items if not any(field in record for record in records))


def _media_type(operation: Operation) -> str:
    return "application/json" if isinstance(operation.request, RestRequest) else "text/xml"


def _example(schema: Mapping[str, object]) -> object:
    if isinstance(enum := schema.get("enum"), list):
        return enum[0]
    if schema["type"] == "array":
        return []
    return _FORMATS.get(str(schema.get("format"))) or _TYPES[str(schema["type"])]


def _looked_up(lookup: Lookup, operation: Operation, name: str) -> object:
    if lookup.many:
        return ["x"]
    used = (one.partition(".")[2] for one in (*operation.uses, *operation.keep.values()) if one.startswith(f"{name}."))
    return "x" if lookup.output else dict.fromkeys(used, "x")
