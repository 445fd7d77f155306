"""The example of docs/add-an-operation.md works as it is written; with docs/catalog-files.md it explains every key."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bridge.catalog import Catalog, load
from bridge.catalog.operation import KEYS
from tests.outbound.support import WORKER, do, write_catalog
from tests.support.client import json_answer

DOCS = Path(__file__).resolve().parents[2] / "docs"
DOC = (DOCS / "add-an-operation.md").read_text(encoding="utf-8")
KEYS_PAGE = (DOCS / "catalog-files.md").read_text(encoding="utf-8")


@pytest.fixture
def own(tmp_path: Path) -> Catalog:
    [example] = re.findall(r"```toml\n(.*?)```", DOC, re.DOTALL)
    return load(write_catalog(tmp_path, {"workday/ChangeMyBusinessTitle.toml": example}))


def test_the_example_has_no_mistakes(own: Catalog) -> None:
    assert own.problems == ()
    assert own.operations["ChangeMyBusinessTitle"].route == "api/workday/me/business-title"


def test_the_example_is_performed(own: Catalog) -> None:
    answer = json_answer({"id": "event", "proposedBusinessTitle": "Chief"}, 201)
    result, [asked] = do(own.operations["ChangeMyBusinessTitle"], {"title": "Chief"}, answer, catalog=own)
    assert asked.url == f"https://services.example/ccx/api/v1/contoso/workers/{WORKER}/businessTitleChanges"
    assert json.loads(asked.body) == {"proposedBusinessTitle": "Chief"}
    assert (result["eventId"], result["proposedTitle"]) == ("event", "Chief")


@pytest.mark.parametrize("module", ["operation", "system"])
def test_every_key_that_a_file_may_hold_is_explained(module: str) -> None:
    source = (Path(__file__).resolve().parents[2] / "bridge" / "catalog" / f"{module}.py").read_text(encoding="utf-8")
    reported = {key for line in re.findall(r'\.done\(\s*"([^"]*)"', source) for key in line.split(", ")}
    reported |= set(re.findall(r"\w+", KEYS)) - {"or"}
    assert {key for key in reported if not re.search(rf"\b{key}\b", DOC + KEYS_PAGE)} == set()
