"""A customer's folder stands beside the built-in catalog: it adds, replaces lists, and breaks nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bridge.catalog import load
from tests.catalog.shop import GOOD, READ
from tests.outbound.support import BUILT_IN, write_catalog

ROOT = Path(__file__).resolve().parents[2]
OWN_TYPES = '[titles]\nLETTER = "My letter"\n'


def test_the_example_folder_works_without_a_line_of_python() -> None:
    catalog = load(ROOT / "sandbox" / "catalog")
    assert catalog.problems == ()
    assert {one.id for one in catalog.operations.values() if one.system == "orders"} == {
        "ListMyOrders",
        "GetMyOrder",
        "PlaceOrder",
    }


def test_built_in_operations_stay(tmp_path: Path) -> None:
    catalog = load(write_catalog(tmp_path, GOOD))
    assert catalog.operations.keys() == {*BUILT_IN.operations, "GetThings", "MakeThing"}


def test_a_list_of_the_same_name_replaces_the_built_in_one(tmp_path: Path) -> None:
    catalog = load(write_catalog(tmp_path, {"workday/lists/document-types.toml": OWN_TYPES}))
    assert catalog.systems["workday"].lists["document-types"] == ({"value": "LETTER", "title": "My letter"},)
    assert catalog.systems["workday"].lists["regions"] == BUILT_IN.systems["workday"].lists["regions"]


def test_an_operation_can_be_added_to_a_built_in_system(tmp_path: Path) -> None:
    catalog = load(write_catalog(tmp_path, {"workday/GetThings.toml": READ}))
    assert catalog.operations["GetThings"].route == "api/workday/things"


def test_a_broken_file_is_left_out_and_the_rest_stays(tmp_path: Path) -> None:
    catalog = load(write_catalog(tmp_path, {**GOOD, "shop/GetThings.toml": "method ="}))
    assert "GetThings" not in catalog.operations
    assert "MakeThing" in catalog.operations
    assert [problem.file.name for problem in catalog.problems] == ["GetThings.toml"]


def test_what_refers_to_a_broken_file_is_left_out_too(tmp_path: Path) -> None:
    first = READ.replace('pattern = "^[a-z]{1,10}$"', 'enum = ["a"]')
    second = first.replace("[rest]", "[lookups.color]\noperation = 'GetThings'\noutput = 'count'\n[rest]", 1)
    second = (
        second.replace('"/things"', '"/others"').partition("[inputs")[0] + "[outputs" + first.partition("[outputs")[2]
    )
    broken = first + "[choices.color]\noperation = 'Nobody'\ncollection = 'c'\nvalue = 'v'\ntitle = 't'\n"
    files = {**GOOD, "shop/GetThings.toml": first, "shop/GetOthers.toml": second}
    assert "GetOthers" in load(write_catalog(tmp_path, files)).operations
    catalog = load(write_catalog(tmp_path, {**files, "shop/GetThings.toml": broken}))
    assert {problem.file.name for problem in catalog.problems} == {"GetThings.toml", "GetOthers.toml"}
    assert not {"GetThings", "GetOthers"} & catalog.operations.keys()


def test_a_broken_system_is_left_out_with_its_operations(tmp_path: Path) -> None:
    catalog = load(write_catalog(tmp_path, {**GOOD, "shop/system.toml": "title = 1"}))
    assert catalog.operations.keys() == BUILT_IN.operations.keys()
    assert "shop" not in catalog.systems
    assert catalog.problems


CLASHES = {
    "the id of a built-in operation": ("workday/GetMyProfile.toml", READ, "", "'GetMyProfile' is there already"),
    "an id that differs by case": ("workday/GetmyProfile.toml", READ, "", "'GetMyProfile' is there already"),
    "the route of a built-in operation": (
        "workday/Mine.toml",
        READ.replace('"/things"', '"/me"'),
        "path",
        "is GetMyProfile already",
    ),
    "a route that an input of another's path fits as well": (
        "workday/Mine.toml",
        READ.replace('path = "/things"', 'path = "/{color}"\nrequired = ["color"]'),
        "path",
        "is GetMyProfile already",
    ),
    "a function of the bridge": ("shop/WhoAmI.toml", READ, "", "a function of the bridge itself"),
    "no operationId": ("shop/get-things.toml", READ, "", "PascalCase"),
    "a second system.toml": ("workday/system.toml", GOOD["shop/system.toml"], "title", "services, namespaces, faults"),
    "a folder without system.toml": ("market/GetThings2.toml", READ, "", "needs a system.toml"),
    "a reserved folder": ("probe/system.toml", GOOD["shop/system.toml"], "", "none of"),
}


@pytest.mark.parametrize(("file", "content", "field", "expected"), CLASHES.values(), ids=CLASHES)
def test_clashes_are_mistakes(tmp_path: Path, file: str, content: str, field: str, expected: str) -> None:
    problems = load(write_catalog(tmp_path, {**GOOD, file: content})).problems
    assert any(problem.field == field and expected in problem.expected for problem in problems), problems


def test_a_missing_folder_is_a_problem_and_no_crash(tmp_path: Path) -> None:
    [problem] = load(tmp_path / "nowhere").problems
    assert problem.expected == "expected a folder"


HOSTILE = {
    "binary": b"\x00\xff\xfe" * 100,
    "deep": b"a = " + b"[" * 5000,
    "surrogates": "title = '\ud800'".encode("utf-8", "surrogatepass"),
    "empty": b"",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("name", ["system.toml", "GetThings.toml", "MakeThing.xml", "lists/colors.toml"])
def test_hostile_files_are_problems_and_no_crash(tmp_path: Path, name: str, content: bytes) -> None:
    write_catalog(tmp_path, GOOD)
    (tmp_path / "shop" / name).write_bytes(content)
    catalog = load(tmp_path)
    assert catalog.problems
    assert catalog.operations.keys() >= BUILT_IN.operations.keys()


def test_folders_that_hold_no_system_are_passed_over(tmp_path: Path) -> None:
    write_catalog(tmp_path, GOOD)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "readme.md").write_text("Notes", encoding="utf-8")
    assert load(tmp_path).problems == ()


def test_a_copy_of_the_built_in_catalog_is_told_as_clashes(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "bridge" / "catalog" / "workday", tmp_path / "workday")
    problems = load(tmp_path).problems
    operations = [problem for problem in problems if problem.file.name != "system.toml"]
    assert {"is there already" in problem.expected for problem in operations} == {True}
