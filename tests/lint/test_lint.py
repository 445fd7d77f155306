"""Each rule finds the connector that breaks it, and well-formed connectors have no finding."""

from __future__ import annotations

import json

import pytest
from openapi_spec_validator import OpenAPIV2SpecValidator

from tests.lint import good
from tests.lint.broken import Broken, broken, changed
from tests.support.cases import for_each
from tools.lint import check
from tools.lint.check import CHECKS
from tools.lint.measure import MAX_DEPTH
from tools.lint.rule import RULES

BROKEN = {one.row: one for one in broken()}


def found(document: object) -> set[tuple[str, str]]:
    """Rule and place of each finding."""
    return {(finding.rule.name, finding.place or "/") for finding in check(json.dumps(document).encode())}


@pytest.mark.parametrize("document", [good.definition(), good.properties()], ids=["definition", "properties"])
def test_a_well_formed_connector_has_no_finding(document: good.Json) -> None:
    assert found(document) == set()


def test_the_well_formed_definition_is_valid_for_an_independent_judge() -> None:
    assert list(OpenAPIV2SpecValidator(good.definition()).iter_errors()) == []


@for_each(BROKEN, name=str)
def test_a_broken_connector_is_found_by_its_rule_and_no_other(one: Broken) -> None:
    findings = {(rule, place) for rule, place in found(one.document) if rule not in one.also}
    assert findings == {(one.rule, one.place)}


def test_every_rule_has_a_broken_connector() -> None:
    assert {name for name, _ in CHECKS} - {one.rule for one in BROKEN.values()} == set()


def test_every_fix_is_a_sentence() -> None:
    assert [rule.name for rule in RULES.values() if not (rule.fix[0].isupper() and rule.fix.endswith("."))] == []


@pytest.mark.parametrize(("depth", "is_found"), [(MAX_DEPTH - 1, False), (MAX_DEPTH, False), (MAX_DEPTH + 1, True)])
def test_a_schema_may_be_as_deep_as_agents_read(depth: int, is_found: bool) -> None:
    definition, _ = changed(f'ROWS: "$deep {depth}"')
    assert ("SchemaTooDeep" in {rule for rule, _ in found(definition)}) is is_found
