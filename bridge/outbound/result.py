"""Reads an operation's outputs from a response, typed by their schemas, without nulls."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from bridge.base.http_client import HttpResponse
from bridge.catalog import Output
from bridge.catalog.outputs import from_http
from bridge.outbound.call import Reader
from bridge.outbound.http_source import read_http

MAX_EXACT: Final = 2**53
"""A float can represent every whole number up to here."""
_NUMBER: Final = r"-?[0-9]{1,40}(\.[0-9]{0,40})?([eE][+-]?[0-9]{1,2})?"


def read_outputs(
    outputs: Mapping[str, Output], node: object, reader: Reader, response: HttpResponse | None = None
) -> dict[str, object]:
    """The outputs that `node`, or `response` itself, has. What is absent or does not fit its schema is left out."""
    found = {
        name: _read(output, node, reader, response) for name, output in outputs.items() if output.source is not None
    }
    return {name: value for name, value in found.items() if value is not None}


def _read(output: Output, node: object, reader: Reader, response: HttpResponse | None) -> object | None:
    source = output.source or ""
    if from_http(source):
        return None if response is None else _coerce(read_http(source, response), output.schema)
    if output.schema["type"] != "array":
        return _coerce(reader.one(node, source), output.schema)
    nodes = reader.many(node, source)
    if output.items is not None:
        return [read_outputs(output.items, entry, reader) for entry in nodes]
    items = output.schema["items"]
    values = (
        (_coerce(reader.one(entry, output.item_source), items) for entry in nodes) if isinstance(items, Mapping) else ()
    )
    return [value for value in values if value is not None]


def _coerce(value: object, schema: Mapping[str, object]) -> object | None:
    """A scalar as the schema's type, or None. Systems write booleans as 1 and dates with a zone."""
    coerced = _COERCIONS[str(schema["type"])](value)
    form = _FORMATS.get(str(schema.get("format")))
    return form(coerced.strip()) if form and isinstance(coerced, str) else coerced


def _string(value: object) -> str | None:
    """The text unchanged, because a person may have typed the spaces around it. A blank text counts as absent."""
    if isinstance(value, bool) or value is None:
        return None
    text = str(value)
    return text if text.strip() else None


def _integer(value: object) -> int | None:
    number = _decimal(value)
    return int(number) if number is not None and number == number.to_integral_value() else None


def _number(value: object) -> float | int | None:
    """A whole number that a float cannot hold stays whole."""
    number = _decimal(value)
    if number is None:
        return None
    if abs(number) > MAX_EXACT and number == number.to_integral_value():
        return int(number)
    return float(number)


def _decimal(value: object) -> Decimal | None:
    """The exact value, also with an exponent: JSON writes small floats as 1e-05."""
    if isinstance(value, bool) or not re.fullmatch(_NUMBER, str(value).strip()):
        return None
    return Decimal(str(value).strip())


def _boolean(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "1": True, "false": False, "0": False}.get(str(value).strip().lower())


def _date(text: str) -> str | None:
    if moment := _ticks(text):
        return moment.date().isoformat()
    found = re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text)
    return found[0] if found else None


def _date_time(text: str) -> str | None:
    try:
        moment = _ticks(text) or datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.isoformat() if moment.tzinfo else None


def _ticks(text: str) -> datetime | None:
    """The moment in OData 2's `/Date(1518652800000)/`: milliseconds of UTC, whatever offset follows them."""
    found = re.fullmatch(r"/Date\((-?[0-9]{1,15})([+-][0-9]{1,4})?\)/", text)
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(found[1])) if found else None
    except OverflowError:
        return None


def _byte(text: str) -> str | None:
    """The text itself, if it is Base64."""
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return text


_COERCIONS: Final[Mapping[str, Callable[[object], object | None]]] = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
}
_FORMATS: Final[Mapping[str, Callable[[str], str | None]]] = {"date": _date, "date-time": _date_time, "byte": _byte}
