"""The operators' documents hold together: queries ask for fields that are logged."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
QUERIES = {file: file.read_text(encoding="utf-8") for file in (ROOT / "infra" / "queries").glob("*.kql")}


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_queries_ask_for_fields_that_are_logged() -> None:
    logged = set(re.findall(r'"(\w+)":', read(ROOT / "bridge" / "api" / "log.py")))
    asked = {field for query in QUERIES.values() for field in re.findall(r"\br\.(\w+)", query)}
    assert len(asked) > 8
    assert asked <= logged


def test_every_logged_field_is_explained() -> None:
    logged = set(re.findall(r'^        "(\w+)":', read(ROOT / "bridge" / "api" / "log.py"), re.MULTILINE))
    explained = set(re.findall(r"`(\w+)`", PAGE.partition("## Questions")[0]))
    assert logged <= explained


def test_operations_md_leads_to_each_query_and_shows_two_as_they_are() -> None:
    """The alerts' queries are run by the template."""
    asked = [file for file in QUERIES if not file.name.startswith("alert-")]
    assert [file.name for file in asked if f"infra/queries/{file.name}" not in PAGE and read(file) not in PAGE] == []
    shown = re.findall(r"^```kusto\n(.*?)^```", PAGE, re.M | re.S)
    assert len(shown) == 2
    assert {query.strip() for query in shown} <= {query.strip() for query in QUERIES.values()}


def test_the_settings_that_deploy_md_names_are_in_the_sample() -> None:
    sample = set(re.findall(r"^([A-Z_]+)=", read(ROOT / "deploy" / "settings.sample.env"), re.MULTILINE))
    named = set(re.findall(r"^([A-Z][A-Z_]+)='", read(ROOT / "docs" / "deploy.md"), re.MULTILINE))
    assert {name for name in named if not name.startswith("BRIDGE_")} <= sample


def test_every_script_is_in_deploy_md() -> None:
    scripts = {path.name for path in (ROOT / "deploy").glob("[0-9]*.sh")}
    assert scripts == set(re.findall(r"[0-9]-[a-z-]+\.sh", read(ROOT / "docs" / "deploy.md")))
