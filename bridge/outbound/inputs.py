"""Checks what a caller sent against an operation's inputs, and reports every violation in plain words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, cast

from bridge.base.patterns import MAX_TEXT
from bridge.catalog import Operation, Schema
from bridge.errors import InvalidInput
from bridge.outbound.text import unsendable

if TYPE_CHECKING:
    from jsonschema import ValidationError

MAX_DEPTH: Final = 8
MAX_REPORTED: Final = 200
"""The most violations in one response, which would otherwise be larger than callers accept."""

MAX_ENTRIES: Final = 1000
"""The most entries of a list whose schema has no `maxItems`."""

_KINDS: Final = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a record with fields",
}
_FORMATS: Final = {
    "date": "must be a date such as 2026-01-31",
    "date-time": "must be a date with time and zone such as 2026-01-31T09:00:00Z",
    "email": "must be an email address",
    "uuid": "must be a UUID such as 3f2504e0-4f89-41d3-9a0c-0305e82c3301",
}

# keyword → the sentence, made of what the schema says, never of the value, which may be personal
_SENTENCES: Final[Mapping[str, Callable[[Any], str]]] = {
    "type": lambda kind: f"must be {_KINDS[kind]}",
    "format": lambda name: _FORMATS[name],
    "enum": lambda values: f"must be one of: {', '.join(map(str, values))}",
    "minLength": lambda count: "must not be empty" if count == 1 else f"must have at least {count} characters",
    "maxLength": lambda count: f"must have at most {count} characters",
    "minimum": lambda bound: f"must be at least {bound}",
    "maximum": lambda bound: f"must be at most {bound}",
    "minItems": lambda count: "must not be empty" if count == 1 else f"must have at least {count} entries",
    "maxItems": lambda count: f"must have at most {count} entries",
    "required": lambda _: "is required",
    "additionalProperties": lambda _: "is not known here",
}


def check_inputs(operation: Operation, raw: Mapping[str, object]) -> dict[str, object]:
    """The inputs of `operation` from what the caller sent, with defaults, and without what is null.

    `raw` holds the path's and the query's texts or the members of the JSON body. Raises `InvalidInput` with every
    violation, by the place where it is: `firstName`, `days[0].date`.
    """
    given = {name: value for name, value in raw.items() if value is not None}
    fields = dict.fromkeys(given.keys() - operation.inputs.keys(), "is not known here")
    inputs: dict[str, object] = {}
    for name, schema in operation.inputs.items():
        value = _value(given.get(name), schema, in_url=_travels_in_url(operation, name))
        if value is not None:
            inputs[name] = value
            for place, fault in _faults(name, value, schema):
                fields.setdefault(place, fault)
        elif name in operation.required:
            fields[name] = "is required"
    if fields:
        raise _invalid(fields)
    return inputs


def _travels_in_url(operation: Operation, name: str) -> bool:
    return operation.method in ("GET", "DELETE") or f"{{{name}}}" in operation.path


def _value(given: object, schema: Schema, *, in_url: bool) -> object:
    """What was given, typed and without nulls, or the default."""
    if given is None:
        return schema.get("default")
    return _typed(given, schema) if in_url and isinstance(given, str) else _coerced(given, schema)


def _invalid(fields: Mapping[str, str]) -> InvalidInput:
    shown = {_shown(name): fault for name, fault in sorted(fields.items())[:MAX_REPORTED]}
    return InvalidInput(
        f"The input is not valid: {', '.join(shown)}.",
        hint="Correct the fields that are listed and send the request again.",
        fields=shown,
    )


def _shown(name: str) -> str:
    """The field name that a caller has sent, made safe to repeat."""
    return re.sub(r"[^A-Za-z0-9_.\[\]-]", "?", name)[:64]


def _typed(value: str, schema: Schema) -> object:
    """A text of the URL as the schema's type. A text that does not fit stays as it is and is refused later."""
    if schema["type"] == "integer" and re.fullmatch(r"-?[0-9]{1,18}(\.0{1,18})?", value):
        return int(value.partition(".")[0])
    if schema["type"] == "number" and re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,2})?", value):
        return float(value)
    if schema["type"] == "boolean" and value in ("true", "false"):
        return value == "true"
    return value


def _coerced(value: object, schema: Mapping[str, Any]) -> object:
    """Without fields that are null, and with 5.0 as 5: Power Fx sends whole numbers so."""
    if isinstance(value, float) and value.is_integer() and schema.get("type") == "integer":
        return int(value)
    if isinstance(value, list):
        items = schema.get("items", {})
        return [_coerced(entry, items) for entry in value] if items and len(value) <= _longest(schema) else value
    if isinstance(value, dict) and schema:
        fields = schema.get("properties", {})
        return {name: _coerced(inner, fields.get(name, {})) for name, inner in value.items() if inner is not None}
    return value


