"""Rules of values: bounds, patterns, formats, enums, defaults of all that has a type."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Iterator

from tools.lint.document import Node, Path, mapping, string
from tools.lint.grammar import FORMATS, POWER_FX_FORMATS
from tools.lint.rule import Check, Checks, text, whole
from tools.lint.rules.shape import fits

_GIVEN = "schema parameter items"
_UNICODE_CLASS = re.compile(r"\\[pP]\{\w+\}")
_NAMED_GROUP = re.compile(r"\(\?<(?![=!])")
_LABELS = "x-ms-enum-values"
MAX_PATTERN = 5000


def _number(node: Node, key: str) -> float | None:
    value = node.value.get(key)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _bounds() -> Iterator[tuple[str, Check]]:
    for low, high in (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems")):
        name = f"{low[0].upper()}{low[1:]}ShouldBeLessThanOrEqualTo{high[0].upper()}{high[1:]}"
        yield name, whole(_crossed(low, high), low)
    for key in ("maxItems", "minItems", "maxLength", "minLength", "maxProperties", "minProperties"):
        yield f"{key[0].upper()}{key[1:]}MustBeGreaterThanOrEqualToZero", whole(_below_zero(key), key)
    for bound in ("Maximum", "Minimum"):
        yield f"Exclusive{bound}Requires{bound}", whole(_exclusive_alone(bound), f"exclusive{bound}")


def _crossed(low: str, high: str) -> Callable[[Node], bool]:
    def is_wrong(node: Node) -> bool:
        least, most = _number(node, low), _number(node, high)
        return least is not None and most is not None and least > most

    return is_wrong


def _below_zero(key: str) -> Callable[[Node], bool]:
    return lambda node: (_number(node, key) or 0) < 0


def _exclusive_alone(bound: str) -> Callable[[Node], bool]:
    return lambda node: node.value.get(f"exclusive{bound}") is True and bound.lower() not in node.value


def _not_multiple(node: Node) -> bool:
    step = _number(node, "multipleOf")
    return step is not None and step <= 0


def _is_no_pattern(pattern: str) -> bool:
    """Patterns run in .NET: what only Python spells otherwise is rewritten before it is tried."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            re.compile(_NAMED_GROUP.sub("(?P<", _UNICODE_CLASS.sub("x", pattern[:MAX_PATTERN])))
        except (re.error, OverflowError, RecursionError):
            return len(pattern) <= MAX_PATTERN
    return False


def _is_dropped(node: Node) -> bool:
    """A pair of type and format at which Power Fx gives up on the operation. Headers are not read."""
    known = POWER_FX_FORMATS.get(node.text("type"))
    if known is not None:
        return "format" in node.value and node.text("format") not in known
    is_enum = (node.text("type"), node.text("format")) == ("string", "enum")
    return is_enum and not all(isinstance(item, str) for item in node.array("enum"))


def _unknown_format(node: Node) -> bool:
    return (
        "format" in node.value
        and node.text("format") not in (*FORMATS, "")
        and not (_is_dropped(node) and node.is_read)
    )


def _wrong_enum(node: Node) -> Iterator[Path]:
    yield from (("enum", at) for at, item in enumerate(node.array("enum")) if not fits(item, node.text("type")))


def _wrong_default(node: Node) -> bool:
    return "default" in node.value and not fits(node.value["default"], node.text("type"))


def _stops_import(node: Node) -> bool:
    """The validator of the import compares the types of a text field and its default."""
    return _wrong_default(node) and node.text("type") == "string" and isinstance(node.value["default"], int | float)


def _other_default(node: Node) -> bool:
    return _wrong_default(node) and not _stops_import(node)


def _rows(node: Node) -> list[dict[str, object]]:
    return [mapping(row) for row in node.array(_LABELS)]


def _label_for_nothing(node: Node) -> Iterator[Path]:
    known = {json.dumps(item, sort_keys=True) for item in node.array("enum")}
    for index, row in enumerate(_rows(node)):
        if known and json.dumps(row.get("value"), sort_keys=True) not in known:
            yield (_LABELS, index)


def _label_twice(node: Node) -> bool:
    values = [json.dumps(row.get("value"), sort_keys=True) for row in _rows(node)]
    return len(set(values)) < len(values)


CHECKS: Checks = (
    *_bounds(),
    ("MultipleOfMustBeGreaterThanZero", whole(_not_multiple, "multipleOf")),
    ("PatternShouldBeValidRegularExpression", text("pattern", _is_no_pattern)),
    ("PowerFxTypeNotSupported", whole(lambda node: node.is_read and _is_dropped(node), "format")),
    ("UnrecognizedTypeFormat", whole(_unknown_format, "format")),
    ("ArrayHasNoItems", whole(lambda node: node.text("type") == "array" and "items" not in node.value)),
    ("EnumMustContainAtLeastOneElement", whole(lambda node: node.value.get("enum") == [], "enum")),
    ("InvalidEnumValue", _wrong_enum),
    ("DefaultValueMustMatchType", whole(_stops_import, "default")),
    ("DefaultValueTypeDiffers", whole(_other_default, "default")),
    ("InvalidEnumValuesExtensionValue", _label_for_nothing),
    (
        "MissingEnumValuesDisplayName",
        lambda node: [(_LABELS, at) for at, row in enumerate(_rows(node)) if not string(row.get("displayName"))],
    ),
    ("DuplicateEnumValuesInExtension", whole(_label_twice, _LABELS)),
)
