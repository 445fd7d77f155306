"""Rules that hold for every object: right keys, right types, known words. All of them read the grammar."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tools.lint.document import Node, Path, sequence
from tools.lint.grammar import EXTENSIONS, FOREIGN_KEYWORDS, KINDS, OPEN_KINDS, Key
from tools.lint.rule import Rule, Severity

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
}
_EVERY_KIND = " ".join(KINDS)


def fits(value: object, type_name: str) -> bool:
    """Whether a JSON value is of the type of that name; types without a name here fit anything."""
    types = TYPES.get(type_name)
    if types is None:
        return True
    return isinstance(value, types) and (type_name == "boolean" or not isinstance(value, bool))


def _wrong_types(node: Node) -> Iterator[Path]:
    for name, key in KINDS[node.kind].items():
        if name not in node.value:
            continue
        value = node.value[name]
        if not fits(value, key.type):
            yield (name,)
        elif key.each:
            members = value.items() if isinstance(value, dict) else enumerate(sequence(value))
            yield from ((name, at) for at, item in members if not isinstance(item, dict) and not _is_extension(at))


def _is_extension(name: object) -> bool:
    return str(name).startswith("x-")


def _missing(node: Node) -> Iterator[Path]:
    needs_type = node.kind in ("parameter", "header") and node.text("in") != "body"
    for name, key in KINDS[node.kind].items():
        if name not in node.value and (key.required or (needs_type and name == "type")):
            yield (name,)


def _unknown_word(node: Node) -> Iterator[Path]:
    for name, key in KINDS[node.kind].items():
        value = node.value.get(name)
        if key.values and isinstance(value, str) and value not in key.values:
            yield (name,)


def _unknown_keys(node: Node) -> list[str]:
    known: dict[str, Key] = dict(KINDS[node.kind])
    return [name for name in node.value if name not in known and not _is_extension(name)]


def _additional(node: Node) -> Iterator[Path]:
    if node.kind not in OPEN_KINDS:
        yield from ((name,) for name in _unknown_keys(node) if name not in FOREIGN_KEYWORDS)


def _foreign(node: Node) -> Iterator[Path]:
    yield from ((name,) for name in _unknown_keys(node) if name in FOREIGN_KEYWORDS)


def _unknown_extension(node: Node) -> Iterator[Path]:
    yield from ((name,) for name in node.value if name.startswith("x-ms-") and name not in EXTENSIONS)


def _duplicates(node: Node) -> Iterator[Path]:
    for name, key in KINDS[node.kind].items():
        if key.type == "array" and not key.each:
            values = [json.dumps(item, sort_keys=True) for item in node.array(name)]
            if len(set(values)) < len(values):
                yield (name,)


RULES = (
    Rule("JsonTypeIncorrect", Severity.ERROR, _EVERY_KIND, _wrong_types, "Use the JSON type that belongs here."),
    Rule(
        "RequiredPropertyMissing",
        Severity.ERROR,
        _EVERY_KIND,
        _missing,
        "Add it; an object of this kind is not understood without.",
    ),
    Rule("JsonValueNotInEnum", Severity.ERROR, _EVERY_KIND, _unknown_word, "Use one of the words that are known here."),
    Rule("AdditionalPropertyNotAllowed", Severity.ERROR, _EVERY_KIND, _additional, "Remove the key; nothing reads it."),
    Rule(
        "SwaggerKeywordNotSupported",
        Severity.ERROR,
        _EVERY_KIND,
        _foreign,
        "Write the schema without this keyword: one type, flat, and leave empty values out instead of null.",
    ),
    Rule(
        "ExtensionNotKnown",
        Severity.NOTICE,
        _EVERY_KIND,
        _unknown_extension,
        "Check the spelling: Microsoft documents no extension of this name.",
    ),
    Rule("ArrayDuplicateValue", Severity.ERROR, _EVERY_KIND, _duplicates, "Remove the value that occurs twice."),
)
