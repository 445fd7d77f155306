"""Rules of values: bounds, patterns, formats, enums, defaults of all that has a type."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator

from tools.lint.document import Node, Path, mapping, string
from tools.lint.grammar import FORMATS
from tools.lint.rule import Check, Rule, Severity, wrong
from tools.lint.rules.shape import fits

_TYPED = "schema parameter items header"
_UNICODE_CLASS = re.compile(r"\\[pP]\{\w+\}")
_NAMED_GROUP = re.compile(r"\(\?<(?![=!])")
MAX_PATTERN = 5000
_PAIRS = (
    ("minimum", "maximum", "MinimumShouldBeLessThanOrEqualToMaximum"),
    ("minLength", "maxLength", "MinLengthShouldBeLessThanOrEqualToMaxLength"),
    ("minItems", "maxItems", "MinItemsShouldBeLessThanOrEqualToMaxItems"),
)
_COUNTS = (
    ("maxItems", "MaxItemsMustBeGreaterThanOrEqualToZero"),
    ("minItems", "MinItemsMustBeGreaterThanOrEqualToZero"),
    ("maxLength", "MaxLengthMustBeGreaterThanOrEqualToZero"),
    ("minLength", "MinLengthMustBeGreaterThanOrEqualToZero"),
    ("maxProperties", "MaxPropertiesMustBeGreaterThanOrEqualToZero"),
    ("minProperties", "MinPropertiesMustBeGreaterThanOrEqualToZero"),
)


def _number(node: Node, key: str) -> float | None:
    value = node.value.get(key)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _crossed(low: str, high: str) -> Check:
    def check(node: Node) -> Iterator[Path]:
        least, most = _number(node, low), _number(node, high)
        if least is not None and most is not None and least > most:
            yield (low,)

    return check


def _negative(key: str) -> Check:
    def check(node: Node) -> Iterator[Path]:
        if (_number(node, key) or 0) < 0:
            yield (key,)

    return check


def _exclusive_alone(exclusive: str, bound: str) -> Check:
    def check(node: Node) -> Iterator[Path]:
        if node.value.get(exclusive) is True and bound not in node.value:
            yield (exclusive,)

    return check


def _not_multiple(node: Node) -> Iterator[Path]:
    step = _number(node, "multipleOf")
    if step is not None and step <= 0:
        yield ("multipleOf",)


def _is_no_pattern(pattern: str) -> bool:
    """Patterns run in .NET: what only Python spells otherwise is rewritten before it is tried."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            re.compile(_NAMED_GROUP.sub("(?P<", _UNICODE_CLASS.sub("x", pattern[:MAX_PATTERN])))
        except (re.error, OverflowError, RecursionError):
            return len(pattern) <= MAX_PATTERN
    return False


def _wrong_enum(node: Node) -> Iterator[Path]:
    for index, item in enumerate(node.array("enum")):
        if not fits(item, node.text("type")):
            yield ("enum", index)


def _wrong_default(node: Node) -> Iterator[Path]:
    if "default" in node.value and not fits(node.value["default"], node.text("type")):
        yield ("default",)


def _rows(node: Node) -> list[dict[str, object]]:
    return [mapping(row) for row in node.array("x-ms-enum-values")]


def _label_for_nothing(node: Node) -> Iterator[Path]:
    known = {json.dumps(item, sort_keys=True) for item in node.array("enum")}
    for index, row in enumerate(_rows(node)):
        if known and json.dumps(row.get("value"), sort_keys=True) not in known:
            yield ("x-ms-enum-values", index)


def _label_missing(node: Node) -> Iterator[Path]:
    yield from (
        ("x-ms-enum-values", index) for index, row in enumerate(_rows(node)) if not string(row.get("displayName"))
    )


def _label_twice(node: Node) -> Iterator[Path]:
    values = [json.dumps(row.get("value"), sort_keys=True) for row in _rows(node)]
    if len(set(values)) < len(values):
        yield ("x-ms-enum-values",)


RULES = (
    *(
        Rule(name, Severity.ERROR, _TYPED, _crossed(low, high), f"Let {low} be no larger than {high}.")
        for low, high, name in _PAIRS
    ),
    *(Rule(name, Severity.ERROR, _TYPED, _negative(key), f"Let {key} be zero or more.") for key, name in _COUNTS),
    *(
        Rule(
            f"Exclusive{bound.capitalize()}Requires{bound.capitalize()}",
            Severity.ERROR,
            _TYPED,
            _exclusive_alone(f"exclusive{bound.capitalize()}", bound),
            f"Add {bound}; the exclusive keyword only says how to read it.",
        )
        for bound in ("maximum", "minimum")
    ),
    Rule(
        "MultipleOfMustBeGreaterThanZero",
        Severity.ERROR,
        _TYPED,
        _not_multiple,
        "Let multipleOf be greater than zero.",
    ),
    Rule(
        "PatternShouldBeValidRegularExpression",
        Severity.ERROR,
        _TYPED,
        wrong("pattern", _is_no_pattern),
        "Correct the regular expression.",
    ),
    Rule(
        "UnrecognizedTypeFormat",
        Severity.ERROR,
        _TYPED,
        wrong("format", lambda text: text not in FORMATS),
        f"Use one of {', '.join(FORMATS)}, or leave format out.",
    ),
    Rule(
        "ArrayHasNoItems",
        Severity.ERROR,
        _TYPED,
        lambda node: [()] if node.text("type") == "array" and "items" not in node.value else [],
        "Say what the array holds: add items.",
    ),
    Rule(
        "EnumMustContainAtLeastOneElement",
        Severity.ERROR,
        _TYPED,
        lambda node: [("enum",)] if node.value.get("enum") == [] else [],
        "List at least one value, or remove enum.",
    ),
    Rule("InvalidEnumValue", Severity.ERROR, _TYPED, _wrong_enum, "Give values of the type that is declared."),
    Rule(
        "DefaultValueMustMatchType",
        Severity.ERROR,
        _TYPED,
        _wrong_default,
        "Give a default of the type that is declared.",
    ),
    Rule(
        "InvalidEnumValuesExtensionValue",
        Severity.ERROR,
        _TYPED,
        _label_for_nothing,
        "Label only values that enum lists.",
    ),
    Rule("MissingEnumValuesDisplayName", Severity.ERROR, _TYPED, _label_missing, "Add displayName."),
    Rule("DuplicateEnumValuesInExtension", Severity.ERROR, _TYPED, _label_twice, "Label each value once."),
)
