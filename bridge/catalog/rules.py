"""The rules of an operation beyond the form of its file, which keep the catalog safe and closed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from lxml import etree

from bridge.catalog.model import ListRequest, Operation, RestRequest, Schema, SoapRequest, SystemType
from bridge.catalog.placeholders import CALLER_NAME, PAGE, SYSTEM, Check, Placeholder, placeholder, segments, split
from bridge.catalog.problem import suggestion
from bridge.routes import RESERVED_IDS

Report = Callable[[str, str], None]
"""Takes the field and what is expected there."""

_FALSE: Final = ("false", "0")


def check_operation(operation: Operation, system: SystemType, report: Report) -> frozenset[str]:
    """Report every rule that the operation breaks. Returns the names of the placeholders in its request."""
    check = _checked_names(operation, system)
    for field, expected in _mistakes(operation, system, check):
        report(field, expected)
    return frozenset(check.used)


def _mistakes(operation: Operation, system: SystemType, check: Check) -> Iterator[tuple[str, str]]:
    yield from _check_kind(operation)
    yield from _check_subject(operation)
    if operation.subject == "service" and CALLER_NAME in check.used:
        yield "subject", f"expected caller: the request names {{{CALLER_NAME}}}"
    yield from _check_inputs(operation)
    yield from _check_lookups(operation)
    yield from _check_names(operation, check)
    if isinstance(operation.request, SoapRequest):
        yield from _check_soap(operation, operation.request, system)
    if isinstance(operation.request, RestRequest):
        yield from _check_rest(operation, operation.request)


def _check_kind(operation: Operation) -> Iterator[tuple[str, str]]:
    if not (operation.id.isascii() and operation.id.isalnum() and operation.id[0].isupper()):
        yield "", "expected a file name in PascalCase: it is the operationId"
    if operation.id.lower() in RESERVED_IDS:
        yield "", f"'{operation.id}' is a function of the bridge itself"
    if f"{operation.path}/".startswith("/raw/"):
        yield "path", "expected another path: /raw is the pass-through"
    if operation.kind == "write" and operation.method == "GET":
        yield "method", "a write is never GET"
    if operation.kind == "write" and operation.next_step is None:
        yield "next_step", "expected a sentence: a write tells what happens next"
    if operation.kind == "read" and operation.ledger:
        yield "ledger", "expected on writes only: a read leaves nothing in the write ledger"
    if operation.kind == "write" and (operation.page or isinstance(operation.request, ListRequest)):
        yield "kind", "expected read: a page or a list changes nothing"
    if operation.kind == "read" and (operation.approval or operation.confirm_with):
        yield "kind", "expected write: approval and confirm_with say something about writes"
    if operation.remember and (operation.kind == "write" or operation.sensitive):
        yield "remember", "expected 0: a write, or what is sensitive, is never remembered"
    if operation.kind == "write" and any(output.schema["type"] == "array" for output in operation.outputs.values()):
        yield "outputs", "a write answers no lists: its answer must always fit"


def _check_subject(operation: Operation) -> Iterator[tuple[str, str]]:
    if operation.subject == "caller":
        return
    if operation.kind == "write":
        yield "subject", "expected caller: the service account only reads"
    if _has_me(operation.path) or operation.lookups:
        yield "subject", "expected caller: this is about the caller"
    if isinstance(operation.request, RestRequest) and _names_me(operation.request):
        yield "subject", "expected caller: the request names 'me'"


def _names_me(request: RestRequest) -> bool:
    return any(map(_has_me, (request.path, *request.query.values())))


def _has_me(text: str) -> bool:
    """Whether "me" is a word of the path or value, in any case and with an extension (`me.json`)."""
    return "me" in re.split(r"[^a-z0-9]+", text.casefold())


def _check_inputs(operation: Operation) -> Iterator[tuple[str, str]]:
    in_path = {name for name in map(placeholder, segments(operation.path)) if name}
    for name in in_path - operation.inputs.keys():
        yield "path", f"'{name}' is no input"
    for name in operation.required:
        if name not in operation.inputs:
            yield "required", f"'{name}' is no input"
    for name in in_path - set(operation.required):
        yield "required", f"expected '{name}': it is part of the path"
    for name, schema in operation.inputs.items():
        if schema["type"] == "array" and (operation.method in ("GET", "DELETE") or name in in_path):
            yield f"inputs.{name}", "expected a plain value: it travels in the URL"
    for name in operation.lookups.keys() & operation.inputs.keys():
        yield f"lookups.{name}", "a lookup is never an input"
    for name in operation.choices.keys() - operation.inputs.keys():
        yield f"choices.{name}", f"'{name}' is no input"


def _check_lookups(operation: Operation) -> Iterator[tuple[str, str]]:
    """Lookups take this operation's inputs; what they keep must be of an input that may be left out."""
    for name, lookup in operation.lookups.items():
        for given in (*lookup.where.values(), *lookup.inputs.values()):
            if given not in operation.inputs:
                yield f"lookups.{name}", f"'{given}' is no input{suggestion(given, operation.inputs)}"
    for name, source in operation.keep.items():
        current = operation.lookups.get(source.partition(".")[0])
        if name not in operation.inputs or name in operation.required or "default" in operation.inputs[name]:
            yield f"keep.{name}", "expected an input that may be left out, without a default"
        if current is None or current.output is not None:
            yield f"keep.{name}", "expected a field of a lookup without output, as in current.firstName"
    for name, span in operation.spans.items():
        if any(operation.inputs.get(day, {}).get("format") != "date" for day in (span.first, span.last)):
            yield f"spans.{name}", "expected the names of two inputs with the format date"
        if span.weekends and operation.inputs.get(span.weekends, {}).get("type") != "boolean":
            yield f"spans.{name}", f"'{span.weekends}' is no input that is true or false"
        if {span.first, span.last} - set(operation.required):
            yield f"spans.{name}", "expected the first and the last day among the required inputs"


