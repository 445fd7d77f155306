"""`bridge connector build` and `bridge connector solution`: the files that they write."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from bridge.catalog import load
from tools.cli.connector import chosen
from tools.cli.connector_icon import is_icon, png, svg
from tools.cli.main import main

IDS = [f"8c2f6f0e-3b51-4c7d-9a10-1f2e3d4c5b6{digit}" for digit in "abc"]
BUILD = ["connector", "build", "--host", "hr.contoso.com", "--tenant-id", IDS[0], "--client-id", IDS[1]]
SOLUTION = ["connector", "solution", *BUILD[2:], "--connector-client-id", IDS[2]]
WRITTEN = ["apiDefinition.swagger.json", "apiProperties.json", "icon.png", "icon.svg"]
VARIABLE = "environmentvariabledefinitions/{0}/environmentvariabledefinition.xml"
Json = dict[str, Any]


def definition(folder: Path) -> Json:
    found: Json = json.loads((folder / WRITTEN[0]).read_text(encoding="utf-8"))
    return found


def ids(document: Json) -> set[str]:
    return {one["operationId"] for path in document["paths"].values() for one in path.values()}


def test_build_writes_files_that_the_lint_accepts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new"
    assert main([*BUILD, "--connector-client-id", IDS[2], "--out", str(folder)]) == 0
    assert sorted(file.name for file in folder.iterdir()) == WRITTEN
    writes = [path["post"] for path in definition(folder)["paths"].values() if "post" in path]
    assert all(one["x-ms-require-user-confirmation"] is True for one in writes)
    for certify in ([], ["--certify"]):
        assert main(["connector", "lint", str(folder), *certify]) == 0
        assert "0 errors, 0 warnings, 0 notices in 2 files" in capsys.readouterr().out
    text = "".join((folder / name).read_text(encoding="utf-8") for name in WRITTEN[:2])
    assert all(value in text for value in ("hr.contoso.com", *IDS))


def test_build_makes_what_people_see(tmp_path: Path) -> None:
    options = ["--title", "My HR", "--contact", "HR desk <hr@contoso.com>", "--brand-color", "#335577", "--settings"]
    assert main([*BUILD, *options, "--out", str(tmp_path)]) == 0
    info = definition(tmp_path)["info"]
    assert (info["title"], info["contact"]["name"]) == ("My HR", "HR desk")
    properties = json.loads((tmp_path / WRITTEN[1]).read_text(encoding="utf-8"))
    assert properties["properties"]["iconBrandColor"] == "#335577"
    assert json.loads((tmp_path / "settings.json").read_text(encoding="utf-8")) == {
        "apiDefinition": WRITTEN[0],
        "apiProperties": WRITTEN[1],
        "icon": "icon.png",
    }
    assert is_icon((tmp_path / "icon.png").read_bytes())
    assert "#335577" in (tmp_path / "icon.svg").read_text(encoding="utf-8")


def test_what_people_see_has_its_default_in_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGE_CONNECTOR__TITLE", "Our HR")
    monkeypatch.setenv("BRIDGE_CONNECTOR__CONTACT", "HR desk <hr@contoso.com>")
    assert main([*BUILD, "--out", str(tmp_path)]) == 0
    info = definition(tmp_path)["info"]
    assert (info["title"], info["contact"]["email"]) == ("Our HR", "hr@contoso.com")
    monkeypatch.setenv("BRIDGE_CONNECTOR__TITLE", "Our / HR")
    with pytest.raises(SystemExit):
        main([*BUILD, "--out", str(tmp_path)])
    assert main([*BUILD, "--title", "My HR", "--out", str(tmp_path)]) == 0
    assert definition(tmp_path)["info"]["title"] == "My HR"


def test_build_takes_the_lists_that_codes_come_from_and_the_reads_that_confirm_a_write_along(tmp_path: Path) -> None:
    assert main([*BUILD, "--operations", "RequestMyTimeOff", "--out", str(tmp_path)]) == 0
    expected = {"WhoAmI", "RequestMyTimeOff", "ListMyAbsenceTypes", "ListTimeOffReasons", "ListMyRequests"}
    assert ids(definition(tmp_path)) == expected


def test_build_takes_reads_or_writes() -> None:
    catalog = load(systems={"workday"})
    reads, writes = (set(chosen(catalog, [kind])[0].operations) for kind in ("reads", "writes"))
    assert "GetMyProfile" in reads - writes
    assert "RequestMyTimeOff" in writes - reads
    companions = {catalog.operations[name].confirm_with for name in writes} - {None}
    assert companions <= writes


def test_a_set_that_is_unknown_is_reported_with_those_that_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*BUILD, "--operations", "holidays", "--out", str(tmp_path)]) == 2
    assert "holidays: expected" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_system_that_is_unknown_is_reported_with_those_that_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*BUILD, "--systems", "workdey", "--out", str(tmp_path)]) == 2
    assert "--systems workdey: expected powerautomate, " in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_sets_come_from_the_catalog() -> None:
    catalog = load(systems={"workday"})
    one = replace(catalog.operations["GetMyProfile"], set="mine")
    (system,) = chosen(replace(catalog, operations={**catalog.operations, one.id: one}), ["mine"])
    assert system.operations == {"GetMyProfile"}
    assert chosen(catalog, ["Time off", "getmyprofile"]) == chosen(catalog, ["time-off", "GetMyProfile"])


def test_a_given_icon_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "own.png"
    own.write_bytes(png("#112233"))
    assert main([*BUILD, "--icon", str(own), "--out", str(tmp_path / "new")]) == 0
    assert (tmp_path / "new" / "icon.png").read_bytes() == own.read_bytes()
    own.write_bytes(b"<svg/>")
    with pytest.raises(SystemExit):
        main([*BUILD, "--icon", str(own), "--out", str(tmp_path / "new")])
    assert "expected a PNG" in capsys.readouterr().err


def test_the_shipped_icon_is_current() -> None:
    folder = Path(__file__).parents[2] / "openapi"
    assert (folder / "icon.png").read_bytes() == png("#1f5f8b")
    assert (folder / "icon.svg").read_text(encoding="utf-8") == svg("#1f5f8b")


def test_a_solution_holds_the_connector_with_environment_variables(tmp_path: Path) -> None:
    assert main([*SOLUTION, "--name", "Rooms", "--prefix", "contoso", "--out", str(tmp_path)]) == 0
    with zipfile.ZipFile(tmp_path / "Rooms.zip") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = etree.fromstring(files["solution.xml"]).find("SolutionManifest")
    assert manifest is not None
    assert (manifest.findtext("UniqueName"), manifest.findtext("Managed")) == ("Rooms", "0")
    components = {(one.get("type"), one.get("schemaName")) for one in manifest.iter("RootComponent")}
    variables = {f"contoso_Rooms{name}" for name in ("Host", "ClientId", "TenantId", "Resource")}
    assert components == {("372", "contoso_rooms"), *(("380", name) for name in variables)}
    connector = etree.fromstring(files["customizations.xml"]).find("Connectors/Connector")
    assert connector is not None
    assert connector.findtext("connectorid") == next(
        str(one.get("id")).strip("{}") for one in manifest.iter("RootComponent") if one.get("type") == "372"
    )
    parts = [str(connector.findtext(part)) for part in ("openapidefinition", "connectionparameters", "iconblob")]
    assert all(part.removeprefix("/") in files for part in parts)
    used = set(re.findall(rb'@environmentVariables\(\\"(\w+)\\"\)', b"".join(files.values())))
    assert {name.decode() for name in used} == variables
    for name in variables:
        definition = etree.fromstring(files[VARIABLE.format(name)])
        assert definition.get("schemaname") == name
        assert definition.find("defaultvalue") is None, "with a default, no stage is asked for its own value"
    settings = json.loads((tmp_path / "Rooms.settings.json").read_text(encoding="utf-8"))
    values = {row["SchemaName"]: row["Value"] for row in settings["EnvironmentVariables"]}
    assert values.keys() == variables
    assert set(values.values()) == {"hr.contoso.com", IDS[0], f"api://{IDS[1]}", IDS[2]}
    assert b"secret" not in b"".join(files.values()).lower().replace(b"secretstore", b"")


EXPORTED = {
    "customizations.xml": (
        "Entities Roles Workflows FieldSecurityProfiles Templates EntityMaps EntityRelationships OrganizationSettings "
        "optionsets CustomControls EntityDataProviders Connectors Languages"
    ),
    "customizations.xml Connectors/Connector": (
        "connectorid description displayname iconbrandcolor name connectortype openapidefinition "
        "connectionparameters policytemplateinstances iconblob"
    ),
    "solution.xml SolutionManifest": (
        "UniqueName LocalizedNames Descriptions Version Managed Publisher RootComponents MissingDependencies"
    ),
    "solution.xml SolutionManifest/Publisher": (
        "UniqueName LocalizedNames Descriptions EMailAddress SupportingWebsiteUrl CustomizationPrefix "
        "CustomizationOptionValuePrefix Addresses"
    ),
}
"""The elements of Dataverse's own exports, in their order: see the sources in `connector_solution.py`."""


