"""JSON over HTTP: a request's address and body filled, and answers and errors read from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Final

from bridge.base.http_client import HttpResponse
from bridge.base.json_reader import read_json
from bridge.base.patterns import MAX_TEXT
from bridge.catalog import Operation, RestRequest, SystemType, Target
from bridge.errors import BridgeError
from bridge.outbound.call import Call, Document, Unusable
from bridge.outbound.fill import Values, fill_json, fill_url
from bridge.outbound.outcome import Outcome

_REFUSALS: Final = (400, 404, 409, 422)
# Where systems put the sentence: RFC 9457, Workday, RFC 6749 and common usage, the most telling first.
_MESSAGES: Final = ("detail", "message", "error_description", "error", "title")


def build_call(request: RestRequest, values: Values, kind: SystemType, target: Target) -> Call:
    """The request with its path, query and body filled."""
    url = fill_url(target.expand(kind.services[request.service]), request.path, request.query, values)
    if request.body is None:
        return Call(request.method, url, {"Accept": "application/json"})
    body = json.dumps(fill_json(request.body, values), ensure_ascii=False, allow_nan=False).encode()
    return Call(request.method, url, {"Accept": "application/json", "Content-Type": "application/json"}, body)


def read_answer(answer: HttpResponse, outcome: Outcome) -> Document:
    """The JSON of a success; a write may answer nothing. Raises what an error means, or `Unusable`."""
    if 200 <= answer.status < 300:
        if outcome.operation.kind == "write" and _is_empty_by_intent(answer):
            return Document({}, JsonReader())
        document = _parse(answer)
        if not isinstance(document, dict | list):
            raise Unusable(answer, "neither a JSON object nor a list")
        if isinstance(document, list) and not _reads_a_list(outcome.operation):
            raise Unusable(answer, "a list in place of a JSON object")
        return Document(document, JsonReader())
    if 400 <= answer.status < 500:
        raise _error(answer, outcome)
    raise Unusable(answer, "neither success nor refusal")


def _reads_a_list(operation: Operation) -> bool:
    """Whether the operation's files expect a list as the whole answer."""
    sources = [operation.within, *(output.source for output in operation.outputs.values())]
    return any(source is not None and (source == "" or source[1:2].isdigit()) for source in sources)


def _is_empty_by_intent(answer: HttpResponse) -> bool:
    """An answer that was cut off after its status line looks empty too, and is no definite one."""
    return not answer.body and (answer.status == 204 or answer.headers.get("content-length") == "0")


def _error(answer: HttpResponse, outcome: Outcome) -> BridgeError:
    messages = list(_messages(answer))
    operator = f"HTTP {answer.status}"
    for rule in outcome.kind.faults:
        if messages and rule.pattern.search(messages[0][:MAX_TEXT]):
            return outcome.meaning(rule.means, answer, f"{operator}: {rule.means}")
    if answer.status == 403:
        return outcome.meaning("not_permitted", answer, operator)
    if answer.status in _REFUSALS:
        return outcome.refused(messages, operator)
    return outcome.unusable(Unusable(answer, "an error that says nothing definite"))


def _messages(answer: HttpResponse) -> Iterator[str]:
    try:
        problem = _parse(answer)
    except Unusable:
        return
    if not isinstance(problem, dict):
        return
    errors = problem.get("errors")
    for entry in [problem, *(errors if isinstance(errors, list) else [])]:
        texts = (entry.get(key) for key in _MESSAGES) if isinstance(entry, dict) else iter(())
        yield from islice((text for text in texts if isinstance(text, str) and text), 1)


def _parse(answer: HttpResponse) -> object:
    try:
        return read_json(answer.body)
    except ValueError:
        raise Unusable(answer, "no JSON") from None


class JsonReader:
    """Reads values by JSON Pointer (RFC 6901)."""

    def one(self, node: object, source: str) -> object | None:
        """The value, if it is a scalar."""
        value = _resolve(node, source)
        return value if isinstance(value, str | int | float) else None

    def many(self, node: object, source: str) -> list[object]:
        """The entries of the list."""
        value = _resolve(node, source)
        return value if isinstance(value, list) else []


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
