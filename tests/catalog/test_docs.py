"""The page about the operations is current, and the command line lists and checks them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.catalog.shop import GOOD
from tests.outbound.support import BUILT_IN, write_catalog
from tools.cli.catalog_docs import SCENARIOS, operations_catalog
from tools.cli.main import main

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_current() -> None:
    page = (ROOT / "docs" / "operations-catalog.md").read_text(encoding="utf-8")
    assert page == operations_catalog(BUILT_IN), "run: python -m tools catalog docs > docs/operations-catalog.md"


def test_the_page_covers_the_twenty_scenarios_with_operations_that_exist() -> None:
    assert len(SCENARIOS) == 20
    for title, names, why_not in SCENARIOS:
        assert names or why_not, title
        assert set(filter(None, names.split(", "))) <= BUILT_IN.operations.keys()


def test_every_operation_names_its_evidence_on_the_page() -> None:
    page = operations_catalog(BUILT_IN)
    for operation in BUILT_IN.operations.values():
        assert f"| `{operation.id}` | {operation.evidence} |" in page


@pytest.mark.parametrize("width", ["60", "80", "120"])
def test_the_list_names_every_operation_at_any_width(
    width: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    assert main(["catalog", "list"]) == 0
    shown = capsys.readouterr().out
    assert all(operation.id in shown and operation.path in shown for operation in BUILT_IN.operations.values())
    reads = [one for one in BUILT_IN.operations.values() if one.system == "workday" and one.kind == "read"]
    assert f"Reads ({len([one for one in reads if not one.sensitive])})" in shown


def test_the_list_names_a_sensitive_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sensitive = GOOD["shop/MakeThing.toml"].replace('kind = "write"', 'kind = "write"\nsensitive = true')
    assert main(["catalog", "list", str(write_catalog(tmp_path, {**GOOD, "shop/MakeThing.toml": sensitive}))]) == 0
    assert "MakeThing" in capsys.readouterr().out


def test_a_good_folder_passes_the_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "check", str(write_catalog(tmp_path, GOOD))]) == 0
    assert "operations: 2" in capsys.readouterr().out


def test_a_broken_folder_fails_the_check_and_names_the_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = {**GOOD, "shop/GetThings.toml": GOOD["shop/GetThings.toml"].replace('"GET"', '"FETCH"')}
    assert main(["catalog", "check", str(write_catalog(tmp_path, broken))]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "GetThings.toml: method: expected one of" in shown
