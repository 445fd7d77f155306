"""A customer's folder is read with the built-in catalog: it adds operations, replaces lists, and breaks nothing."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from bridge.catalog import load
from tests.catalog.shop import GOOD, READ
from tests.outbound.support import write_catalog

BUILT_IN = load()
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
    "the id of a built-in operation": ("workday/GetMyProfile.toml", READ, "", "'GetMyProfile' exists already"),
    "an id that differs by case": ("workday/GetmyProfile.toml", READ, "", "'GetMyProfile' exists already"),
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


def test_a_copy_of_the_built_in_catalog_is_reported_as_clashes(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "bridge" / "catalog" / "workday", tmp_path / "workday")
    problems = load(tmp_path).problems
    operations = [problem for problem in problems if problem.file.name != "system.toml"]
    assert {"exists already" in problem.expected for problem in operations} == {True}


# --- a customer extends the built-in system

COMPENSATION = """
[services]
compensation = "https://{host}/ccx/api/compensation/v2/{tenant}"
[[faults]]
pattern = "^no position"
means = "user_unknown"
"""
OWN_READ = READ.replace('service = "rest"', 'service = "compensation"')


def test_a_customer_adds_a_service_and_a_fault_to_the_built_in_system(tmp_path: Path) -> None:
    catalog = load(write_catalog(tmp_path, {"workday/system.toml": COMPENSATION, "workday/GetThings.toml": OWN_READ}))
    assert catalog.problems == ()
    workday = catalog.systems["workday"]
    assert workday.services.items() > BUILT_IN.systems["workday"].services.items()
    assert [rule.means for rule in workday.faults][:1] == ["user_unknown"]
    assert catalog.operations["GetThings"].service == "compensation"


NEWER = '[services]\nhuman_resources = "https://{host}/ccx/service/{tenant}/Human_Resources/v43.2"\n'


def test_a_newer_version_disables_what_has_another_shape_there_with_the_reason(tmp_path: Path) -> None:
    catalog = load(write_catalog(tmp_path, {"workday/system.toml": NEWER}))
    assert catalog.problems == ()
    assert {"ChangeMyLegalName", "ChangeMyPreferredName", "GetMyEmergencyContacts"} <= catalog.disabled.keys()
    assert "called as v43.2" in catalog.disabled["ChangeMyLegalName"]
    assert "before v31.2" in catalog.disabled["ChangeMyLegalName"]
    assert "GetMyHomeAddress" in catalog.operations
    older = load(write_catalog(tmp_path, {"workday/system.toml": NEWER.replace("v43.2", "v29.0")}))
    assert "from v30.0" in older.disabled["GetMyHomeAddress"]


def test_what_needs_a_disabled_operation_is_left_out_with_it(tmp_path: Path) -> None:
    catalog = load(write_catalog(tmp_path, {"workday/system.toml": NEWER}))
    assert "UpdateMyEmergencyContact" not in catalog.operations
    assert "GetMyEmergencyContacts" in catalog.disabled["UpdateMyEmergencyContact"]
    for operation in catalog.operations.values():
        assert {lookup.operation for lookup in operation.lookups.values()} <= catalog.operations.keys()


def test_an_own_operation_takes_the_place_of_a_built_in_one(tmp_path: Path) -> None:
    own = READ.replace('kind = "read"', 'kind = "read"\nreplaces = "GetMyProfile"').replace('"/things"', '"/me"')
    same = load(write_catalog(tmp_path / "same", {"workday/GetMyProfile.toml": own.replace('"/count"', '"/id"')}))
    assert same.operations["GetMyProfile"].file.is_relative_to(tmp_path)
    other = own.replace('"/me"', '"/x"').replace("GetMyProfile", "GetMyJobTaxonomy")
    catalog = load(write_catalog(tmp_path / "other", {"workday/GetWho.toml": other}))
    assert catalog.problems == ()
    assert "GetMyJobTaxonomy" not in catalog.operations
    assert "GetWho" in catalog.operations


def test_replacing_nothing_is_a_mistake(tmp_path: Path) -> None:
    own = READ.replace('kind = "read"', 'kind = "read"\nreplaces = "GetMyProfil"')
    problems = load(write_catalog(tmp_path, {"workday/GetThings.toml": own})).problems
    assert ["did you mean 'GetMyProfile'?" in problem.expected for problem in problems] == [True]


MISPLACED = {
    "beside the systems": ("GetThings.toml", "expected in the folder of its system, as in "),
    "another ending": ("workday/GetThings.yaml", "expected GetThings.toml, written in TOML"),
    "a misspelt folder": ("workdey/GetThings.toml", "did you mean 'workday'?"),
    "too deep": ("workday/reads/GetThings.toml", "directly in the folder of its system"),
    "a list that is no TOML": ("workday/lists/types.json", "expected types.toml"),
}


@pytest.mark.parametrize(("file", "expected"), MISPLACED.values(), ids=MISPLACED)
def test_a_file_that_nothing_reads_is_a_mistake(tmp_path: Path, file: str, expected: str) -> None:
    problems = load(write_catalog(tmp_path, {file: READ})).problems
    assert [expected in problem.expected for problem in problems] == [True], problems


def test_a_mistake_in_the_system_does_not_hide_those_of_its_operations(tmp_path: Path) -> None:
    files = {
        **GOOD,
        "shop/system.toml": GOOD["shop/system.toml"].replace('title = "Shop"', ""),
        "shop/GetThings.toml": READ.replace('"GET"', '"FETCH"'),
    }
    problems = load(write_catalog(tmp_path, files)).problems
    assert {(problem.file.name, problem.field) for problem in problems} == {
        ("system.toml", "title"),
        ("GetThings.toml", "method"),
    }


def test_only_the_systems_that_are_asked_for_are_read(tmp_path: Path) -> None:
    write_catalog(tmp_path, {**GOOD, "workday/Broken.toml": "x ="})
    catalog = load(tmp_path, systems={"shop"})
    assert catalog.systems.keys() == {"shop"}
    assert catalog.operations.keys() == {"GetThings", "MakeThing"}
    assert catalog.problems == ()


def test_no_operation_and_no_system_of_the_catalog_is_named_in_the_code() -> None:
    """The catalog is data: its systems and operations must work under any name."""
    assert len(BUILT_IN.systems) >= 6
    named: set[tuple[str, str]] = set()
    for file in sorted((ROOT / "bridge").rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        literals = re.findall(r"""["']([A-Za-z]+)["']""", re.sub(r'(?s)""".*?"""|(?m:#.*$)', "", text))
        named |= {(str(file), name) for name in BUILT_IN.operations.keys() & set(literals)}
        named |= {(str(file), name) for name in BUILT_IN.systems if name in text.lower()}
    assert named == set()
