"""`bridge connector diff` says what a new definition breaks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.lint import good
from tests.lint.broken import changed
from tests.support.cases import for_each
from tools.cli.main import main
from tools.lint.diff import changes
from tools.lint.document import Document

Json = dict[str, Any]

BREAKS = """
operationRemoved ListOffices: /paths/~1offices
operationRemoved ListOffices: LIST/operationId: "GetOffices"
requiredInputAdded ListOffices → floor: LIST/parameters/0: {"name": "floor", "in": "query", "required": true}
inputNowRequired BookRoom → seats: BOOKING/required/0: "seats"
inputRemoved BookRoom → seats: SEATS
inputTypeChanged BookRoom → day: DAY/type: "integer"
inputTypeChanged BookRoom → day: DAY/format: "date-time"
inputTypeChanged BookRoom → seats[]: SEATS/items/type: "string"
inputMoved ListOffices → region: REGION/in: "header"
valuesRemoved ListOffices → region: REGION/enum: ["north"]
limitNarrowed ListOffices → limit: LIMIT/maximum: 10
patternChanged ListOffices → region: REGION/pattern: "^n"
outputRemoved GetOffice → result/name: OFFICE/properties/name
outputTypeChanged GetOffice → result/id: OFFICE/properties/id/type: "integer"
hostChanged /host: /host: "hr.contoso.com"
securityChanged /securityDefinitions: /securityDefinitions: {"key": {"type": "apiKey"}}
"""
SAFE = """
operationAdded: /paths/~1x/get: {"operationId": "GetX"}
inputAdded: LIST/parameters/0: {"name": "floor", "in": "query", "required": false}
inputAdded: LIST/parameters/0: {"name": "floor", "in": "query", "required": true, "default": "1"}
outputAdded: OFFICE/properties/city: {"type": "string"}
descriptionChanged: LIST/description: "Other."
meaningChanged: DAY/description: "The last day."
defaultChanged: LIMIT/default: 10
addressChanged: /paths/~1rooms: "$copy /paths/~1offices" & /paths/~1offices
: LIMIT/maximum: 100
: /info/version: "2.0"
"""
"""Kind, place and what is changed in the good definition, as rows of `broken.txt` have it."""


def compared(changes_made: str) -> list[tuple[str, str, str]]:
    new, _ = changed(changes_made)
    found = changes(Document(good.definition(), "document"), Document(new, "document"))
    return [(one.severity.value, one.kind, one.where) for one in found]


@for_each(BREAKS.strip().splitlines(), name=str)
def test_what_breaks_is_an_error(row: str) -> None:
    what, made = row.split(": ", 1)
    kind, where = what.split(" ", 1)
    assert ("error", kind, where) in compared(made)


@for_each(SAFE.strip().splitlines(), name=str)
def test_what_is_safe_is_no_error(row: str) -> None:
    kind, made = row.split(": ", 1)
    found = compared(made)
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
