"""docs/security.md: each promise has tests, and each of those exists and can fail."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CHAPTER = (ROOT / "docs" / "security.md").read_text("utf-8").partition("## Each promise")[2].partition("\n## ")[0]
ROWS = [line.strip("| ").split(" | ") for line in CHAPTER.splitlines() if line.startswith("| ")][2:]
"""The rows below the head and its line."""


def test_the_table_is_read() -> None:
    assert len(ROWS) >= 30
    assert all(len(row) == 2 for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:60])
def test_a_promise_has_tests_that_assert_something(row: list[str]) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row[1])
    assert len(named) == row[1].count("`") // 2 > 0, "each is a test's id"
    for file, name in named:
        functions = {
            node.name: node
            for node in ast.walk(ast.parse((ROOT / file).read_text("utf-8")))
            if isinstance(node, ast.FunctionDef)
        }
        assert name in functions, f"{file} has no {name}"
        body = ast.dump(functions[name])
        assert "Assert(" in body or "raises" in body, f"{name} asserts nothing"
