"""A schema may be as deep as designers read, and no deeper."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lint import good
from tools.lint import check
from tools.lint.measure import MAX_DEPTH


@pytest.mark.parametrize(("depth", "is_found"), [(MAX_DEPTH - 1, False), (MAX_DEPTH, False), (MAX_DEPTH + 1, True)])
def test_the_bound_is_on_levels_the_first_included(depth: int, is_found: bool) -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(depth - 2):
        schema = {"type": "array", "items": schema}
    definition: Any = good.definition()
    whole = {"type": "object", "properties": {"rows": {**schema, "title": "Rows"}}}
    definition["paths"]["/offices"]["get"]["responses"]["200"]["schema"] = whole
    found = {finding.rule.name for finding in check(json.dumps(definition).encode())}
    assert ("SchemaTooDeep" in found) is is_found
