"""Does an operation: fills its request, sends it, and reads the outcome."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from bridge.base.http_client import Client, Deadline, RequestNotSent, ResponseLost
from bridge.catalog import ListRequest, Operation, RestRequest, SoapRequest, SystemType, Target
from bridge.outbound import rest, soap
from bridge.outbound.call import Call, Document, Unusable
from bridge.outbound.outcome import Outcome
from bridge.outbound.page import Position, position
from bridge.outbound.result import read_outputs
from bridge.outbound.text import unsendable

MAX_RESULT_BYTES: Final = 480_000
"""Copilot Studio takes 500 KB; the rest is for headers and another way to write the same JSON."""


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
        document = Document(list(kind.lists[operation.request.name]), rest.JsonReader())
    else:
        values = {**inputs, **_checked(lookups, operation, outcome), **(here.values() if here else {})}
        call = _build(operation.request, values, kind, target)
        headers = {"Authorization": f"Bearer {access_token}"} if access_token else {}
        if kind.correlation_header:
            headers[kind.correlation_header] = correlation_id
        document = _send(call, headers, client, deadline, operation.request, outcome)
    return _result(document, here, outcome)


def _checked(lookups: Mapping[str, object], operation: Operation, outcome: Outcome) -> dict[str, object]:
    """The lookups, each with a value: a request without its worker could mean everybody."""
    for name, lookup in operation.lookups.items():
        value = lookups.get(name)
        if value in (None, "", []) or unsendable(value):
            raise outcome.bad_value(name, lookup)
    return {name: lookups[name] for name in operation.lookups}


def _build(request: SoapRequest | RestRequest, values: Mapping[str, object], kind: SystemType, target: Target) -> Call:
    if isinstance(request, SoapRequest):
        return soap.build_call(request, values, kind, target)
    return rest.build_call(request, values, kind, target)


def _send(
    call: Call,
    headers: Mapping[str, str],
    client: Client,
    deadline: Deadline,
    request: SoapRequest | RestRequest,
    outcome: Outcome,
) -> Document:
    is_write, body = outcome.operation.kind == "write", call.body
    try:
        answer = client.send(
            call.method,
            call.url,
            deadline=deadline,
            headers={**call.headers, **headers},
            body=body if is_write or body is None else lambda: body,
            fresh=is_write,
        )
        told = outcome.status(answer)
        if told:
            raise told
        if isinstance(request, SoapRequest):
            return soap.read_answer(answer, request, outcome)
        return rest.read_answer(answer, outcome)
    except RequestNotSent as error:
        raise outcome.not_sent(error) from None
    except ResponseLost as error:
        raise outcome.no_answer(error) from None
    except Unusable as error:
        raise outcome.unusable(error) from None


def _result(document: Document, here: Position | None, outcome: Outcome) -> dict[str, object]:
    operation, node = outcome.operation, document.node
    if operation.within is not None:
        node = next(iter(document.reader.many(node, operation.within)), None)
    result = read_outputs(operation.outputs, node, document.reader) if node is not None else {}
    if operation.next_step:
        result["nextStep"] = operation.next_step
    cursor = here.next_cursor(result.get("total")) if here else None
    if cursor:
        result["nextCursor"] = cursor
    size = len(json.dumps(result))
    if size > MAX_RESULT_BYTES:
        raise outcome.too_large(size)
    return result
