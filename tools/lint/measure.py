"""How deep and how large a schema is with all its references followed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter

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
    """The size of a schema. What it refers to counts in full; an unknown reference, or one in a loop, counts as one."""
    return _measure(schema, _definitions(document))


@lru_cache(maxsize=1)
def _definitions(document: Document) -> Mapping[str, Size]:
    """Each definition measured once, after those that it refers to; a reference that closes a loop counts as one."""
    definitions = mapping(document.root.get("definitions"))
    references = {name: set(targets) for name, targets in document.references.items()}
    sizes: dict[str, Size] = {}
    while True:
        try:
            order = list(TopologicalSorter(references).static_order())
        except CycleError as error:
            loop = error.args[1]
            references[loop[1]].discard(loop[0])
            continue
        for name in order:
            sizes[name] = _measure(mapping(definitions.get(name)), sizes)
        return sizes


def _measure(schema: Object, definitions: Mapping[str, Size]) -> Size:
    if "$ref" in schema:
        return definitions.get(string(schema["$ref"]).removeprefix("#/definitions/"), Size(1, 1))
    sizes = [_measure(part, definitions) for part in _parts(schema)]
    return Size(1 + max((size.depth for size in sizes), default=0), 1 + sum(size.count for size in sizes))


def _parts(schema: Object) -> Iterator[Object]:
    yield from (mapping(value) for value in mapping(schema.get("properties")).values())
    yield from (mapping(value) for value in sequence(schema.get("allOf")))
    yield from (value for key in ("items", "additionalProperties") if (value := mapping(schema.get(key))))