def _checked_names(operation: Operation, system: SystemType) -> Check:
    """A `Check` that has read the whole request."""
    single = {name for name, lookup in operation.lookups.items() if lookup.output and not lookup.many}
    lists = {name: _fields(schema) for name, schema in operation.inputs.items() if schema["type"] == "array"}
    lists |= dict.fromkeys((name for name, lookup in operation.lookups.items() if lookup.many), None)
    lists |= dict.fromkeys(operation.spans, frozenset({"date"}))
    check = Check(
        names=frozenset(_plain(operation.inputs)) | single | {*SYSTEM, *(PAGE if operation.page else ())},
        lists=lists,
        records=frozenset(name for name, lookup in operation.lookups.items() if lookup.output is None),
    )
    request = operation.request
    if isinstance(request, SoapRequest):
        for element in (request.template, *request.header, *system.soap_header):
            check.xml(element)
        check.texts("headers", request.headers)
    if isinstance(request, RestRequest):
        check.path(request.path)
        check.texts("query", request.query)
        check.texts("headers", request.headers)
        check.texts("form", request.form or {})
        check.json(request.body, "body")
    return check


def _check_names(operation: Operation, check: Check) -> Iterator[tuple[str, str]]:
    yield from ((f"template {place}", expected) for place, expected in check.mistakes)
    elsewhere = {
        given for lookup in operation.lookups.values() for given in (*lookup.where.values(), *lookup.inputs.values())
    }
    elsewhere |= {
        given for span in operation.spans.values() for given in (span.first, span.last, span.weekends) if given
    }
    records = {name.partition(".")[0] for name in (*check.used, *operation.keep.values())}
    for name in sorted(_expected_uses(operation) - check.used - elsewhere - records):
        owner = "lookups" if name in operation.lookups else "spans" if name in operation.spans else "inputs"
        yield f"{owner}.{name}", "is used nowhere in the request"
    if operation.page and not ({"page.number", "page.offset"} & check.used or operation.page.next):
        yield "page", "expected {page.number} or {page.offset} in the request, or the next page's URL in next"


def _plain(inputs: Mapping[str, Schema]) -> Iterator[str]:
    return (name for name, schema in inputs.items() if schema["type"] != "array" and name not in ("pageSize", "cursor"))


def _fields(schema: Schema) -> frozenset[str] | None:
    items = schema["items"]
    properties = items.get("properties") if isinstance(items, Mapping) else None
    return frozenset(properties) if isinstance(properties, Mapping) else None


def _expected_uses(operation: Operation) -> set[str]:
    names = set(_plain(operation.inputs)) | operation.lookups.keys()
    for name, schema in operation.inputs.items():
        if schema["type"] == "array":
            names |= {f"{name}.{field}" for field in _fields(schema) or ()} or {name}
    names |= operation.spans.keys()
    return names | ({"page.size"} if operation.page and not operation.page.next else set())


def _check_soap(operation: Operation, request: SoapRequest, system: SystemType) -> Iterator[tuple[str, str]]:
    local_names = {}
    for element in request.template.iter(etree.Element):
        local_names[etree.QName(element).localname] = element
        if etree.QName(element).localname == "Auto_Complete" and (element.text or "").strip() not in _FALSE:
            yield "template Auto_Complete", "expected false: true would approve everything and notify nobody"
    if operation.kind == "read" and "Business_Process_Parameters" in local_names:
        yield "kind", "expected write: the request starts a business process"
    if etree.QName(request.template).namespace not in system.namespaces.values():
        yield "template", "expected a root element in one of the system's namespaces"


def _check_rest(operation: Operation, request: RestRequest) -> Iterator[tuple[str, str]]:
    if (operation.kind == "read") != (request.method == "GET"):
        yield "rest.method", "expected GET for a read, and another method for a write"
    if request.method == "GET" and request.body is not None:
        yield "rest.body", "a GET has no body"
    if request.method == "GET" and request.form is not None:
        yield "rest.form", "a GET has no body"
    if request.body is not None and request.form is not None:
        yield "rest.form", "expected either a body (JSON) or a form"
    if operation.kind == "write" and request.empty_on_404:
        yield "rest.empty_on_404", "expected false: for a write a 404 is a refusal"
    for name in _names_in_path(request.path):
        schema = operation.inputs.get(name)
        strict = schema and ({"pattern", "enum"} & schema.keys() or schema.get("format") in ("uuid", "date"))
        if schema and schema["type"] == "string" and not strict:
            yield f"inputs.{name}", "expected a pattern: it becomes part of a URL path"
    yield from _check_whole_texts(operation, request)


def _check_whole_texts(operation: Operation, request: RestRequest) -> Iterator[tuple[str, str]]:
    """A text is left out whole if one of its values is absent. For a filter, its other conditions would be lost."""
    for key, texts in (("query", request.query), ("form", request.form or {})):
        for name, text in texts.items():
            parts = split(text)
            names = [part.name for part in parts if isinstance(part, Placeholder) and part.encoder and len(parts) > 1]
            for absent in [one for one in names if _may_be_left_out(operation, one)]:
                yield (
                    f"rest.{key}.{name}",
                    (
                        f"without '{absent}' the whole text would be left out, its other conditions too: "
                        f"expected '{absent}' in required, or with a default"
                    ),
                )


def _may_be_left_out(operation: Operation, name: str) -> bool:
    schema = operation.inputs.get(name)
    return schema is not None and name not in operation.required and "default" not in schema


def _names_in_path(path: str) -> set[str]:
    return {part.name for segment in segments(path) for part in split(segment) if isinstance(part, Placeholder)}
