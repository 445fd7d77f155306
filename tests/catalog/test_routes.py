"""The routes of the app at its start, read without the catalog, are those of the catalog."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.catalog import load
from bridge.routes import BUILT_IN, catalog_kinds, configured_systems, operation_routes

HEAD = 'method = "{method}"\npath = "{path}"\nkind = "read"\n'


def put(folder: Path, file: str, text: str) -> None:
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(text, "utf-8")


def ids(folder: Path, kind: str = "shop") -> list[str]:
    return [route.id for route in operation_routes(kind, folder)]


def test_the_routes_are_those_of_the_catalog() -> None:
    catalog = load()
    found = {
        (one.id, one.kind, one.method, one.path, one.writes)
        for kind in catalog_kinds(None)
        for one in operation_routes(kind, None)
    }
    assert found == {
        (one.id, one.system, one.method, one.path, one.kind == "write") for one in catalog.operations.values()
    }


def test_no_table_hides_in_the_head_of_a_file(tmp_path: Path) -> None:
    text = 'description = """\n[not a table]\n"""\n' + HEAD.format(method="GET", path="/things") + "[rest]\n"
    put(tmp_path, "shop/GetThings.toml", text)
    assert ids(tmp_path) == ["GetThings"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not toml",
        HEAD.format(method="TRACE", path="/things"),
        HEAD.format(method="GET", path="/things/{*rest}"),
        HEAD.format(method="GET", path="things"),
        HEAD.format(method="GET", path="/things").replace("read", "neither"),
        HEAD.format(method="GET", path="/things").replace('"/things"', "7"),
    ],
)
def test_a_file_without_what_a_route_needs_has_none(tmp_path: Path, text: str) -> None:
    put(tmp_path, "shop/GetThings.toml", text)
    assert ids(tmp_path) == []


@pytest.mark.parametrize("name", ["getThings", "Get-Things", "WhoAmI", "system"])
def test_a_file_whose_name_can_be_no_function_has_no_route(tmp_path: Path, name: str) -> None:
    put(tmp_path, f"shop/{name}.toml", HEAD.format(method="GET", path="/things"))
    assert ids(tmp_path) == []


def test_a_customers_file_takes_no_route_of_a_built_in_operation(tmp_path: Path) -> None:
    put(tmp_path, "workday/AGetAnything.toml", HEAD.format(method="GET", path="/{anything}"))
    put(tmp_path, "workday/Getmyprofile.toml", HEAD.format(method="GET", path="/my-profile"))
    put(tmp_path, "workday/GetMyThings.toml", HEAD.format(method="GET", path="/me/my-things"))
    added = set(ids(tmp_path, "workday")) - {route.id for route in operation_routes("workday", None)}
    assert added == {"GetMyThings"}


def test_a_customers_file_that_replaces_a_built_in_operation_has_its_route(tmp_path: Path) -> None:
    mine = HEAD.format(method="GET", path="/me")
    put(tmp_path, "workday/GetMyOwnProfile.toml", mine + 'replaces = "GetMyProfile"\n')
    assert "GetMyOwnProfile" in ids(tmp_path, "workday")
    assert "GetMyProfile" not in ids(tmp_path, "workday")


def test_the_kinds_are_the_folders_that_hold_a_system(tmp_path: Path) -> None:
    for name in ("shop", "check", "connector", "Shop", "a-b"):
        put(tmp_path, f"{name}/system.toml", "")
    put(tmp_path, "empty/GetThings.toml", "")
    built_in = {file.parent.name for file in BUILT_IN.glob("*/system.toml")}
    assert set(catalog_kinds(tmp_path)) == {"shop", *built_in}


def test_a_system_with_the_name_of_one_of_the_bridges_routes_has_no_routes() -> None:
    assert configured_systems({"BRIDGE_SYSTEMS__CONNECTOR__KIND": "workday"}) == {}
