"""The depth and size of a schema with all references followed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from tools.lint.document import Document, Object, mapping, sequence, string

MAX_DEPTH = 30
MAX_SCHEMAS_IN_BODY = 512
MAX_SCHEMAS_IN_OPERATION = 16_384


@dataclass(frozen=True, slots=True)
class Size:
    """`depth` in levels, `count` in schemas."""

    depth: int
    count: int


def measure(document: Document, schema: Object) -> Size:
    """The size of a schema with the targets of its references; an unknown target, or one in a loop, counts as one."""
    return _measure(schema, _definitions(document))


@lru_cache(maxsize=1)
def _definitions(document: Document) -> Mapping[str, Size]:
    """The size of each definition, measured after those that it refers to."""
    definitions = mapping(document.root.get("definitions"))
    sizes: dict[str, Size] = {}
    for name in _inner_first(document.references):
        sizes[name] = _measure(mapping(definitions.get(name)), sizes)
    return sizes


def _inner_first(references: Mapping[str, Collection[str]]) -> Iterator[str]:
    """The names, each after those that it refers to, except by references that close a loop."""
    seen: set[str] = set()
    for start in references:
        todo = [(start, False)]
        while todo:
            name, is_done = todo.pop()
            if is_done:
                yield name
            elif name not in seen:
                seen.add(name)
                todo.append((name, True))
                todo.extend((other, False) for other in references.get(name, ()) if other not in seen)


def _measure(schema: Object, definitions: Mapping[str, Size]) -> Size:
    if "$ref" in schema:
        return definitions.get(string(schema["$ref"]).removeprefix("#/definitions/"), Size(1, 1))
    sizes = [_measure(part, definitions) for part in _parts(schema)]
    return Size(1 + max((size.depth for size in sizes), default=0), 1 + sum(size.count for size in sizes))


def _parts(schema: Object) -> Iterator[Object]:
    yield from (mapping(value) for value in mapping(schema.get("properties")).values())
    yield from (mapping(value) for value in sequence(schema.get("allOf")))
    yield from (value for key in ("items", "additionalProperties") if (value := mapping(schema.get(key))))
