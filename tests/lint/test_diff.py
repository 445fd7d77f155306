"""`bridge connector diff` tells what a new definition breaks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.lint import good
from tools.cli.main import main
from tools.lint.diff import changes
from tools.lint.document import Document

Json = dict[str, Any]


def fields(definition: Json) -> Json:
    found: Json = definition["definitions"]["Booking"]["properties"]
    return found


def office(definition: Json) -> Json:
    found: Json = definition["definitions"]["Office"]["properties"]
    return found


def parameter(definition: Json, number: int) -> Json:
    found: Json = definition["paths"]["/offices"]["get"]["parameters"][number]
    return found


def new_input(definition: Json, required: bool, **more: object) -> None:
    row = {"name": "floor", "in": "query", "type": "string", "required": required, **more}
    definition["paths"]["/offices"]["get"]["parameters"].append(row)


def require(definition: Json) -> None:
    definition["definitions"]["Booking"]["required"].append("seats")


BREAKS: dict[str, tuple[Callable[[Json], object], str, str]] = {
    "operation": (lambda new: new["paths"].pop("/offices"), "operationRemoved", "ListOffices"),
    "operationId": (
        lambda new: new["paths"]["/offices"]["get"].update(operationId="GetOffices"),
        "operationRemoved",
        "ListOffices",
    ),
    "required input": (lambda new: new_input(new, True), "requiredInputAdded", "ListOffices → floor"),
    "now required": (require, "inputNowRequired", "BookRoom → seats"),
    "input": (lambda new: fields(new).pop("seats"), "inputRemoved", "BookRoom → seats"),
    "input type": (lambda new: fields(new)["day"].update(type="integer"), "inputTypeChanged", "BookRoom → day"),
    "format": (lambda new: fields(new)["day"].update(format="date-time"), "inputTypeChanged", "BookRoom → day"),
    "value": (lambda new: parameter(new, 0)["enum"].remove("south"), "valuesRemoved", "ListOffices → region"),
    "limit": (lambda new: parameter(new, 1).update(maximum=10), "limitNarrowed", "ListOffices → limit"),
    "pattern": (lambda new: parameter(new, 0).update(pattern="^n"), "patternChanged", "ListOffices → region"),
    "place": (lambda new: parameter(new, 0).update({"in": "header"}), "inputMoved", "ListOffices → region"),
    "output": (lambda new: office(new).pop("name"), "outputRemoved", "GetOffice → result/name"),
    "output type": (lambda new: office(new)["id"].update(type="integer"), "outputTypeChanged", "GetOffice → result/id"),
    "nested": (
        lambda new: fields(new)["seats"]["items"].update(type="string"),
        "inputTypeChanged",
        "BookRoom → seats[]",
    ),
    "host": (lambda new: new.update(host="hr.contoso.com"), "hostChanged", "/host"),
    "security": (
        lambda new: new.update(securityDefinitions={"key": {"type": "apiKey"}}),
        "securityChanged",
        "/securityDefinitions",
    ),
}
SAFE: dict[str, tuple[Callable[[Json], object], str]] = {
    "operation": (lambda new: new["paths"].update({"/x": {"get": {"operationId": "GetX"}}}), "operationAdded"),
    "optional input": (lambda new: new_input(new, False), "inputAdded"),
    "input with a default": (lambda new: new_input(new, True, default="1"), "inputAdded"),
    "output": (lambda new: office(new).update(city={"type": "string"}), "outputAdded"),
    "description": (
        lambda new: new["paths"]["/offices"]["get"].update(description="Other."),
        "descriptionChanged",
    ),
    "meaning": (lambda new: fields(new)["day"].update(description="The last day."), "meaningChanged"),
    "default": (lambda new: parameter(new, 1).update(default=10), "defaultChanged"),
    "address": (lambda new: new["paths"].update({"/rooms": new["paths"].pop("/offices")}), "addressChanged"),
    "wider": (lambda new: parameter(new, 1).update(maximum=100), ""),
    "nothing": (lambda new: None, ""),
}


def compared(change: Callable[[Json], object]) -> list[tuple[str, str, str]]:
    new = good.definition()
    change(new)
    found = changes(Document(good.definition(), "document"), Document(new, "document"))
    return [(one.severity.value, one.kind, one.where) for one in found]


@pytest.mark.parametrize(("change", "kind", "where"), BREAKS.values(), ids=BREAKS.keys())
def test_what_breaks_is_an_error(change: Callable[[Json], object], kind: str, where: str) -> None:
    assert ("error", kind, where) in compared(change)


@pytest.mark.parametrize(("change", "kind"), SAFE.values(), ids=SAFE.keys())
def test_what_is_safe_is_no_error(change: Callable[[Json], object], kind: str) -> None:
    found = compared(change)
    assert [one for one in found if one[0] == "error"] == []
    assert {one[1] for one in found} == ({kind} if kind else set())


def write(folder: Path, definition: Json) -> str:
    folder.mkdir()
    file = folder / "apiDefinition.swagger.json"
    file.write_text(json.dumps(definition), encoding="utf-8")
    return str(file)


def test_the_command_says_what_breaks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = good.definition()
    del new["paths"]["/offices"]
    files = [write(tmp_path / "old", good.definition()), write(tmp_path / "new", new)]
    assert main(["connector", "diff", *files]) == 1
    assert "operationRemoved" in capsys.readouterr().out
    assert main(["connector", "diff", files[0], files[0]]) == 0
    assert main(["connector", "diff", files[0], str(tmp_path / "none.json")]) == 2
    assert main(["connector", "diff", "--json", *files]) == 1
    assert "none.json" in capsys.readouterr().err
