"""`bridge catalog needs`: the permissions that open operations need, in the documentation and on the command line."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from bridge.catalog import Catalog, load
from bridge.check.catalog_lines import list_lines
from tests.outbound.support import BUILT_IN, write_catalog
from tools.cli.catalog_needs import HEAD
from tools.cli.main import main

PAGE = Path(__file__).resolve().parents[2] / "docs" / "workday-permissions.md"
EVERYTHING = ["--open", "reads writes approvals sensitive"]


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["catalog", "needs", *arguments]) == 0
    return capsys.readouterr().out


def test_the_table_in_the_documentation_is_current(capsys: pytest.CaptureFixture[str]) -> None:
    """If not: run the command above the table."""
    table = re.search(r"<!-- made by: .* -->\n(.*?)<!-- end -->", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert table is not None
    assert table[1].strip() == printed(capsys, "--markdown", *EVERYTHING).strip()


def test_every_operation_with_a_call_is_in_exactly_one_row(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(printed(capsys, "--csv", *EVERYTHING))))
    named = [id_ for row in rows for id_ in row["Operations"].split(", ")]
    assert sorted(named) == sorted(one.id for one in BUILT_IN.operations.values() if one.service)
    assert tuple(rows[0]) == HEAD


def test_only_what_is_open_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    table = printed(capsys, "--csv", "--open", "GetMyProfile ApproveRequest")
    assert {row["Operations"] for row in csv.DictReader(io.StringIO(table))} == {"ApproveRequest", "GetMyProfile"}
    usual = printed(capsys, "--csv")
    assert "ChangeMyLegalName" in usual
    assert not {"ApproveRequest", "GetMyPaySlips"} & set(re.findall(r"\w+", usual))


def test_the_setting_of_the_shell_says_what_is_open(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BRIDGE_SYSTEMS__WORKDAY__OPERATIONS", "GetMyPaySlips")
    shown = printed(capsys)
    assert "Self-Service: Payroll (My Payslips)" in shown
    assert "GetMyProfile" not in shown


def test_what_is_open_needs_what_its_lookups_need_though_those_are_closed(capsys: pytest.CaptureFixture[str]) -> None:
    table = printed(capsys, "--csv", "--open", "ChangeMyLegalName")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert {row["Operations"] for row in rows} == {"ChangeMyLegalName"}
    assert {(row["By"], row["Permission"]) for row in rows} == {("SOAP", "Put"), ("REST", "View")}
    domains = {name for row in rows for name in row["Domain"].replace(" (verify in your tenant)", "").split(", ")}
    assert domains >= {"Person Data: Name", "Worker Data: Public Worker Reports"}


def test_soap_and_rest_have_permissions_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    rows = csv.DictReader(io.StringIO(printed(capsys, "--csv", *EVERYTHING)))
    kinds: dict[str, set[str]] = {}
    for row in rows:
        kinds.setdefault(row["By"], set()).update(filter(None, row["Permission"].split(", ")))
    assert kinds == {"SOAP": {"Get", "Put"}, "REST": {"View", "Modify"}}


def test_an_unknown_system_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "needs", "--system", "workdey"]) == 2
    assert "no system 'workdey'" in capsys.readouterr().err


def test_mistakes_of_the_folder_are_reported_beside_the_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_catalog(tmp_path, {"workday/Broken.toml": "method = 1\n"})
    assert main(["catalog", "needs", str(folder), "--csv"]) == 1
    shown = capsys.readouterr()
    assert ("GetMyProfile" in shown.out, "Broken.toml" in shown.out, "Broken.toml" in shown.err) == (True, False, True)


def test_check_warns_of_each_open_operation_whose_list_has_sample_values(tmp_path: Path) -> None:
    def warned(catalog: Catalog, *opened: str) -> dict[str, str]:
        lines = list(list_lines("workday", opened, catalog, "own"))
        assert {(line.code, str(line.state)) for line in lines} <= {("sample_list", "warning")}
        return {line.title.split()[0]: " ".join(line.fix) for line in lines}

    found = warned(BUILT_IN, "RequestMyDocument", "RequestMyTimeOffDays", "ListTimeOffTypes", "GetMyProfile")
    assert found.keys() == {"RequestMyDocument", "RequestMyTimeOffDays", "ListTimeOffTypes"}
    assert "own/workday/lists/document-types.toml" in found["RequestMyDocument"]
    assert "time-off-reasons" in found["RequestMyTimeOffDays"], "its kinds of absence are read live"
    own = {"workday/lists/document-types.toml": '[titles]\nLETTER_1 = "A letter"\n'}
    replaced = load(write_catalog(tmp_path, own), systems={"workday"})
    assert warned(replaced, "RequestMyDocument") == {}
    assert replaced.problems == ()
