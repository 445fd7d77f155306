"""The place where two texts begin to differ, such as a slash at the end."""

from __future__ import annotations

from itertools import zip_longest


def first_difference(found: str, expected: str) -> int | None:
    """The index of the first character that differs; None if they are equal."""
    pairs = zip_longest(found, expected)
    return next((index for index, (one, other) in enumerate(pairs) if one != other), None)


def comparable(found: str | None, expected: str | None) -> bool:
    """Whether it helps to mark the first difference: two values of one kind that begin with the same character.

    Times and lists are not marked, and a scope is not compared with an identifier.
    """
    if not found or not expected or " or " in expected or found.endswith(" UTC"):
        return False
    if ("/.default" in found) != ("/.default" in expected):
        return False
    place = first_difference(found, expected)
    return place is not None and place > 0
