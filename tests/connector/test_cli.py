"""`bridge connector build` and `bridge connector lint` as a person meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.lint import good
from tools.cli.main import main

IDS = [f"00000000-0000-0000-0000-{number:012}" for number in (1, 2, 3)]
BUILD = ["connector", "build", "--host", "bridge.example.com", "--tenant-id", IDS[0], "--client-id", IDS[1]]


def write(folder: Path, document: object) -> str:
    file = folder / "file.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return str(file)


def test_build_writes_two_files_that_the_lint_accepts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*BUILD, "--connector-client-id", IDS[2], "--out", str(tmp_path / "new")]) == 0
    files = sorted((tmp_path / "new").iterdir())
    assert [file.name for file in files] == ["apiDefinition.swagger.json", "apiProperties.json"]
    assert main(["connector", "lint", *map(str, files)]) == 0
    assert capsys.readouterr().out.count("nothing wrong") == 2
    text = files[0].read_text(encoding="utf-8") + files[1].read_text(encoding="utf-8")
    assert all(value in text for value in ("bridge.example.com", *IDS))


def test_build_without_the_connector_app_says_what_is_left_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*BUILD, "--out", str(tmp_path)]) == 0
    assert "connector app" in capsys.readouterr().out


def test_build_for_another_cloud_signs_in_there(tmp_path: Path) -> None:
    assert main([*BUILD, "--cloud", "usgov", "--out", str(tmp_path)]) == 0
    for file in tmp_path.iterdir():
        assert "https://login.microsoftonline.us" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--host", "https://bridge.example.com"),
        ("--host", "bridge.example.com/api"),
        ("--host", "bridge example"),
        ("--host", ""),
        ("--tenant-id", "contoso.onmicrosoft.com"),
        ("--client-id", f"api://{IDS[1]}"),
        ("--catalog", "no-such-folder"),
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


def test_build_into_what_is_no_folder_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main([*BUILD, "--out", str(tmp_path / "file")]) == 2
    assert "file" in capsys.readouterr().err


def test_lint_prints_one_line_a_finding_with_rule_place_and_fix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = good.definition()
    document["host"] = "https://rooms.contoso.example"
    document["paths"]["/bookings"]["post"]["operationId"] = "Book_Room"
    file = write(tmp_path, document)
    assert main(["connector", "lint", file]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        f'{file}: error HostNameNotValid at /host "https://rooms.contoso.example": '
        "Give the host name alone, without https:// and without a path.",
        f'{file}: error OperationIdSanitized at /paths/~1bookings/post/operationId "Book_Room": '
        "Use only letters and digits in an operationId.",
    ]


def test_notices_are_printed_but_do_not_fail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = good.definition()
    del document["x-ms-connector-metadata"]
    assert main(["connector", "lint", write(tmp_path, document)]) == 0
    assert "notice ConnectorMetadataPropertiesMissing" in capsys.readouterr().out


def test_the_worst_file_decides_and_a_missing_one_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fine = write(tmp_path, good.definition())
    assert main(["connector", "lint", fine, str(tmp_path / "missing.json")]) == 2
    assert "missing.json" in capsys.readouterr().err
