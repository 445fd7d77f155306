"""Reads one JSON-RPC 2.0 message from a request's body, or raises the error that JSON-RPC defines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bridge.api.body import MAX_BODY_BYTES
from bridge.api.message import Request, Response, json_response
from bridge.base.json_reader import read_json

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
HEADER_MISMATCH: Final = -32020
UNSUPPORTED_VERSION: Final = -32022

MAX_ID: Final = 256
MAX_METHOD: Final = 128
MAX_NUMBER: Final = 2**53
"""Every client reads whole numbers up to this one exactly."""

Id = str | int | None


class RpcError(Exception):
    """An error of the protocol. `status` is that of the HTTP response; `id` is None if it could not be read."""

    def __init__(self, code: int, message: str, *, data: object = None, status: int = 200, id: Id = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data
        self.status = status
        self.id = id


@dataclass(frozen=True, slots=True)
class Message:
    """A request, or a notification, which gets no response."""

    method: str
    id: Id
    params: Mapping[str, object] = field(repr=False)

    @property
    def is_notification(self) -> bool:
        """Whether it gets no response."""
        return self.id is None

    @property
    def meta(self) -> Mapping[str, object]:
        """The member `_meta` of the parameters; empty if it is absent or no object."""
        meta = self.params.get("_meta")
        return meta if isinstance(meta, dict) else {}


def read_message(request: Request) -> Message:
    """The message in the body. Raises `RpcError`."""
    if len(request.body) > MAX_BODY_BYTES:
        raise RpcError(INVALID_REQUEST, f"The message is larger than {MAX_BODY_BYTES} bytes.", status=413)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise RpcError(INVALID_REQUEST, "Send the message with Content-Type: application/json.", status=415)
    try:
        document = read_json(request.body)
    except ValueError as error:
        raise RpcError(PARSE_ERROR, f"The message is not valid JSON ({error}).", status=400) from None
    if isinstance(document, list):
        raise _invalid("Batches are not accepted: send each message in its own request.")
    if not isinstance(document, dict):
        raise _invalid("The message is not an object.")
    return _message(document)


def _message(document: Mapping[str, object]) -> Message:
    """Copilot Studio sends `notifications/initialized` with `"id": null`, which is still a notification."""
    method, id_ = document.get("method"), document.get("id")
    if isinstance(id_, bool) or not isinstance(id_, str | int | None) or not _can_be_repeated(id_):
        raise _invalid(f"The id is not a text of at most {MAX_ID} characters, or a whole number up to 2^53.")
    if document.get("jsonrpc") != "2.0":
        raise _invalid('The member jsonrpc is not "2.0".', id_)
    if not isinstance(method, str) or not 0 < len(method) <= MAX_METHOD:
        raise _invalid("The member method is not a method's name.", id_)
    if id_ is None and "id" in document and not method.startswith("notifications/"):
        raise _invalid("The id of a request is not null.")
    params = document.get("params")
    if params is not None and not isinstance(params, dict):
        raise RpcError(INVALID_PARAMS, "The member params is not an object.", status=400, id=id_)
    return Message(method, id_, params or {})


def _can_be_repeated(id_: Id) -> bool:
    if isinstance(id_, int):
        return abs(id_) <= MAX_NUMBER
    if id_ is None:
        return True
    return len(id_) <= MAX_ID and not any("\ud800" <= character <= "\udfff" for character in id_)


def _invalid(message: str, id_: Id = None) -> RpcError:
    return RpcError(INVALID_REQUEST, message, status=400, id=id_)


def result_response(message: Message, result: Mapping[str, object]) -> Response:
    """The response to a request."""
    return json_response({"jsonrpc": "2.0", "id": message.id, "result": result})


def error_response(error: RpcError) -> Response:
    """The response to a message with an error."""
    body = {"code": error.code, "message": error.message, **({} if error.data is None else {"data": error.data})}
    return json_response({"jsonrpc": "2.0", "id": error.id, "error": body}, status=error.status)
