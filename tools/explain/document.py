"""An explanation as plain data: for `--json` (`document`), and for the page in the browser (`verdict`)."""

from __future__ import annotations

from collections.abc import Iterable

from tools.explain.difference import comparable, first_difference
from tools.explain.expectation import Expectation
from tools.explain.explanation import Explanation, Item
from tools.explain.pasted import explain
from tools.explain.share import shareable

_DEEPEST = 8


def verdict(pasted: str, expect: Iterable[str] = (), *, bridge: bool = False, now: float) -> dict[str, object]:
    """Explains `pasted`. `expect` are texts NAME=VALUE; `bridge`: the advice names this bridge's settings.

    Returns the members of `--json`, `claims` (rows to show) and `share` (a text that may be posted); for a wrong
    expectation only `error`, a sentence. `now`: Unix seconds.
    """
    try:
        expectation = Expectation.of_pairs(expect, bridge=bridge)
    except ValueError as error:
        return {"error": str(error)}
    explanation = explain(pasted, expectation, now=now)
    claims = [
        {"name": fact.name, "value": fact.value, "note": fact.note, "decisive": fact.decisive}
        for fact in explanation.claims
    ]
    return {**document(explanation), "claims": claims, "share": shareable(explanation)}


def document(explanation: Explanation) -> dict[str, object]:
    """The members of `--json`."""
    made: dict[str, object] = {
        "input": explanation.kind,
        "recognised": explanation.recognised,
        "problem": explanation.has_problem,
        "code": next((item.public_code for item in explanation.items if item.problem), None),
        "findings": [_finding(item) for item in explanation.items],
        "notes": list(explanation.notes),
    }
    if explanation.payload:
        made["token"] = {
            "header": {name: _shallow(value) for name, value in explanation.header.items()},
            "claims": {name: _shallow(value) for name, value in explanation.payload.items()},
            "decisive": [fact.name for fact in explanation.claims if fact.decisive],
        }
    elif explanation.claims:
        made["values"] = [{"name": fact.name, "value": fact.value, "note": fact.note} for fact in explanation.claims]
    return made


def _finding(item: Item) -> dict[str, object]:
    place = first_difference(item.found or "", item.expected or "")
    fields: dict[str, object] = {
        "code": item.public_code,
        "verdict": item.advice.code,
        "problem": item.problem,
        "title": item.advice.title,
        "detail": item.detail,
        "found": item.found,
        "expected": item.expected,
        "differs_at": place if comparable(item.found, item.expected) else None,
        "cause": item.advice.cause,
        "steps": list(item.steps),
        "az": item.advice.az,
        "docs": item.advice.anchor,
        "facts": [{"name": name, "value": value} for name, value in item.facts] or None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _shallow(value: object, depth: int = _DEEPEST) -> object:
    """The value without what is nested deeper than in any token of Entra's: JSON could not be written of it."""
    if not isinstance(value, dict | list):
        return value
    if depth == 0:
        return "(nested too deeply to show)"
    if isinstance(value, dict):
        return {name: _shallow(inner, depth - 1) for name, inner in value.items()}
    return [_shallow(inner, depth - 1) for inner in value]
