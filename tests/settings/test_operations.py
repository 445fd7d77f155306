"""What `OPERATIONS` opens: nothing sensitive unless an operation or the word `sensitive` is named."""

from __future__ import annotations

from bridge.catalog import load as load_catalog
from bridge.settings import load
from tests.support.cases import for_each
from tests.support.env import env

CATALOG = load_catalog()
MINE = [operation for operation in CATALOG.operations.values() if operation.system == "workday"]
READS = {one.id for one in MINE if one.kind == "read" and not one.sensitive}
WRITES = {one.id for one in MINE if one.kind == "write" and not one.sensitive and not one.approval}
APPROVALS = {one.id for one in MINE if one.approval}
SENSITIVE = {one.id for one in MINE if one.sensitive}


@for_each(
    [
        ("", READS | WRITES),
        ("reads", READS),
        ("writes", WRITES),
        ("approvals", APPROVALS),
        ("reads sensitive", READS | {one.id for one in MINE if one.sensitive and one.kind == "read"}),
        ("GetMyPaySlips", {"GetMyPaySlips"}),
        ("reads GetMyPaySlips", READS | {"GetMyPaySlips"}),
        ("sensitive", set()),
    ]
)
def test_words_and_names_open_operations(value: str, opened: set[str]) -> None:
    settings = load(env(BRIDGE_SYSTEMS__WORKDAY__OPERATIONS=value), CATALOG)
    assert settings.systems["workday"].operations == opened


def test_the_catalog_has_something_of_each() -> None:
    assert READS
    assert WRITES
    assert SENSITIVE
    assert APPROVALS