def test_the_solution_has_the_elements_of_an_export_in_their_order(tmp_path: Path) -> None:
    assert main([*SOLUTION, "--name", "My_Rooms", "--prefix", "contoso", "--out", str(tmp_path)]) == 0
    with zipfile.ZipFile(tmp_path / "My_Rooms.zip") as archive:
        names = archive.namelist()
        for place, elements in EXPORTED.items():
            file, _, path = place.partition(" ")
            found = etree.fromstring(archive.read(file)).find(path or ".")
            assert found is not None
            assert [one.tag for one in found] == elements.split(), place
    parts = ("openapidefinition.json", "connectionparameters.json", "policytemplateinstances.json", "iconblob.Png")
    assert {name for name in names if name.startswith("Connector/")} == {
        f"Connector/contoso_myrooms_{part}" for part in parts
    }


def test_the_solution_s_folder_holds_the_same_parts_and_is_the_same_each_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        assert main([*SOLUTION, "--out", str(tmp_path / name)]) == 0
    assert (tmp_path / "one" / "ConnectorForBridge.zip").read_bytes() == (
        tmp_path / "two" / "ConnectorForBridge.zip"
    ).read_bytes()
    folder = tmp_path / "one" / "ConnectorForBridge"
    with zipfile.ZipFile(tmp_path / "one" / "ConnectorForBridge.zip") as archive:
        for name in archive.namelist():
            if name.startswith("Connector/"):
                assert (folder / "Connectors" / name.partition("/")[2]).read_bytes() == archive.read(name)
    assert (folder / "Other" / "Solution.xml").is_file()
    assert (folder / "Other" / "Customizations.xml").is_file()
    assert main(["connector", "lint", str(folder)]) == 0
    assert "0 errors, 0 warnings, 0 notices in 2 files" in capsys.readouterr().out
    parameters = next(folder.glob("Connectors/*_connectionparameters.json"))
    parameters.write_text(parameters.read_text(encoding="utf-8").replace('"aad"', '"oauth2"'), encoding="utf-8")
    assert main(["connector", "lint", str(folder)]) == 1
    assert "/token/oAuthSettings/identityProvider" in capsys.readouterr().out


