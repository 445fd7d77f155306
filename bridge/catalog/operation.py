"""Reads an operation's file: its keys, inputs, outputs and request. `rules` has what the form alone cannot show."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, cast, get_args

from lxml import etree

from bridge.catalog import outputs as out
from bridge.catalog.model import (
    Choices,
    Kind,
    ListRequest,
    Lookup,
    Method,
    Needs,
    Operation,
    Output,
    Page,
    RestRequest,
    Returns,
    Schema,
    SoapRequest,
    Span,
    SubjectType,
    SystemType,
    Version,
    Visibility,
)
from bridge.catalog.outputs import SourceCheck
from bridge.catalog.problem import Problem, suggestion
from bridge.catalog.rules import check_operation
from bridge.catalog.schema import read_input
from bridge.catalog.system import clean_path, read_headers, read_xml
from bridge.catalog.table import Table, load_table
from bridge.remembered import LOOKUP_SECONDS
from bridge.routes import PATH

KEYS: Final = (
    "method, path, kind, sensitive, approval, subject, visibility, set, summary, description, evidence, needs, since, "
    "before, replaces, required, event, next_step, confirm_with, ledger, within, remember, page, soap or rest or "
    "list, lookups, spans, keep, choices, inputs, outputs"
)
_KIND: Final = get_args(Kind)
_METHOD: Final = get_args(Method)
_RETURNS: Final = get_args(Returns)
_SUBJECTTYPE: Final = get_args(SubjectType)
_VISIBILITY: Final = get_args(Visibility)
_SET: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SUMMARY: Final = re.compile(r"[A-Z][A-Za-z0-9 ()'-]{0,78}[A-Za-z0-9)]")
_DESCRIPTION: Final = re.compile(r"(?s).{20,1000}[.]")
_FIELD: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*\.[A-Za-z][A-Za-z0-9]*")
_ID: Final = re.compile(r"[A-Z][A-Za-z0-9]*")
_REST_PATH: Final = re.compile(r"(/[A-Za-z0-9_.~$()',=:@!*{}-]+)+/?")
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_OWN_HEADERS: Final = frozenset(
    {"authorization", "connection", "content-length", "content-type", "expect", "host", "keep-alive", "te", "upgrade"}
    | {"proxy-authorization", "soapaction", "trailer", "transfer-encoding"}
)
"""Headers that the bridge or HTTP itself sets."""
_VERSION: Final = re.compile(r"v([0-9]{1,3})\.([0-9]{1,2})")
_MEDIA_TYPE: Final = re.compile(r"application/([a-z0-9.-]{1,60}\+)?json")
_ACTION: Final = re.compile(r"[!#-~]{1,300}")
MAX_DAYS: Final = 92
_CURSOR: Final = {
    "type": "string",
    "title": "Cursor",
    "description": "The nextCursor of the previous response. Leave it out for the first page.",
    "x-ms-visibility": "advanced",
    "pattern": "^[A-Za-z0-9_-]{1,64}$",
}

Request = SoapRequest | RestRequest | ListRequest


def read_operation(file: Path, system: SystemType, problems: list[Problem]) -> Operation | None:
    """The operation of a file named after it, or None and what is wrong with it in `problems`."""
    found: list[Problem] = []
    table = load_table(file, found)
    if not found:
        operation = _read(table, system)
        table.done(KEYS)
        if operation and not found:
            operation = replace(operation, uses=check_operation(operation, system, table.report))
    problems += found
    return operation if not found else None


def _read(table: Table, system: SystemType) -> Operation | None:
    request, check = _read_request(table, system)
    if request is None:
        return None
    page = _read_page(table, check)
    kind = cast(Kind, table.one_of("kind", _KIND))
    outputs = out.read_outputs(table, check) | _read_shared_outputs(table, kind, page, check)
    since, before = (_read_version(table, key) for key in ("since", "before"))
    return Operation(
        id=table.file.stem,
        system=system.name,
        method=cast(Method, table.one_of("method", _METHOD)),
        path=table.text("path", pattern=PATH, expected="small words and hyphens, as in /me/legal-name"),
        kind=kind,
        sensitive=table.take("sensitive", bool, False),
        subject=cast(SubjectType, table.one_of("subject", _SUBJECTTYPE, "caller")),
        visibility=cast(Visibility | None, table.maybe_one_of("visibility", _VISIBILITY)),
        set=table.maybe_text("set", pattern=_SET, expected="small words and hyphens, as in time-off"),
        summary=table.text("summary", pattern=_SUMMARY, expected="at most 80 plain characters, no full stop"),
        description=table.text("description", pattern=_DESCRIPTION, expected=_sentences_expected(table)),
        evidence=table.text("evidence"),
        inputs=_read_inputs(table, page),
        required=table.texts("required"),
        outputs=outputs,
        lookups={name: _read_lookup(inner) for name, inner in table.tables("lookups")},
        choices={name: _read_choices(inner) for name, inner in table.tables("choices")},
        page=page,
        within=out.read_source(table, "within", check) if "within" in table else None,
        next_step=table.maybe_text("next_step"),
        ledger=_read_ledger(table, kind, outputs),
        request=request,
        file=table.file,
        needs=_read_needs(table.table("needs")),
        confirm_with=table.maybe_text("confirm_with", pattern=_ID, expected="the name of a read"),
        approval=table.take("approval", bool, False),
        keep=table.table("keep").texts_by_name(pattern=_FIELD, expected="a field of a lookup, as in current.firstName"),
        spans={name: _read_span(inner) for name, inner in table.tables("spans")},
        remember=_read_seconds(table, "remember", 0),
        since=since,
        before=before,
        replaces=table.maybe_text("replaces", pattern=_ID, expected="the name of an operation"),
    )


def _sentences_expected(table: Table) -> str:
    """What is expected of a description that does not have the right form."""
    text = table.peek("description")
    if isinstance(text, str) and 20 <= len(text) <= 1000 and not text.endswith("."):
        return "a full stop at the end: the description is sentences"
    if isinstance(text, str):
        return f"sentences, 20 to 1000 characters (there are {len(text)}), with a full stop at the end"
    return "sentences, 20 to 1000 characters, with a full stop at the end"


def _read_version(table: Table, key: str) -> Version | None:
    text = table.maybe_text(key, pattern=_VERSION, expected="a version, as in v30.0")
    found = _VERSION.fullmatch(text or "")
    return (int(found[1]), int(found[2])) if found else None


def _read_seconds(table: Table, key: str, default: int) -> int:
    seconds = table.take(key, int, default)
    if not 0 <= seconds <= LOOKUP_SECONDS:
        table.report(key, f"expected seconds, 0 (never) to {LOOKUP_SECONDS}")
    return seconds


def _read_needs(table: Table) -> Needs:
    words = {key: table.maybe_text(key) or "" for key in ("permission", "process", "action")}
    lists = {key: table.texts(key) for key in ("areas", "domains", "groups", "verify")}
    names = {*lists["areas"], *lists["domains"], *lists["groups"], words["process"], words["action"]}
    for name in lists["verify"]:
        if name not in names:
            table.report("verify", f"'{name}' is none of the names here{suggestion(name, names)}")
    table.done("areas, domains, permission, process, action, groups, verify")
    return Needs(
        areas=lists["areas"],
        domains=lists["domains"],
        permission=words["permission"],
        process=words["process"],
        action=words["action"],
        groups=lists["groups"],
        verify=frozenset(lists["verify"]),
    )


def _read_span(table: Table) -> Span:
    span = Span(table.text("first"), table.text("last"), table.maybe_text("weekends"), table.take("most", int, 31))
    if not 1 <= span.most <= MAX_DAYS:
        table.report("most", f"expected 1 to {MAX_DAYS} days")
    table.done("first, last, weekends, most")
    return span


def _read_request(table: Table, system: SystemType) -> tuple[Request | None, SourceCheck]:
    present = [key for key in ("soap", "rest", "list") if key in table]
    if len(present) != 1:
        table.report("", "expected exactly one of the tables soap, rest, list")
        table.remaining()
        return None, out.pointer_check
    if present[0] == "soap":
        return _read_soap(table.table("soap"), system), out.xpath_check(system.namespaces)
    if present[0] == "rest":
        return _read_rest(table.table("rest"), system), out.pointer_check
    inner = table.table("list")
    request = ListRequest(inner.one_of("name", system.lists))
    inner.done("name")
    return request, out.pointer_check


def _read_soap(table: Table, system: SystemType) -> SoapRequest:
    service = table.one_of("service", system.services)
    template = read_xml(table, "template")
    request = SoapRequest(
        service,
        etree.Element("missing") if template is None else template,
        action=table.maybe_text("action", pattern=_ACTION, expected="a SOAPAction without quotes") or "",
        header=read_headers(table, "header"),
        headers=_read_http_headers(table.table("headers")),
    )
    table.done("service, template, action, header, headers")
    return request


def _read_rest(table: Table, system: SystemType) -> RestRequest:
    path = table.text("path", pattern=_REST_PATH, expected="a path without query, as in /workers/{worker}/tasks")
    if path and not clean_path(path):
        table.report("path", "expected a path without empty segments, '.' and '..': it stays below its service")
    request = RestRequest(
        service=table.one_of("service", system.services),
        method=table.one_of("method", _METHOD, "GET"),
        path=path,
        query=table.table("query").texts_by_name(),
        body=table.pop("body"),
        headers=_read_http_headers(table.table("headers")),
        media_type=table.maybe_text(
            "media_type", pattern=_MEDIA_TYPE, expected="a JSON type, as in application/merge-patch+json"
        )
        or "application/json",
        form=table.table("form").texts_by_name() if "form" in table else None,
        returns=cast(Returns, table.one_of("returns", _RETURNS, "json")),
        empty_on_404=table.take("empty_on_404", bool, False),
    )
    table.done("service, method, path, query, headers, body, media_type, form, returns, empty_on_404")
    return request


def _read_http_headers(table: Table) -> dict[str, str]:
    """HTTP headers of a request. The bridge alone sets those that concern the connection or the caller."""
    headers = table.texts_by_name()
    for name in headers:
        if not _HEADER_NAME.fullmatch(name):
            table.report(name, "expected a header name of letters, digits and hyphens")
        elif name.lower() in _OWN_HEADERS:
            known = name.lower() == "content-type"
            instead = "media_type for another JSON type" if known else "another header"
            table.report(name, f"is set by the bridge: expected {instead}")
    return headers


def _read_page(table: Table, check: SourceCheck) -> Page | None:
    if "page" not in table:
        return None
    inner = table.table("page")
    sources = {key: out.read_source(inner, key, check) if key in inner else None for key in ("total", "next")}
    page = Page(inner.take("size", int, 20), inner.take("max_size", int, 100), sources["total"], sources["next"])
    if not 1 <= page.size <= page.max_size <= 500:
        inner.report("size", "expected 1 ≤ size ≤ max_size ≤ 500")
    inner.done("size, max_size, total, next")
    return page


def _read_inputs(table: Table, page: Page | None) -> dict[str, Schema]:
    inputs: dict[str, Schema] = {name: read_input(inner) for name, inner in table.tables("inputs")}
    if page is None:
        return inputs
    size = {
        "type": "integer",
        "format": "int32",
        "title": "Page Size",
        "description": f"How many entries to return at most; {page.size} if left out.",
        "x-ms-visibility": "advanced",
        "minimum": 1,
        "maximum": page.max_size,
    }
    cursor = {**_CURSOR, "pattern": "^[A-Za-z0-9_-]{1,4000}$"} if page.next else _CURSOR
    for name in inputs.keys() & {"pageSize", "cursor"}:
        table.report(f"inputs.{name}", "expected another name: a read of pages has this input already")
    return inputs | {"pageSize": size, "cursor": cursor}


def _read_ledger(table: Table, kind: Kind, outputs: Mapping[str, Output]) -> tuple[str, ...]:
    """The outputs of a write that are kept for a repeat: those named, or else the event's id if there is one."""
    default = tuple({"eventId"} & outputs.keys()) if kind == "write" else ()
    names = table.texts("ledger") if "ledger" in table else default
    if unknown := [name for name in names if name not in outputs or outputs[name].source is None]:
        table.report("ledger", f"expected names of outputs, not {', '.join(unknown)}")
    return names


