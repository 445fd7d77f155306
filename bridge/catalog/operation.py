"""Reads an operation's file: its keys, its inputs and outputs, and its request. What it must not say is in `rules`."""

from __future__ import annotations

import re
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
    Operation,
    Output,
    Page,
    RestRequest,
    Schema,
    SoapRequest,
    SubjectType,
    SystemType,
    Visibility,
)
from bridge.catalog.outputs import SourceCheck
from bridge.catalog.problem import Problem
from bridge.catalog.rules import check_operation
from bridge.catalog.schema import read_input
from bridge.catalog.system import read_xml
from bridge.catalog.table import Table, load_table
from bridge.routes import PATH

KEYS: Final = (
    "method, path, kind, sensitive, subject, visibility, set, summary, description, evidence, required, event, "
    "next_step, within, page, soap or rest or list, lookups, choices, inputs, outputs"
)
_SET: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SUMMARY: Final = re.compile(r"[A-Z][A-Za-z0-9 ()'-]{0,78}[A-Za-z0-9)]")
_DESCRIPTION: Final = re.compile(r"(?s).{20,1000}[.]")
_REST_PATH: Final = re.compile(r"(/[A-Za-z0-9_.{}-]+)+/?")
_CURSOR: Final = {
    "type": "string",
    "title": "Cursor",
    "description": "Where to go on: the next cursor of the answer before. Leave it out for the first page.",
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
            check_operation(operation, system, table.report)
    problems += found
    return operation if not found else None


def _read(table: Table, system: SystemType) -> Operation | None:
    request, check = _read_request(table, system)
    if request is None:
        return None
    page = _read_page(table, check)
    outputs = out.read_outputs(table, check)
    return Operation(
        id=table.file.stem,
        system=system.name,
        method=cast(Method, table.one_of("method", get_args(Method))),
        path=table.text("path", pattern=PATH, expected="small words and hyphens, as in /me/legal-name"),
        kind=cast(Kind, table.one_of("kind", get_args(Kind))),
        sensitive=table.take("sensitive", bool, False),
        subject=cast(SubjectType, table.one_of("subject", get_args(SubjectType), "caller")),
        visibility=cast(Visibility | None, table.maybe_one_of("visibility", get_args(Visibility))),
        set=table.maybe_text("set", pattern=_SET, expected="small words and hyphens, as in time-off"),
        summary=table.text("summary", pattern=_SUMMARY, expected="at most 80 plain characters, no full stop"),
        description=table.text("description", pattern=_DESCRIPTION, expected="sentences, 20 to 1000 characters"),
        evidence=table.text("evidence"),
        inputs=_read_inputs(table, page),
        required=table.texts("required"),
        outputs=outputs | _read_shared_outputs(table, page, check),
        lookups={name: _read_lookup(inner) for name, inner in table.tables("lookups")},
        choices={name: _read_choices(inner) for name, inner in table.tables("choices")},
        page=page,
        within=out.read_source(table, "within", check) if "within" in table else None,
        next_step=table.maybe_text("next_step"),
        request=request,
        file=table.file,
    )


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
    table.done("service, template")
    return SoapRequest(service, etree.Element("missing") if template is None else template)


def _read_rest(table: Table, system: SystemType) -> RestRequest:
    request = RestRequest(
        service=table.one_of("service", system.services),
        method=table.one_of("method", get_args(Method), "GET"),
        path=table.text("path", pattern=_REST_PATH, expected="a path, as in /workers/{worker}/tasks"),
        query=table.table("query").texts_by_name(),
        body=table.pop("body"),
    )
    table.done("service, method, path, query, body")
    return request


def _read_page(table: Table, check: SourceCheck) -> Page | None:
    if "page" not in table:
        return None
    inner = table.table("page")
    page = Page(inner.take("size", int, 20), inner.take("max_size", int, 100), out.read_source(inner, "total", check))
    if not 1 <= page.size <= page.max_size <= 500:
        inner.report("size", "expected 1 ≤ size ≤ max_size ≤ 500")
    inner.done("size, max_size, total")
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
    for name in inputs.keys() & {"pageSize", "cursor"}:
        table.report(f"inputs.{name}", "expected another name: a read of pages has this input already")
    return inputs | {"pageSize": size, "cursor": _CURSOR}


def _read_shared_outputs(table: Table, page: Page | None, check: SourceCheck) -> dict[str, Output]:
    shared: dict[str, Output] = {}
    if page:
        shared |= {"total": Output(out.TOTAL, page.total), "nextCursor": Output(out.NEXT_CURSOR, None)}
    if "event" in table:
        shared["eventId"] = Output(out.EVENT_ID, out.read_source(table, "event", check))
    if "next_step" in table:
        shared["nextStep"] = Output(out.NEXT_STEP, None)
    return shared


def _read_lookup(table: Table) -> Lookup:
    lookup = Lookup(
        operation=table.text("operation"),
        output=table.text("output"),
        many=table.take("many", bool, False),
        absent=table.maybe_text("absent"),
    )
    table.done("operation, output, many, absent")
    return lookup


def _read_choices(table: Table) -> Choices:
    choices = Choices(*(table.text(key) for key in ("operation", "collection", "value", "title")))
    table.done("operation, collection, value, title")
    return choices
