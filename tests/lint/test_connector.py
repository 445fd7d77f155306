"""Both files of a connector together, and the report of the lint."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.lint import good
from tests.lint.broken import changed
from tests.support.cases import check_each
from tools.cli.main import main
from tools.lint.connector import lint

Json = dict[str, Any]


def write(folder: Path, *documents: Json) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in zip(("apiDefinition.swagger.json", "apiProperties.json"), documents, strict=False):
        (folder / name).write_text(json.dumps(document, indent=2), encoding="utf-8")
    return folder


BOTH = """
: /info/version: "2.0"
: /host: "localhost"
: /host: "rooms.invalid" & POLICIES: [] & PARAMETERS/gateway: {"type": "gatewaySetting"}
PlaceholderInFile: /host: "api.example.com" & POLICIES: []
PlaceholderInFile TenantsDiffer: SECURITY/authorizationUrl: "LOGIN.com/00000000-0000-0000-0000-000000000001/authorize"
TenantsDiffer: SECURITY/authorizationUrl: "LOGIN.com/7d3f2c10-5c1e-4f57-8a6a-0b1f9a2c4d5e/oauth2/v2.0/authorize"
SecurityUrlNotValid: SECURITY/tokenUrl: "https://["
LoginHostsDiffer: SECURITY/tokenUrl: "LOGIN.us/common/token"
ScopesDiffer: SECURITY/scopes/api:~1~1other~1rooms.book: ""
SecurityTypesDiffer: SECURITY & /securityDefinitions/key: {"type": "basic"} & /security
PolicyOperationNotFound: POLICY/parameters/x-ms-apimTemplate-operationName: ["ListCastles"]
ScriptMissing: /properties/scriptOperations: ["ListOffices"]
ScriptOperationNotFound ScriptMissing: /properties/scriptOperations: ["ListCastles"]
"""
"""The rules that are found, and what is changed in the good files, as rows of `broken.txt` have it. The good
properties have a policy that replaces the host."""


def test_what_only_both_files_show(tmp_path: Path) -> None:
    def check(row: str) -> None:
        rules, changes = row.split(": ", 1)
        changes = changes.replace("LOGIN", "https://login.microsoftonline")
        result, _, _ = lint([write(tmp_path, *changed(changes))])
        assert set(result.counts) == set(rules.split())

    check_each({row: row for row in BOTH.strip().splitlines()}, check)


@pytest.mark.parametrize("host", ["bridge.example", "api.example.com", "rooms.invalid"])
def test_a_definition_alone_may_be_a_template_and_its_placeholders_are_noted(
    host: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(write(tmp_path, {**good.definition(), "host": host}))
    assert main(["connector", "lint", "--json", folder]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["findings"] == []
    assert f'errors once both files are given: "{host}".' in " ".join(report["summary"]["notes"])


def test_a_folder_of_folders_is_many_connectors_and_other_files_are_left_alone(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / name, good.definition(), good.properties())
    others = {
        "settings.json": {"connectorId": "x"},
        "flow.json": {"properties": {"definition": {}}, "schemaVersion": "1"},
    }
    for name, document in others.items():
        (tmp_path / "one" / name).write_text(json.dumps(document), encoding="utf-8")
    result, connectors, _ = lint([tmp_path])
    assert (len(connectors), len(result.counts)) == (2, 0)


def test_a_broken_file_of_a_connector_is_found_in_its_folder(tmp_path: Path) -> None:
    write(tmp_path, good.definition())
    (tmp_path / "apiProperties.json").write_text('{"properties": {"iconBrandColor": "#1f5f8b",}}', encoding="utf-8")
    result, _, _ = lint([tmp_path])
    assert [one.found for one in result.findings if one.rule.name == "JsonNotValid"] == [
        "The file is not JSON: there is a comma before } (line 1)."
    ]


@pytest.mark.parametrize(("value", "says"), [("true", "is on"), ("false", "is OFF")])
def test_the_report_says_whether_on_behalf_of_is_on(
    value: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = changed(f'CUSTOM/EnableOnbehalfOfLogin/value: "{value}"')
    assert main(["connector", "lint", str(write(tmp_path, *files))]) == 0
    assert f"On-behalf-of {says}: resource api://rooms" in capsys.readouterr().out


def broken(folder: Path) -> Path:
    """One error, three notices of one rule, with more places than are shown."""
    definition = good.definition()
    definition["host"] = "localhost"
    for name in ("office", "day", "seats"):
        definition["definitions"]["Booking"]["properties"][name]["x-ms-summary"] = "the field"
    return write(folder, definition)


def test_errors_come_first_grouped_by_rule_with_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["connector", "lint", str(broken(tmp_path))]) == 1
    lines = [line for line in capsys.readouterr().out.splitlines() if line]
    assert lines[0] == "Errors: 1"
    assert lines[1].startswith("error HostUnreachable (1): Use a public host name")
    assert re.search(r'apiDefinition.swagger.json:\d+: /host "localhost"$', lines[2])
    assert any(line.startswith("notice SummaryNotTitleCase (3):") for line in lines)
    assert lines[-1] == "1 error, 0 warnings, 3 notices in 1 file: the connector will not import and run in an agent."


def test_what_is_not_listed_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    definition = good.definition()
    for number in range(9):
        definition["paths"][f"/trips{number}"] = {}
    assert main(["connector", "lint", str(write(tmp_path, definition))]) == 0
    assert "and 4 more" in capsys.readouterr().out
    main(["connector", "lint", "--all", str(tmp_path)])
    assert "/trips8" in capsys.readouterr().out.replace("~1", "/")


def test_certification_is_another_question(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    definition = good.definition()
    del definition["info"]["contact"]
    folder = str(write(tmp_path, definition, good.properties()))
    assert main(["connector", "lint", folder]) == 0
    assert main(["connector", "lint", "--certify", folder]) == 1
    assert "error ContactMissing (1)" in capsys.readouterr().out


def test_json_is_what_the_contract_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["connector", "lint", "--json", str(broken(tmp_path))]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["findings"][0] == {
        "rule": "HostUnreachable",
        "severity": "error",
        "certification": "error",
        "file": str(tmp_path / "apiDefinition.swagger.json"),
        "pointer": "/host",
        "message": 'Host unreachable: "localhost"',
        "fix": "Use a public host name: the platform cannot reach a loopback or private address.",
    }
    summary = report["summary"]
    assert (summary["errors"], summary["warnings"], summary["notices"], summary["omitted"]) == (1, 0, 3, 0)
    assert summary["rules"]["SummaryNotTitleCase"] == 3


def test_the_cap_of_the_list_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    definition = good.definition()
    definition["paths"].update({f"/trips{number}": {} for number in range(250)})
    main(["connector", "lint", "--json", str(write(tmp_path, definition, good.properties()))])
    report = json.loads(capsys.readouterr().out)
    assert report["summary"]["rules"]["PathItemEmpty"] == 250
    assert len(report["findings"]) + report["summary"]["omitted"] == 250


def test_sarif_names_the_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["connector", "lint", "--sarif", str(broken(tmp_path))]) == 1
    sarif = json.loads(capsys.readouterr().out)
    lines = (tmp_path / "apiDefinition.swagger.json").read_text(encoding="utf-8").splitlines()
    assert sarif["version"] == "2.1.0"
    (run,) = sarif["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        (location,) = result["locations"]
        pointer = location["logicalLocations"][0]["fullyQualifiedName"]
        key = pointer.rpartition("/")[2]
        line = lines[location["physicalLocation"]["region"]["startLine"] - 1]
        assert key == "" or f'"{key}"' in line, (pointer, line)


def test_what_cannot_be_read_is_reported_and_2_only_if_nothing_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fine = str(write(tmp_path / "fine", good.definition(), good.properties()))
    (tmp_path / "empty").mkdir()
    assert main(["connector", "lint", str(tmp_path / "missing.json")]) == 2
    assert main(["connector", "lint", str(tmp_path / "empty")]) == 2
    assert main(["connector", "lint", fine, str(tmp_path / "missing.json")]) == 0
    assert capsys.readouterr().err.count("missing.json") == 2
