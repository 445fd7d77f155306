"""Every rule of the grammar, as one mistake in a good folder: the file, the field and what is expected are reported."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from bridge.catalog import CatalogError, load
from bridge.catalog.problem import Problem
from tests.catalog.shop import GOOD, READ, WRITE
from tests.outbound.support import write_catalog
from tests.support.cases import check_each

R, W = "shop/GetThings.toml", "shop/MakeThing.toml"
FILES = {
    "read": R,
    "write": W,
    "template": "shop/MakeThing.xml",
    "system": "shop/system.toml",
    "list": "shop/lists/colors.toml",
}

BY_REST = (
    WRITE.replace('service = "soap"\ntemplate = "MakeThing.xml"', 'service = "rest"\nmethod = "POST"\npath = "/things"')
    .replace("[soap]", "[rest]")
    .replace('"s:Id"', '"/id"')
    + "[rest.body]\n"
)

LIST_IN_RECORD = """
[outputs.rows]
type = "array"
title = "Rows"
description = "The rows of the answer."
from = "/rows"
items.type = "object"
[outputs.rows.items.properties.inner]
type = "array"
title = "Inner"
description = "The entries of a row."
from = "/inner"
items.type = "object"
"""

Mistake = tuple[str, str, str, str, str]
"""File, original text, wrong text, the field that is reported, a part of what is expected."""
MISTAKES: dict[str, Mistake] = {
    **{
        f"{FILES[file]}: {name}": (FILES[file], *row)
        for file, rows in tomllib.loads(Path(__file__).with_name("mistakes.toml").read_text("utf-8")).items()
        for name, row in rows.items()
    },
    **{
        f"service account, REST {me}": (
            R,
            READ,
            f'subject = "service"{READ}'.replace("/things/{color}", f"/people/{me}/{{color}}"),
            "subject",
            "the request names 'me'",
        )
        for me in ("me", "ME", "me.json", "Me-2")
    },
    "JSON each outside a list": (
        W,
        WRITE,
        BY_REST + 'a = { "@each" = "days", n = "{note}" }',
        "template body.a",
        "inside a list",
    ),
    "a body that is no JSON": (W, WRITE, BY_REST + "a = 2026-01-31", "template body.a", "that JSON has"),
    "body and form": (W, WRITE, BY_REST + "a = '{note}'\n[rest.form]\nb = 'c'", "rest.form", "either a body"),
    "a filter that an absent input would remove": (
        R,
        READ,
        READ.replace('"/things/{color}"', '"/things"\nquery = { f = "mine and c = {color:odata}" }'),
        "rest.query.f",
        "'color' in required",
    ),
    "a list of records in a record": (
        R,
        READ,
        READ + LIST_IN_RECORD,
        "outputs.rows.items.properties.inner.items.type",
        "expected one of boolean, integer, number, string",
    ),
}


def of_shop(folder: Path, files: Mapping[str, str]) -> tuple[Problem, ...]:
    """The mistakes of a folder with nothing built in beside it."""
    return load(write_catalog(folder, files), systems={"shop"}).problems


def test_the_good_folder_has_no_mistakes(tmp_path: Path) -> None:
    assert of_shop(tmp_path, GOOD) == ()


def test_each_mistake_is_reported_with_file_field_and_what_is_expected(tmp_path: Path) -> None:
    def check(mistake: Mistake) -> None:
        file, there, instead, field, expected = mistake
        assert there in GOOD[file]
        problems = of_shop(tmp_path, {**GOOD, file: GOOD[file].replace(there, instead, 1)})
        reported = [problem for problem in problems if problem.field == field and expected in problem.expected]
        assert reported, "; ".join(map(str, problems))
        assert {problem.file.stem for problem in reported} == {Path(file).stem}

    check_each(MISTAKES, check)


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    broken = READ.replace('"GET"', '"FETCH"').replace('"Get things"', '"get"').replace('"/count"', '"count"')
    problems = of_shop(tmp_path, {**GOOD, R: broken, W: WRITE.replace('"s:Id"', '"s:Id["')})
    assert {(problem.file.name, problem.field) for problem in problems} == {
        ("GetThings.toml", "method"),
        ("GetThings.toml", "summary"),
        ("GetThings.toml", "outputs.count.from"),
        ("MakeThing.toml", "outputs.thingId.from"),
    }


def test_a_mistake_in_a_built_in_operation_is_an_error_when_it_is_used(tmp_path: Path) -> None:
    write_catalog(tmp_path, {**GOOD, R: READ.replace('"GET"', '"FETCH"').replace('"/count"', '"count"')})
    operations = load(built_in=tmp_path).operations
    assert operations["MakeThing"].kind == "write"
    with pytest.raises(CatalogError) as caught:
        operations["GetThings"]
    assert [problem.field for problem in caught.value.problems] == ["method", "outputs.count.from"]
    assert "GetThings.toml: method: expected one of" in str(caught.value)
