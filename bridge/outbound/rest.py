"""JSON over HTTP: a request's address and body filled, and responses and errors read."""

from __future__ import annotations

import json
from typing import Final
from urllib.parse import urlencode

from bridge.base.error_text import error_texts
from bridge.base.http_client import HttpResponse
from bridge.base.json_reader import read_json
from bridge.base.patterns import MAX_TEXT
from bridge.catalog import Operation, RestRequest, SystemType, Target
from bridge.errors import BridgeError, Misconfigured
from bridge.outbound.call import Call, Document, Unusable
from bridge.outbound.fill import Values, fill_headers, fill_json, fill_texts, fill_url
from bridge.outbound.outcome import Outcome
from bridge.outbound.page import Position, bad_cursor, follow

_EMPTY: Final = (201, 202, 204, 205)
"""Statuses of a success that may have no body."""


def build_call(request: RestRequest, values: Values, kind: SystemType, target: Target, here: Position | None) -> Call:
    """The request with its path, query, headers and body filled; a later page by the system's own link."""
    url = first = fill_url(target.expand(kind.services[request.service]), request.path, request.query, values)
    if here and here.link:
        followed = follow(first, here.link, free_parameters(request))
        if followed is None:
            raise bad_cursor()
        url = followed
    headers = {"Accept": "application/json" if request.returns == "json" else "*/*"}
    headers |= fill_headers(request.headers, values)
    media_type, body = _body(request, values)
    if media_type:
        headers["Content-Type"] = media_type
    return Call(request.method, url, headers, body, first)


def free_parameters(request: RestRequest) -> frozenset[str]:
    """The query's parameters that may differ from page to page."""
    return frozenset(name for name, text in request.query.items() if "{page." in text)


def _body(request: RestRequest, values: Values) -> tuple[str, bytes | None]:
    """Media type and body; both empty if there is none."""
    if request.form is not None:
        return "application/x-www-form-urlencoded", urlencode(fill_texts(request.form, values)).encode()
    if request.body is None:
        return "", None
    filled = fill_json(request.body, values)
    return request.media_type, json.dumps(filled, ensure_ascii=False, allow_nan=False).encode()


def read_response(response: HttpResponse, request: RestRequest, outcome: Outcome) -> Document:
    """The document of a success, which may be empty. Raises what an error means, or `Unusable`."""
    if 200 <= response.status < 300:
        return Document(_document(response, request, outcome.operation), JsonReader(), response)
    if response.status == 404 and request.empty_on_404:
        return Document({}, JsonReader(), response)
    if 400 <= response.status < 500:
        raise _error(response, outcome)
    fault = response.status == 500 and bool(_messages(response, outcome.kind.message))
    raise Unusable(response, "neither success nor refusal", fault=fault)


def _document(response: HttpResponse, request: RestRequest, operation: Operation) -> object:
    if request.returns == "bytes" or _is_empty_by_intent(response, operation):
        return {}
    document = _parse(response)
    if not isinstance(document, dict | list):
        raise Unusable(response, "neither a JSON object nor a list")
    if isinstance(document, list) and not _reads_a_list(operation):
        raise Unusable(response, "a list in place of a JSON object")
    return document


def _reads_a_list(operation: Operation) -> bool:
    """Whether an output of the operation reads a response that is a list."""
    sources = [operation.within, *(output.source for output in operation.outputs.values())]
    return any(source is not None and (source == "" or source[1:2].isdigit()) for source in sources)


def _is_empty_by_intent(response: HttpResponse, operation: Operation) -> bool:
    """Whether the system meant to send no body. A response that was cut off after its head looks empty, too.

    201, 202 and 204 need no body, and of a chunked body the client has seen the end.
    """
    ended = response.headers.get("content-length") == "0" or "chunked" in response.headers.get("transfer-encoding", "")
    is_write = operation.kind == "write"
    return not response.body and (response.status == 204 or (is_write and (response.status in _EMPTY or ended)))


def _error(response: HttpResponse, outcome: Outcome) -> BridgeError:
    """The error of the first fault rule that matches, else that of the status."""
    texts = _messages(response, outcome.kind.message)
    return _by_rule(response, texts, outcome) or outcome.client_error(response, texts)


def unauthorized(response: HttpResponse, outcome: Outcome) -> BridgeError | None:
    """A 401 that a rule of the system knows as a mistake of the set-up: another credential would not help."""
    if response.status != 401:
        return None
    found = _by_rule(response, _messages(response, outcome.kind.message), outcome)
    return found if isinstance(found, Misconfigured) else None


def _by_rule(response: HttpResponse, texts: tuple[str, ...], outcome: Outcome) -> BridgeError | None:
    for rule in outcome.kind.faults:
        if texts and rule.pattern.search(texts[0][:MAX_TEXT]):
            operator = " ".join(filter(None, (f"HTTP {response.status}: {rule.means}.", rule.fix)))
            return outcome.meaning(rule.means, response, operator, texts)
    return None


def _messages(response: HttpResponse, pointer: str | None) -> tuple[str, ...]:
    """The messages of an error response; the one at the system's own `pointer` comes first."""
    try:
        document = _parse(response)
    except Unusable:
        return ()
    own = _resolve(document, pointer) if pointer else None
    texts = error_texts(document)
    return (own, *(text for text in texts if text != own)) if isinstance(own, str) and own.strip() else texts


def _parse(response: HttpResponse) -> object:
    try:
        return read_json(response.body)
    except ValueError:
        raise Unusable(response, "no JSON") from None


class JsonReader:
    """Reads values by JSON Pointer (RFC 6901)."""

    def one(self, node: object, source: str) -> object | None:
        """The value, if it is a scalar."""
        value = _resolve(node, source)
        return value if isinstance(value, str | int | float) else None

    def many(self, node: object, source: str) -> list[object]:
        """The entries of a list; an object is one entry."""
        value = _resolve(node, source)
        return value if isinstance(value, list) else [value] if isinstance(value, dict) else []


def _resolve(node: object, pointer: str) -> object:
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict):
            node = node.get(key)
        elif isinstance(node, list) and key.isdigit() and int(key) < len(node):
            node = node[int(key)]
        else:
            return None
    return node
