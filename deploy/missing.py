"""Prints what an object of Microsoft Graph (standard input) lacks of the wanted ones (arguments): the body of a PATCH.

Prints nothing if nothing is missing. Only adds: what others have put into the object stays.
"""

from __future__ import annotations

import functools
import json
import sys
from typing import Any

Json = dict[str, Any]
KEYS = ("appId", "resourceAppId", "value", "name", "id")
"""The first of these that an entry of a list has is its identifier."""
MERGED = {"api", "web"}
"""Graph merges these into what it has. It replaces every other property as a whole."""


def body(current: Json, *wanted: Json) -> Json:
    """The properties to PATCH; nothing if nothing is missing."""
    complete = functools.reduce(completed, wanted, current)
    changed = differing(complete, current)
    return changed | {name: differing(changed[name], current.get(name) or {}) for name in changed.keys() & MERGED}


def differing(after: Json, before: Json) -> Json:
    """The properties of `after` that are others in `before`."""
    return {name: value for name, value in after.items() if value != before.get(name)}


def completed(current: Json, wanted: Json) -> Json:
    """`current` with what it lacks of `wanted`."""
    return current | {name: merged(name, current.get(name), value) for name, value in wanted.items()}


def merged(name: str, current: Any, wanted: Any) -> Any:
    """One property: objects, lists and the words of a grant's scope are completed, everything else is replaced."""
    if isinstance(wanted, dict):
        return completed(current or {}, wanted)
    if isinstance(wanted, list):
        return functools.reduce(added, wanted, current or [])
    if name == "scope" and current:
        return " ".join([current, *(word for word in wanted.split() if word not in current.split())])
    return wanted


def added(entries: list[Any], wanted: Any) -> list[Any]:
    """A list with this entry. Of an entry that exists, only the lists are completed."""
    key = identifier(wanted)
    if key not in map(identifier, entries):
        return [*entries, wanted]
    if not isinstance(wanted, dict):
        return entries
    lists = {name: value for name, value in wanted.items() if isinstance(value, list)}
    return [completed(entry, lists) if identifier(entry) == key else entry for entry in entries]


def identifier(entry: Any) -> Any:
    """What tells entries of a list apart."""
    return next((entry[key] for key in KEYS if key in entry), None) if isinstance(entry, dict) else entry


if __name__ == "__main__":
    found = body(json.loads(sys.stdin.read().strip() or "{}"), *map(json.loads, sys.argv[1:]))
    print(json.dumps(found, sort_keys=True) if found else "", end="")
