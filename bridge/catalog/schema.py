"""The keywords of JSON Schema for inputs and outputs, as a table: those that OpenAPI 2.0 and connectors accept.

The keywords go verbatim into the connector's definition, so its rules for texts hold here as well: a title of at most
80 characters that starts with a capital, and a description that is a sentence and no repetition of the title.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Final, get_args

from bridge.base.patterns import compile_pattern
from bridge.catalog.model import Visibility
from bridge.catalog.table import Table

INPUT_FORMATS: Final = ("date", "date-time", "email", "uuid", "int32", "int64", "float", "double")
OUTPUT_FORMATS: Final = (*INPUT_FORMATS, "uri", "html", "byte")
SCALARS: Final = ("string", "integer", "number", "boolean")

_PYTHON: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_pattern(value: object) -> bool:
    if not (isinstance(value, str) and value.startswith("^") and value.endswith("$")):
        return False
    try:
        compile_pattern(value)
    except ValueError:
        return False
    return True


def _is_enum(value: object) -> bool:
    return isinstance(value, list) and bool(value) and len({repr(one) for one in value}) == len(value)


# keyword → (the types it goes with, its form, what is expected)
_KEYWORDS: Final[Mapping[str, tuple[tuple[str, ...], Callable[[object], bool], str]]] = {
    "enum": (SCALARS, _is_enum, "a list of different values, at least one"),
    "default": (SCALARS, lambda value: not isinstance(value, list | dict), "a plain value"),
    "pattern": (("string",), _is_pattern, "a regular expression from ^ to $"),
    "minLength": (("string",), _is_count, "a whole number, not negative"),
    "maxLength": (("string",), _is_count, "a whole number, not negative"),
    "minimum": (("integer", "number"), _is_number, "a number"),
    "maximum": (("integer", "number"), _is_number, "a number"),
    "minItems": (("array",), _is_count, "a whole number, not negative"),
    "maxItems": (("array",), _is_count, "a whole number, not negative"),
}
_TITLE: Final = re.compile(r"[A-Z][^\n]{0,79}")
_SENTENCE: Final = re.compile(r"(?s).+[.?!]")


def of_type(value: object, kind: str) -> bool:
    """Whether a Python value is of a scalar JSON type; true and false are no numbers."""
    return isinstance(value, _PYTHON[kind]) and (kind == "boolean" or not isinstance(value, bool))


def read_head(table: Table, types: tuple[str, ...], formats: tuple[str, ...]) -> dict[str, object]:
    """The keywords that inputs and outputs share: type, format, title, description, x-ms-visibility."""
    schema: dict[str, object] = {"type": table.one_of("type", types)}
    if "format" in table:
        schema["format"] = table.one_of("format", formats)
    title = table.text("title", pattern=_TITLE, expected="a label of at most 80 characters, as in 'First Name'")
    description = table.text("description", pattern=_SENTENCE, expected="a sentence with its full stop")
    if description.rstrip(".") == title:
        table.report("description", "expected more than the title again")
    schema |= {"title": title, "description": description}
    if "x-ms-visibility" in table:
        schema["x-ms-visibility"] = table.one_of("x-ms-visibility", get_args(Visibility))
    return schema


def read_input(table: Table, *, nested: bool = False) -> dict[str, object]:
    """An input's schema: a scalar, or a list of scalars or of flat records."""
    schema = read_head(table, SCALARS if nested else (*SCALARS, "array"), INPUT_FORMATS)
    if schema["type"] == "array":
        schema["items"] = _read_items(table.table("items"))
    return _read_keywords(table, schema)


def _read_keywords(table: Table, schema: dict[str, object]) -> dict[str, object]:
    kind = str(schema["type"])
    for keyword, (types, fits, expected) in _KEYWORDS.items():
        if keyword in table and kind in types:
            schema[keyword] = value = table.pop(keyword)
            if not fits(value):
                table.report(keyword, f"expected {expected}")
    _check_values(table, schema)
    table.done(f"a keyword that goes with type {kind}")
    return schema


def _check_values(table: Table, schema: Mapping[str, object]) -> None:
    kind, enum, default = str(schema["type"]), schema.get("enum"), schema.get("default")
    if isinstance(enum, list) and not all(of_type(one, kind) for one in enum):
        table.report("enum", f"expected values of type {kind}")
    if default is not None and kind in SCALARS:
        if not of_type(default, kind):
            table.report("default", f"expected a value of type {kind}")
        elif isinstance(enum, list) and default not in enum:
            table.report("default", "expected one of the enum's values")


def _read_items(table: Table) -> dict[str, object]:
    kind = table.one_of("type", (*SCALARS, "object"))
    if kind != "object":
        return _read_keywords(table, {"type": kind})
    properties = {name: read_input(inner, nested=True) for name, inner in table.tables("properties")}
    required = table.texts("required")
    if not properties:
        table.report("properties", "expected the fields of one entry")
    for name in required:
        if name not in properties:
            table.report("required", f"'{name}' is none of the properties")
    table.done("type, properties, required")
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}