def _longest(schema: Mapping[str, Any]) -> int:
    return int(schema.get("maxItems", MAX_ENTRIES))


def _oversized(place: str, value: object, schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Lists and texts that are too long to be checked further, which would take seconds."""
    if isinstance(value, list) and len(value) > _longest(schema):
        yield place, _SENTENCES["maxItems"](_longest(schema))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from _oversized(f"{place}[{index}]", entry, schema.get("items", {}))
    elif isinstance(value, dict):
        for name, inner in schema.get("properties", {}).items():
            yield from _oversized(f"{place}.{name}", value.get(name), inner)
    elif isinstance(value, str) and len(value) > max(MAX_TEXT, schema.get("maxLength", 0)):
        bounded = schema.keys() & {"maxLength", "pattern"}
        yield from [(place, _SENTENCES["maxLength"](schema.get("maxLength", MAX_TEXT)))] if bounded else []


def _faults(name: str, value: object, schema: Schema) -> Iterator[tuple[str, str]]:
    """Each violation in the input `name`: (place, sentence)."""
    if _depth(value) > MAX_DEPTH:
        yield name, "is nested too deeply"
        return
    oversized = list(islice(_oversized(name, value, schema), MAX_REPORTED))
    if oversized:
        yield from oversized
        return
    for error in islice(_validator()(_closed(schema)).iter_errors(value), MAX_REPORTED):
        place = name + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
        yield from _sentences(place, error)
    if unsendable(value):
        yield name, "has a character that cannot be sent, such as a control character"


def _sentences(place: str, error: ValidationError) -> Iterator[tuple[str, str]]:
    keyword, expected, schema = str(error.validator), cast(Any, error.validator_value), cast(Schema, error.schema)
    if keyword in ("required", "additionalProperties"):
        entry, known = cast(Mapping[str, object], error.instance), cast(Mapping[str, object], schema["properties"])
        names = entry.keys() - known if keyword == "additionalProperties" else set(expected) - entry.keys()
        yield from ((f"{place}.{name}", _SENTENCES[keyword](expected)) for name in names)
    elif keyword == "pattern":
        yield place, f"has the wrong form. {schema['description']}" if "description" in schema else "has the wrong form"
    else:
        yield place, _SENTENCES[keyword](expected)


def _closed(schema: Schema) -> Schema:
    """The schema with records that take no unknown fields."""
    items = schema.get("items")
    if isinstance(items, Mapping) and items.get("type") == "object":
        return {**schema, "items": {**items, "additionalProperties": False}}
    return schema


def _depth(value: object) -> int:
    """How deeply lists and records are nested; stops counting beyond the limit."""
    level, nodes = 0, [value]
    while nodes and level <= MAX_DEPTH:
        inner: list[object] = []
        for node in nodes:
            inner += node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        nodes, level = inner, level + 1
    return level


@cache
def _validator() -> Any:
    """The validator, made with the first input: `jsonschema` would cost every cold start.

    Draft 4 is the one that OpenAPI 2.0 builds on. Patterns match as a whole, so that `$` lets no line break through.
    """
    from jsonschema import Draft4Validator, FormatChecker, validators
    from jsonschema.exceptions import ValidationError

    def pattern(_: object, expression: str, value: object, __: object) -> Iterator[ValidationError]:
        if isinstance(value, str) and not re.fullmatch(expression, value):
            yield ValidationError("pattern")

    formats = FormatChecker(formats=())
    formats.checks("date", raises=ValueError)(_is_date)
    formats.checks("date-time", raises=ValueError)(_is_date_time)
    formats.checks("email")(_is_email)
    formats.checks("uuid")(_is_uuid)
    extend: Callable[..., Any] = validators.extend
    checked = extend(Draft4Validator, {"pattern": pattern})
    return lambda schema: checked(schema, format_checker=formats)


def _is_date(value: object) -> bool:
    if not isinstance(value, str):
        return True
    return bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value)) and bool(date.fromisoformat(value))


def _is_date_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    form = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
    return bool(re.fullmatch(form, value)) and bool(datetime.fromisoformat(value))


def _is_email(value: object) -> bool:
    return not isinstance(value, str) or bool(re.fullmatch(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]+", value))


def _is_uuid(value: object) -> bool:
    form = r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
    return not isinstance(value, str) or bool(re.fullmatch(form, value))
