"""The conditions of rules, as the table in `condition.py` describes them."""

from __future__ import annotations

import pytest

from tests.support.cases import for_each
from tools.lint.condition import condition
from tools.lint.document import Document, Node

VALUE = {
    "name": "rooms",
    "empty": "",
    "list": ["north", 7, "south"],
    "low": 5,
    "high": 3,
    "flag": True,
    "inner": {"key": "x", "Other-Key": None},
}


CONDITIONS: dict[str, list[tuple[str | int, ...]]] = {
    "name": [("name",)],
    "none": [],
    "!none": [()],
    "!name": [],
    "inner/key": [("inner", "key")],
    "!inner/none": [("inner",)],
    "!none/key": [],
    "name~oo": [("name",)],
    "name~^oo": [],
    "name!~roo": [("name",)],
    "name!~roo.*": [],
    "low~5": [],
    "name=rooms": [("name",)],
    "empty=": [("empty",)],
    "flag=true": [("flag",)],
    "low=5": [("low",)],
    "flag=1": [],
    "name!=rooms": [],
    "name!=other": [("name",)],
    "none!=other": [()],
    "high<5": [("high",)],
    "low<=5": [("low",)],
    "low>high": [("low",)],
    "high>low": [],
    "flag>0": [],
    "list[]~o": [("list", 0), ("list", 2)],
    "list#>2": [("list",)],
    "list#<3": [],
    "inner{}!~[a-z]+": [("inner", "Other-Key")],
    "@~^/rooms$": [()],
    "name,empty~^$": [("empty",)],
    "name&list": [("list",)],
    "none&list": [],
    "none;list;list": [("list",)],
}


@for_each([*CONDITIONS.items()], name=str)
def test_a_condition_finds_these_places(text: str, places: list[tuple[str | int, ...]]) -> None:
    node = Node("path", ("paths", "/rooms"), VALUE, Document({}, "document"))
    assert list(condition(text)(node)) == places


def test_what_is_no_condition_is_a_mistake_of_the_table() -> None:
    with pytest.raises(ValueError, match="is not a clause"):
        condition("name like rooms")
