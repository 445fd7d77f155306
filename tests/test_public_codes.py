"""One table of public codes: what the app raises has a row, and the row has the status that is sent."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bridge import errors
from bridge.aadsts import Outcome
from bridge.public_codes import PUBLIC_CODES
from bridge.tokens import VERDICTS

BRIDGE = Path(__file__).parents[1] / "bridge"
CLASSES: dict[str, type[errors.BridgeError]] = {
    name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.BridgeError)
}


def raised() -> set[tuple[int, str]]:
    """Status and code of every error that a line of the app constructs: a literal code, or that of its class."""
    found = set()
    for file in BRIDGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CLASSES:
                kind = CLASSES[node.func.id]
                given = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
                codes = [str(value.value) for value in given if isinstance(value, ast.Constant)]
                found |= {(kind.status, code) for code in (codes if given else [kind.code])}
    return found


@pytest.mark.parametrize("error", CLASSES.values(), ids=CLASSES)
def test_each_error_has_the_status_of_its_row(error: type[errors.BridgeError]) -> None:
    assert PUBLIC_CODES[error.code].status == error.status


def test_each_code_that_is_raised_has_a_row_with_that_status() -> None:
    found = raised()
    assert len(found) >= 15
    assert {pair for pair in found if PUBLIC_CODES[pair[1]].status != pair[0]} == set()


def test_each_outcome_of_entra_has_a_row() -> None:
    assert {outcome.public_code for outcome in Outcome} <= set(PUBLIC_CODES)


def test_title_and_hint_come_from_the_row_of_the_code() -> None:
    error = errors.Forbidden("No.", code="consent_required")
    row = PUBLIC_CODES["consent_required"]
    assert (error.title, error.hint) == (row.title, row.hint)


def test_a_verdict_has_the_title_of_its_class() -> None:
    error = errors.TokenRejected("No.", code="expired")
    assert (error.title, error.hint) == (PUBLIC_CODES["invalid_token"].title, PUBLIC_CODES["invalid_token"].hint)


def test_verdicts_and_public_codes_are_two_sets() -> None:
    assert not set(VERDICTS) & set(PUBLIC_CODES)
