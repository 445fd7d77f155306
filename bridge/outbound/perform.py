"""Performs an operation: fills its request, sends it, and reads the response."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from bridge.base.http_client import Client, Deadline, RequestNotSent, ResponseLost
from bridge.catalog import ListRequest, Operation, Output, Page, RestRequest, SoapRequest, SystemType, Target
from bridge.catalog.outputs import from_http
from bridge.outbound import rest, soap
from bridge.outbound.call import Call, Document, Unusable
from bridge.outbound.fill import Values
from bridge.outbound.outcome import Outcome
from bridge.outbound.page import Position, follow, next_link, position
from bridge.outbound.result import read_outputs
from bridge.outbound.values import values

MAX_RESULT_BYTES: Final = 480_000
"""Copilot Studio accepts 500 KB. The difference is for headers and for JSON that is written with spaces."""


def perform(
    operation: Operation,
    inputs: Mapping[str, object],
    *,
    kind: SystemType,
    target: Target,
    access_token: str | None,
    lookups: Mapping[str, object],
    client: Client,
    deadline: Deadline,
    correlation_id: str,
) -> dict[str, object]:
    """The operation's result for checked `inputs`, as its outputs say.

    Raises what `Outcome` makes of a failure; `CredentialRejected` means that a new credential may help.
    """
    outcome = Outcome(operation, kind)
    here = position(operation.page, inputs) if operation.page else None
    if isinstance(operation.request, ListRequest):
        call = None
        document = Document(list(kind.lists[operation.request.name]), rest.JsonReader())
    else:
        filled = values(outcome, inputs, lookups, target, here)
        call = _build(operation.request, filled, kind, target, here)
        headers = {"Authorization": f"Bearer {access_token}"} if access_token else {}
        if kind.correlation_header:
            headers[kind.correlation_header] = correlation_id
        document = send(call, headers, client, deadline, operation.request, outcome)
    return _result(document, here, call, outcome)


def _build(
    request: SoapRequest | RestRequest, filled: Values, kind: SystemType, target: Target, here: Position | None
) -> Call:
    if isinstance(request, SoapRequest):
        return soap.build_call(request, filled, kind, target)
    return rest.build_call(request, filled, kind, target, here)


def send(
    call: Call,
    headers: Mapping[str, str],
    client: Client,
    deadline: Deadline,
    request: SoapRequest | RestRequest,
    outcome: Outcome,
) -> Document:
    """The definite response to `call`. Raises what `outcome` makes of any other end."""
    is_write, body = outcome.operation.kind == "write", call.body
    try:
        response = client.send(
            call.method,
            call.url,
            deadline=deadline,
            headers={**call.headers, **headers},
            body=body if is_write or body is None else lambda: body,
            fresh=is_write,
        )
        failure = rest.unauthorized(response, outcome) or outcome.status(response)
        if failure:
            raise failure
        if isinstance(request, SoapRequest):
            return soap.read_response(response, request, outcome)
        return rest.read_response(response, request, outcome)
    except RequestNotSent as error:
        raise outcome.not_sent(error) from None
    except ResponseLost as error:
        raise outcome.no_response(error) from None
    except Unusable as error:
        raise outcome.unusable(error) from None


def _result(document: Document, here: Position | None, call: Call | None, outcome: Outcome) -> dict[str, object]:
    operation, node = outcome.operation, document.node
    if operation.within is not None:
        node = next(iter(document.reader.many(node, operation.within)), None)
    outputs = operation.outputs
    if node is None:
        outputs = {name: output for name, output in outputs.items() if from_http(output.source)}
    result = read_outputs(outputs, node, document.reader, document.response)
    if operation.next_step:
        result["nextStep"] = operation.next_step
    if operation.page and here:
        result |= _paging(operation, operation.page, document, here, call, result)
    size = len(json.dumps(result))
    if size > MAX_RESULT_BYTES:
        raise outcome.too_large(size)
    return result


def _paging(
    operation: Operation, page: Page, document: Document, here: Position, call: Call | None, result: Values
) -> dict[str, object]:
    """The cursor of the next page, or `truncated` if this page is full and the system gives no total."""
    total = result.get("total")
    if page.next is None:
        cursor = here.next_cursor(total)
        full = total is None and max((len(one) for one in result.values() if isinstance(one, list)), default=0)
        return {"nextCursor": cursor} if cursor else {"truncated": True} if full >= here.size else {}
    source = {"link": Output({"type": "string"}, page.next)}
    link = next_link(str(read_outputs(source, document.node, document.reader, document.response).get("link", "")))
    if not link or call is None or not isinstance(operation.request, RestRequest):
        return {}
    url = follow(call.first, link, rest.free_parameters(operation.request))
    return {"nextCursor": here.link_cursor(url)} if url else {"truncated": True}
