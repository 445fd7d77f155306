"""Rules of patterns, formats, enums and defaults, for every object with a type."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator

from tools.lint.document import Node, Path, mapping, string
from tools.lint.grammar import FORMATS, POWER_FX_FORMATS
from tools.lint.rule import Checks, repeats, text, whole
from tools.lint.rules.shape import fits

_UNICODE_CLASS = re.compile(r"\\[pP]\{\w+\}")
_NAMED_GROUP = re.compile(r"\(\?<(?![=!])")
_LABELS = "x-ms-enum-values"
MAX_PATTERN = 5000


def _is_invalid_pattern(pattern: str) -> bool:
    """Whether a pattern is invalid. Patterns run in .NET: its syntax is rewritten to that of Python and compiled."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            re.compile(_NAMED_GROUP.sub("(?P<", _UNICODE_CLASS.sub("x", pattern[:MAX_PATTERN])))
        except (re.error, OverflowError, RecursionError):
            return len(pattern) <= MAX_PATTERN
    return False


def _is_dropped(node: Node) -> bool:
    """Whether Power Fx drops the operation because of this pair of type and format."""
    known = POWER_FX_FORMATS.get(node.text("type"))
    if known is not None:
        return "format" in node.value and node.text("format") not in known
    is_enum = (node.text("type"), node.text("format")) == ("string", "enum")
    return is_enum and not all(isinstance(item, str) for item in node.array("enum"))


def _unknown_format(node: Node) -> bool:
    is_unknown = "format" in node.value and node.text("format") not in (*FORMATS, "")
    return is_unknown and not (_is_dropped(node) and node.is_read)


def _wrong_enum(node: Node) -> Iterator[Path]:
    yield from (("enum", at) for at, item in enumerate(node.array("enum")) if not fits(item, node.text("type")))


def _wrong_default(node: Node) -> bool:
    return "default" in node.value and not fits(node.value["default"], node.text("type"))


def _stops_import(node: Node) -> bool:
    """Whether the import fails: it accepts no number or boolean as the default of a text."""
    return _wrong_default(node) and node.text("type") == "string" and isinstance(node.value["default"], int | float)


def _labels(node: Node) -> list[dict[str, object]]:
    return [mapping(row) for row in node.array(_LABELS)]


def _labelled(node: Node) -> list[str]:
    return [json.dumps(row.get("value"), sort_keys=True) for row in _labels(node)]


def _label_without_value(node: Node) -> Iterator[Path]:
    known = {json.dumps(item, sort_keys=True) for item in node.array("enum")}
    yield from ((_LABELS, at) for at, value in enumerate(_labelled(node)) if known and value not in known)


CHECKS: Checks = (
    ("PatternShouldBeValidRegularExpression", text("pattern", _is_invalid_pattern)),
    ("PowerFxTypeNotSupported", whole(lambda node: node.is_read and _is_dropped(node), "format")),
    ("UnrecognizedTypeFormat", whole(_unknown_format, "format")),
    ("InvalidEnumValue", _wrong_enum),
    ("DefaultValueMustMatchType", whole(_stops_import, "default")),
    ("DefaultValueTypeDiffers", whole(lambda node: _wrong_default(node) and not _stops_import(node), "default")),
    ("InvalidEnumValuesExtensionValue", _label_without_value),
    (
        "MissingEnumValuesDisplayName",
        lambda node: [(_LABELS, at) for at, row in enumerate(_labels(node)) if not string(row.get("displayName"))],
    ),
    ("DuplicateEnumValuesInExtension", whole(lambda node: repeats(_labelled(node)), _LABELS)),
)
