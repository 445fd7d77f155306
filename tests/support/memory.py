"""What an object keeps in memory, whatever the names of its attributes."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from types import FunctionType, ModuleType


def texts_in(thing: object, *besides: object) -> list[str]:
    """All texts that `thing` holds, directly or through others; classes, functions and `besides` are left out."""
    return list(_texts(thing, {id(one) for one in besides}))


def _texts(thing: object, seen: set[int]) -> Iterator[str]:
    waiting = [thing]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, type | FunctionType | ModuleType):
            continue
        seen.add(id(one))
        if isinstance(one, str):
            yield one
        waiting += gc.get_referents(one)
