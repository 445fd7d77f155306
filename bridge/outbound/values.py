"""The values of an operation's placeholders: inputs, what they keep, lookups, days, the page, and the system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from uuid import uuid4

from lxml import etree

from bridge.catalog import ListRequest, Operation, RestRequest, SoapRequest, Span, SystemType, Target
from bridge.catalog.placeholders import CALLER_NAME, Placeholder, split
from bridge.errors import InvalidInput, Misconfigured
from bridge.outbound.outcome import Outcome
from bridge.outbound.page import Position
from bridge.outbound.text import unsendable

SATURDAY = 5


def values(
    outcome: Outcome,
    inputs: Mapping[str, object],
    lookups: Mapping[str, object],
    target: Target,
    here: Position | None,
) -> dict[str, object]:
    """Everything that the request's placeholders can name. Raises `InvalidInput`; `Forbidden` for an empty lookup."""
    operation = outcome.operation
    found = _lookups(lookups, outcome)
    return {
        **inputs,
        **found,
        **_kept(operation, inputs, found),
        **{name: _days(span, inputs) for name, span in operation.spans.items()},
        **(here.values() if here else {}),
        **_system(operation, outcome.kind, target),
        **_caller(outcome, target),
    }


def _lookups(lookups: Mapping[str, object], outcome: Outcome) -> dict[str, object]:
    """The lookups' values; of a record, its fields. None may be empty: a request without its worker could mean all."""
    found: dict[str, object] = {}
    for name, lookup in outcome.operation.lookups.items():
        value = lookups.get(name)
        if lookup.output is None and value is None:
            continue  # it was not made: an input that it needs is absent
        if value in (None, "", [], {}) or unsendable(value):
            raise outcome.bad_value(name, lookup)
        if isinstance(value, dict) and any(field not in value for field in _in_headers(outcome.operation, name)):
            raise outcome.bad_value(name, lookup)
        found |= {f"{name}.{field}": one for field, one in value.items()} if isinstance(value, dict) else {name: value}
    return found


def _in_headers(operation: Operation, record: str) -> Iterator[str]:
    """The record's fields in HTTP headers. None may be absent: without If-Match, a write would change any version."""
    texts = () if isinstance(operation.request, ListRequest) else operation.request.headers.values()
    for part in (part for text in texts for part in split(text)):
        owner, _, field = part.name.partition(".") if isinstance(part, Placeholder) else ("", "", "")
        if owner == record:
            yield field


def _kept(operation: Operation, inputs: Mapping[str, object], found: Mapping[str, object]) -> dict[str, object]:
    """Current values for inputs that were left out. An input that is an empty text clears the current value."""
    kept = {name: found.get(source) for name, source in operation.keep.items() if name not in inputs}
    return kept | {name: None for name in operation.keep if inputs.get(name) == ""}


def _days(span: Span, inputs: Mapping[str, object]) -> list[dict[str, object]]:
    first, last = (date.fromisoformat(str(inputs[name])) for name in (span.first, span.last))
    if last < first:
        raise InvalidInput("The last day is before the first.", fields={span.last: f"must not be before {span.first}"})
    if (last - first).days >= span.most:
        raise InvalidInput("There are too many days.", fields={span.last: f"must be within {span.most} days"})
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    if span.weekends and not inputs.get(span.weekends):
        days = [day for day in days if day.weekday() < SATURDAY]
    if not days:
        raise InvalidInput("There are only Saturdays and Sundays.", fields={span.first: "is at a weekend"})
    return [{"date": day.isoformat()} for day in days]


def _caller(outcome: Outcome, target: Target) -> dict[str, object]:
    """The caller's name at the system. A request that needs it is not sent without it: it could mean every user."""
    operation = outcome.operation
    if not target.caller_name and any(CALLER_NAME in text for text in _texts(operation.request, outcome.kind)):
        raise Misconfigured(
            f"The operation {operation.id} needs your name at the system, which only a sign-in by assertion gives.",
            hint="Ask the administrator of the bridge.",
            operator=f"{operation.id} uses {{{CALLER_NAME}}}: set PATH of the system to saml",
        )
    return {CALLER_NAME: target.caller_name}


def _texts(request: object, kind: SystemType) -> Iterator[str]:
    """The texts of a request's templates."""
    if isinstance(request, RestRequest):
        yield repr((request.path, request.query, request.headers, request.form, request.body))
    if isinstance(request, SoapRequest):
        yield repr(request.headers)
        elements = (request.template, *request.header, *kind.soap_header)
        yield from (etree.tostring(element, encoding="unicode") for element in elements)


def _system(operation: Operation, kind: SystemType, target: Target) -> dict[str, object]:
    service = operation.service or ""
    version = kind.version(service)
    return {
        "system.host": target.host,
        "system.tenant": target.tenant or None,
        "service.url": target.expand(kind.services[service]),
        "service.version": f"v{version[0]}.{version[1]}" if version else None,
        "request.id": str(uuid4()),
    }
