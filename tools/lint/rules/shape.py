"""Rules for every object, by the grammar: known keys, JSON types, known values."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tools.lint.document import Node, Path, sequence
from tools.lint.grammar import EXTENSIONS, FOREIGN_KEYWORDS, KINDS, OPEN_KINDS, Key, words
from tools.lint.rule import Checks

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "string?": (str, type(None)),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
}
_STRUCTURE = frozenset(words("host basePath title version type in name iconBrandColor templateId identityProvider"))
_PLACES = ("document", "path")
"""Kinds for which the import refuses an unknown key: it reads the key as a path or a method."""


def fits(value: object, type_name: str) -> bool:
    """Whether a JSON value has the type of that name; True for a name that is not in `TYPES`."""
    types = TYPES.get(type_name)
    if types is None:
        return True
    return isinstance(value, types) and (type_name == "boolean" or not isinstance(value, bool))


def _is_extension(name: object) -> bool:
    return str(name).startswith("x-")


def _is_structure(name: str, key: Key) -> bool:
    """Whether readers refuse a file without it; they convert or ignore other keys."""
    return bool(key.kind or key.each or name in _STRUCTURE)


def _wrong_types(node: Node, is_structure: bool) -> Iterator[Path]:
    for name, key in KINDS[node.kind].items():
        if name not in node.value or _is_structure(name, key) != is_structure:
            continue
        value = node.value[name]
        if not fits(value, key.type):
            yield (name,)
        elif key.each:
            members = value.items() if isinstance(value, dict) else enumerate(sequence(value))
            yield from ((name, at) for at, item in members if not isinstance(item, dict) and not _is_extension(at))


def _missing(node: Node, is_structure: bool) -> Iterator[Path]:
    needs_type = node.kind == "parameter" and node.text("in") != "body" and "schema" not in node.value
    for name, key in KINDS[node.kind].items():
        is_needed = key.required or (needs_type and name == "type")
        if name not in node.value and is_needed and _is_structure(name, key) == is_structure:
            yield (name,)


def _empty(node: Node) -> Iterator[Path]:
    for name, key in KINDS[node.kind].items():
        if key.required and node.value.get(name) == "" and node.kind != "info":
            yield (name,)


def _unknown_words(node: Node, extensions: bool) -> Iterator[Path]:
    """Values that are not in the list of the key. Readers ignore case, except in keywords of OpenAPI."""
    lenient = extensions or node.kind in ("connector", "connection", "oauth")
    for name, key in KINDS[node.kind].items():
        value = node.value.get(name)
        if not key.values or not isinstance(value, str) or extensions != _is_extension(name):
            continue
        known = [word.casefold() for word in key.values] if lenient else key.values
        if (value.casefold() if lenient else value) not in known:
            yield (name,)


def _unknown(node: Node) -> list[str]:
    return [name for name in node.value if name not in KINDS[node.kind] and not _is_extension(name)]


def _additional(node: Node, places: bool) -> Iterator[Path]:
    if node.kind not in OPEN_KINDS and (node.kind in _PLACES) == places:
        yield from ((name,) for name in _unknown(node) if places or name not in FOREIGN_KEYWORDS)


def _foreign(node: Node) -> Iterator[Path]:
    yield from ((name,) for name in _unknown(node) if name in FOREIGN_KEYWORDS and node.kind not in _PLACES)


def _unknown_extension(node: Node) -> Iterator[Path]:
    yield from ((name,) for name in node.value if name.startswith("x-ms-") and name not in EXTENSIONS)


def _duplicates(node: Node) -> Iterator[Path]:
    for name, key in KINDS[node.kind].items():
        if key.type == "array" and not key.each:
            values = [json.dumps(item, sort_keys=True) for item in node.array(name)]
            if len(set(values)) < len(values):
                yield (name,)


CHECKS: Checks = (
    ("JsonTypeIncorrect", lambda node: _wrong_types(node, is_structure=True)),
    ("JsonTypeDiffers", lambda node: _wrong_types(node, is_structure=False)),
    ("RequiredPropertyMissing", lambda node: _missing(node, is_structure=True)),
    ("RequiredMemberMissing", lambda node: _missing(node, is_structure=False)),
    ("RequiredValueEmpty", _empty),
    ("JsonValueNotInEnum", lambda node: _unknown_words(node, extensions=False)),
    ("ExtensionValueNotInEnum", lambda node: _unknown_words(node, extensions=True)),
    ("ExtensionNameNotValid", lambda node: _additional(node, places=True)),
    ("AdditionalPropertyNotAllowed", lambda node: _additional(node, places=False)),
    ("SwaggerKeywordNotSupported", _foreign),
    ("ExtensionNotKnown", _unknown_extension),
    ("ArrayDuplicateValue", _duplicates),
)
