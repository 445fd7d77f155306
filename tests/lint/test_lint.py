"""The lint finds what each rule is about, and leaves well-formed connectors alone."""

from __future__ import annotations

import json

import pytest
from openapi_spec_validator import OpenAPIV2SpecValidator

from tests.lint import good
from tests.lint.broken import Broken
from tests.lint.broken_inside import INSIDE
from tests.lint.broken_new import NEW
from tests.lint.broken_outside import OUTSIDE
from tools.lint import check
from tools.lint.check import CHECKS
from tools.lint.rule import RULES

BROKEN = [*OUTSIDE, *INSIDE, *NEW]


def found(document: object) -> set[tuple[str, str]]:
    """Rule and place of each finding."""
    return {(finding.rule.name, finding.place or "/") for finding in check(json.dumps(document).encode())}


@pytest.mark.parametrize("document", [good.definition(), good.properties()], ids=["definition", "properties"])
def test_a_well_formed_foreign_connector_passes(document: good.Json) -> None:
    assert found(document) == set()


def test_the_foreign_definition_is_valid_for_an_independent_judge() -> None:
    assert list(OpenAPIV2SpecValidator(good.definition()).iter_errors()) == []


@pytest.mark.parametrize("table", [OUTSIDE, INSIDE, NEW], ids=["outside", "inside", "new"])
def test_a_broken_connector_is_found_by_its_rule_and_no_other(table: list[Broken]) -> None:
    wrong = {}
    for broken in table:
        findings = {(rule, place) for rule, place in found(broken.document()) if rule not in broken.also}
        if findings != {(broken.rule, broken.place)}:
            wrong[broken.id, broken.place] = findings
    assert wrong == {}


def test_every_rule_has_a_broken_definition() -> None:
    assert {name for name, _ in CHECKS} - {broken.rule for broken in BROKEN} == set()


def test_every_fix_is_a_sentence() -> None:
    assert [rule.name for rule in RULES.values() if not (rule.fix[0].isupper() and rule.fix.endswith("."))] == []