def _read_shared_outputs(table: Table, kind: Kind, page: Page | None, check: SourceCheck) -> dict[str, Output]:
    shared: dict[str, Output] = {}
    if page:
        shared |= {"total": Output(out.TOTAL, page.total)} if page.total is not None else {}
        shared |= {"nextCursor": Output(out.NEXT_CURSOR, None), "truncated": Output(out.TRUNCATED, None)}
    if "event" in table:
        shared["eventId"] = Output(out.EVENT_ID, out.read_source(table, "event", check))
    if "next_step" in table:
        shared["nextStep"] = Output(out.NEXT_STEP, None)
    if kind == "write":
        shared |= {"repeated": Output(out.REPEATED, None), "firstAt": Output(out.FIRST_AT, None)}
    return shared


def _read_lookup(table: Table) -> Lookup:
    output = table.maybe_text("output")
    record = output is None
    lookup = Lookup(
        operation=table.text("operation"),
        output=output,
        many=table.take("many", bool, False),
        absent=table.maybe_text("absent"),
        collection=table.maybe_text("collection") if record else None,
        where=table.table("where").texts_by_name() if record else {},
        inputs=table.table("inputs").texts_by_name(),
        remember=_read_seconds(table, "remember", 0 if record or "inputs" in table else LOOKUP_SECONDS),
    )
    if lookup.many and record:
        table.report("many", "expected an output, which is a list")
    if bool(lookup.where) != bool(lookup.collection):
        table.report("where", "expected collection and where together: which entry of which list")
    table.done("operation, output, many, absent, inputs, remember, collection, where")
    return lookup


def _read_choices(table: Table) -> Choices:
    choices = Choices(*(table.text(key) for key in ("operation", "collection", "value", "title")))
    table.done("operation, collection, value, title")
    return choices
