"""Reads an operation's outputs: scalars, lists of scalars, and lists of records, each with its source."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from lxml import etree

from bridge.catalog.model import Output
from bridge.catalog.schema import OUTPUT_FORMATS, SCALARS, read_head
from bridge.catalog.table import Table

SourceCheck = Callable[[str], str | None]
"""Returns what is expected of a `from`, or None if it is valid."""

# A literal, or a name with what follows it: two colons (an axis), one (a prefix), a bracket (a function).
_NAME: Final = re.compile(r"""'[^']*'|"[^"]*"|([A-Za-z_][\w.-]*)(::?|\s*\()?""")
_POINTER: Final = re.compile(r"(/([^~/]|~[01])*)*")
_FROM_HTTP: Final = re.compile(r"header:[a-z0-9-]{1,64}(:segment|:key)?|cookies|body")
_CORE: Final = """
last position count id local-name namespace-uri name string concat starts-with contains substring-before
substring-after substring string-length normalize-space translate boolean not true false lang number sum floor
ceiling round text node comment processing-instruction and or div mod
"""
_FUNCTIONS: Final = frozenset(_CORE.split())

EVENT_ID: Final = {
    "type": "string",
    "title": "Event ID",
    "description": "The ID of the business process that was started. Keep it to ask about the request later.",
}
NEXT_STEP: Final = {
    "type": "string",
    "title": "Next Step",
    "description": "What happens next, as a sentence for the person.",
}
REPEATED: Final = {
    "type": "boolean",
    "title": "Repeated",
    "description": "True if this very request was done before, at First At: nothing was done a second time, and this "
    "is the first result. Tell the person so.",
}
FIRST_AT: Final = {
    "type": "string",
    "format": "date-time",
    "title": "First At",
    "description": "When the request was done first, in UTC. Present only if Repeated is true.",
}
TOTAL: Final = {
    "type": "integer",
    "title": "Total",
    "description": "How many entries there are in all.",
}
TRUNCATED: Final = {
    "type": "boolean",
    "title": "Truncated",
    "description": "True if there may be more entries than these, and the system does not say how many.",
}
NEXT_CURSOR: Final = {
    "type": "string",
    "title": "Next Cursor",
    "description": "Send it as the cursor to get the next page. It is absent on the last page.",
}


def xpath_check(namespaces: Mapping[str, str]) -> SourceCheck:
    """A check that a `from` is XPath 1.0 with known prefixes and functions. lxml finds those only while evaluating."""

    def check(source: str) -> str | None:
        try:
            etree.XPath(source, namespaces=dict(namespaces))
        except etree.XPathError as error:
            return f"XPath 1.0 ({error})"
        names = _NAME.findall(source)
        prefixes = {name for name, after in names if after == ":"}
        functions = {name for name, after in names if after.endswith("(")}
        unknown = prefixes - namespaces.keys() | functions - _FUNCTIONS
        return f"known prefixes and functions of XPath 1.0, not {', '.join(sorted(unknown))}" if unknown else None

    return check


@lru_cache(maxsize=4096)
def from_http(source: str | None) -> bool:
    """Whether a source reads the HTTP response itself: `header:etag`, `header:location:key`, `cookies`, `body`."""
    return source is not None and bool(_FROM_HTTP.fullmatch(source))


def pointer_check(source: str) -> str | None:
    """A check that a `from` is a JSON Pointer (RFC 6901)."""
    return None if _POINTER.fullmatch(source) else "a JSON Pointer, as in /data or /location/descriptor"


def read_outputs(table: Table, check: SourceCheck) -> dict[str, Output]:
    """The outputs by name."""
    return {name: _read_output(inner, check) for name, inner in table.tables("outputs")}


def read_source(table: Table, key: str, check: SourceCheck) -> str:
    """An XPath or JSON Pointer; an empty one is the whole response."""
    source = table.take(key, str, "") if key in table else None
    expected = "where in the response the value is" if source is None else check(source)
    if expected and not from_http(source):
        table.report(key, f"expected {expected}")
    return source or ""


def _read_output(table: Table, check: SourceCheck, *, nested: bool = False) -> Output:
    schema = read_head(table, (*SCALARS, "array"), OUTPUT_FORMATS)
    source = read_source(table, "from", check)
    items = table.table("items") if schema["type"] == "array" else None
    table.done("type, format, title, description, x-ms-visibility, from, and items in a list")
    return Output(schema, source) if items is None else _read_list(items, schema, source, check, nested=nested)


def _read_list(table: Table, schema: Mapping[str, object], source: str, check: SourceCheck, *, nested: bool) -> Output:
    kind = table.one_of("type", SCALARS if nested else (*SCALARS, "object"))
    if from_http(source):
        table.report("", "expected a list in the response's body: a header is one value")
    if kind != "object":
        item_source = read_source(table, "from", check) if "from" in table else ""
        table.done("type, from")
        return Output({**schema, "items": {"type": kind}}, source, None, item_source)
    fields = {name: _read_output(inner, check, nested=True) for name, inner in table.tables("properties")}
    if not fields:
        table.report("properties", "expected the fields of one entry")
    table.done("type, properties")
    properties = {name: field.schema for name, field in fields.items()}
    return Output({**schema, "items": {"type": "object", "properties": properties}}, source, fields)