def test_build_without_the_connector_app_says_what_is_left_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*BUILD, "--out", str(tmp_path)]) == 0
    assert "connector app" in capsys.readouterr().out


def test_build_for_another_cloud_signs_in_there(tmp_path: Path) -> None:
    assert main([*BUILD, "--cloud", "usgov", "--out", str(tmp_path)]) == 0
    for file in tmp_path.glob("*.json"):
        assert "https://login.microsoftonline.us" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--host", "https://bridge.example"),
        ("--host", "bridge.example/api"),
        ("--host", "bridge example"),
        ("--host", ""),
        ("--tenant-id", "contoso.onmicrosoft.com"),
        ("--client-id", f"api://{IDS[1]}"),
        ("--catalog", "no-such-folder"),
        ("--title", "Workday / me"),
        ("--title", "x" * 31),
        ("--contact", "HR desk"),
        ("--brand-color", "blue"),
        ("--icon", "no-such-file.png"),
    ],
)
def test_build_refuses_what_is_no_host_or_id(
    option: str, value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main([*BUILD, "--out", str(tmp_path), option, value])
    assert stop.value.code == 2
    assert option in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_build_into_what_is_no_folder_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main([*BUILD, "--out", str(tmp_path / "file")]) == 2
    assert "file" in capsys.readouterr().err
