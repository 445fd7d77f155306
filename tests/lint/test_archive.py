"""Judged by published connectors: 56 certified ones and 20 samples, read beside the project and never copied into it.

Without the archive the tests are skipped: it is no part of the project.
"""

from __future__ import annotations

import json
import re
import tarfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from bridge.catalog import load
from bridge.connector.deployment import Deployment
from bridge.connector.openapi import definition
from tools.cli.main import main
from tools.lint.check import Result
from tools.lint.connector import lint
from tools.lint.reading import read
from tools.lint.rule import RULES, Severity

ARCHIVE = Path(__file__).parents[2].parent / "shared" / "facts" / "connectors.tar.xz"
MOST_WITH_ERRORS = 0.08
SLOW_SECONDS = 2.0

pytestmark = pytest.mark.skipif(not ARCHIVE.is_file(), reason="the archive of published connectors is not here")


@cache
def files() -> Mapping[str, bytes]:
    """Path inside the archive → content."""
    with tarfile.open(ARCHIVE) as archive:
        members = [member for member in archive.getmembers() if member.isfile()]
        return {member.name: stream.read() for member in members if (stream := archive.extractfile(member))}


@dataclass(frozen=True, slots=True)
class Linted:
    """A published connector, and what the lint says of it. `alone`: of its definition without the other file."""

    name: str
    result: Result
    alone: Result
    seconds: float
    errors: list[OSError]


@pytest.fixture(scope="module")
def connectors(tmp_path_factory: pytest.TempPathFactory) -> list[Linted]:
    """All published connectors, linted once."""
    root = tmp_path_factory.mktemp("published")
    for name, data in files().items():
        if "/schemas/" not in name:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    return [_linted(folder) for folder in sorted({path.parent for path in root.rglob("api*.json")})]


def _linted(folder: Path) -> Linted:
    started = time.process_time()
    result, _, errors = lint([folder])
    seconds = time.process_time() - started
    alone, _, _ = lint(folder.glob("apiDefinition*.json"))
    return Linted(folder.name, result, alone, seconds, errors)


def test_working_connectors_have_no_error_by_default(connectors: list[Linted]) -> None:
    wrong = {one.name for one in connectors if one.result.total(Severity.ERROR) or one.alone.total(Severity.ERROR)}
    assert len(connectors) > 70
    assert len(wrong) <= MOST_WITH_ERRORS * len(connectors), sorted(wrong)


def test_certification_asks_for_more(connectors: list[Linted]) -> None:
    wrong = [one for one in connectors if one.result.total(Severity.ERROR, certify=True)]
    assert len(wrong) > len(connectors) / 2


def test_every_published_file_is_read_and_fast(connectors: list[Linted]) -> None:
    for one in connectors:
        assert not one.errors
        assert not {"JsonNotValid", "NotAConnectorFile"} & one.result.counts.keys(), one.name
        assert one.seconds < SLOW_SECONDS, one.name


def test_the_severities_of_a_rule_never_ask_less_of_a_certified_connector() -> None:
    order = list(Severity)
    assert [one.name for one in RULES.values() if order.index(one.certification) > order.index(one.severity)] == []


def test_our_definition_is_valid_by_microsoft_s_schema() -> None:
    (name,) = [one for one in files() if one.endswith("apiDefinition.swagger.schema.json")]
    schema = _lenient(files()[name])
    document = definition(load(None), Deployment(host="bridge.example", tenant_id="common", client_id="rooms"))
    errors = [f"{'/'.join(map(str, one.path))}: {one.message}" for one in Draft4Validator(schema).iter_errors(document)]
    assert errors == []


def test_our_settings_are_valid_by_microsoft_s_schema(tmp_path: Path) -> None:
    (name,) = [one for one in files() if one.endswith("paconn-settings.schema.json")]
    identifiers = [f"8c2f6f0e-3b51-4c7d-9a10-1f2e3d4c5b6{digit}" for digit in "ab"]
    build = ["connector", "build", "--host", "hr.contoso.com", "--settings", "--out", str(tmp_path)]
    assert main([*build, "--tenant-id", identifiers[0], "--client-id", identifiers[1]]) == 0
    settings = json.loads((tmp_path / "settings.json").read_text(encoding="utf-8"))
    assert list(Draft4Validator(_lenient(files()[name])).iter_errors(settings)) == []


def _lenient(data: bytes) -> Any:
    """The published schema has comments and commas before closing brackets."""
    text = data.decode("utf-8-sig")
    token = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
    plain = token.sub(lambda match: match[0] if match[0].startswith('"') else " ", text)
    without = re.sub(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', lambda match: match[1] or "", plain)
    return read(without.encode()).value
