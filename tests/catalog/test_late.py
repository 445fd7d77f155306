"""What a first request reads of the catalog: the operation that is called, and what it needs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from bridge.base.patterns import compile_pattern
from bridge.catalog import OpenOperations, load
from bridge.catalog.files import BUILT_IN
from bridge.catalog.operation import read_operation
from tests.catalog.shop import GOOD
from tests.outbound.support import write_catalog


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The operations whose files were read, in order."""
    names: list[str] = []
    original = read_operation

    def noted(file: Path, *rest: object) -> object:
        names.append(file.stem)
        return original(file, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr("bridge.catalog.files.read_operation", noted)
    return names


def test_an_operation_is_read_once_when_it_is_used(read: list[str]) -> None:
    operations = load().operations
    assert "GetMyProfile" in operations
    assert "GetNothing" not in operations
    assert len(list(operations)) == len(operations) > 70
    assert read == []
    assert operations["GetMyProfile"] is operations["GetMyProfile"]
    assert read == ["GetMyProfile"]


def test_asking_whether_one_is_open_reads_that_one(read: list[str]) -> None:
    opened = OpenOperations(load().operations, "workday", frozenset({"reads", "GetMyPassportsAndVisas"}))
    found = {
        id_: id_ in opened
        for id_ in ("GetMyProfile", "GetMyPassportsAndVisas", "GetMyPaySlips", "ListMySapTasks", "Other")
    }
    assert found == {
        "GetMyProfile": True,
        "GetMyPassportsAndVisas": True,
        "GetMyPaySlips": False,
        "ListMySapTasks": False,
        "Other": False,
    }
    assert len(read) < 5


def test_what_serves_other_operations_alone_is_never_open() -> None:
    opened = OpenOperations(load().operations, "s4hana", frozenset({"reads", "GetSapCsrfToken"}))
    assert "GetSapCsrfToken" not in opened
    assert opened


def test_a_customers_system_is_read_at_once_and_the_built_in_ones_are_not(tmp_path: Path, read: list[str]) -> None:
    catalog = load(write_catalog(tmp_path, GOOD))
    assert sorted(read) == ["GetThings", "MakeThing"]
    assert catalog.operations["GetMyProfile"].system == "workday"


def test_a_customers_lists_alone_let_no_operation_be_read(tmp_path: Path, read: list[str]) -> None:
    built_in = load().systems["workday"].lists
    name = next(iter(built_in))
    lists = (
        load(write_catalog(tmp_path, {f"workday/lists/{name}.toml": '[titles]\na = "A"\n'})).systems["workday"].lists
    )
    assert lists == {**built_in, name: ({"value": "a", "title": "A"},)}
    assert read == []


def test_a_mistake_in_a_customers_list_is_reported(tmp_path: Path) -> None:
    [problem] = load(write_catalog(tmp_path, {"workday/lists/mine.toml": "titles = 1\n"})).problems[:1]
    assert problem.file.name == "mine.toml"


def test_a_system_that_a_customer_extends_is_read_whole(tmp_path: Path, read: list[str]) -> None:
    load(write_catalog(tmp_path, {"workday/system.toml": '[services]\nown = "https://{host}/own"\n'}))
    assert set(read) == {file.stem for file in (BUILT_IN / "workday").glob("[A-Z]*.toml")}


def test_threads_that_use_an_operation_for_the_first_time_get_the_same() -> None:
    operations, start = load().operations, Barrier(8)

    def use(_: int) -> int:
        start.wait()
        return id(operations["GetMyProfile"])

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(use, range(8)))) == 1


def test_each_built_in_pattern_ends_soon() -> None:
    systems = load().systems.values()
    patterns = [rule.pattern for system in systems for rule in system.faults]
    patterns += [system.defaults.instance_host for system in systems if system.defaults.instance_host]
    assert len(patterns) > 10
    for pattern in patterns:
        compile_pattern(pattern.pattern)
