"""Real complaints from public threads, where they lie beside the project: what is said of each, as it was judged."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tools.explain import Expectation, explain
from tools.explain.tables import entra_entries, entries

COMPLAINTS = Path(__file__).parents[2].parent / "shared" / "findings" / "complaints.jsonl"
LEAST_RIGHT = 120

pytestmark = pytest.mark.skipif(not COMPLAINTS.exists(), reason="the complaints are not beside this project")


def judgement() -> dict[str, tuple[set[str], set[str]]]:
    """Id → (codes of which one must come first, codes that must not be among those said)."""
    lines = (Path(__file__).parent / "scoreboard.txt").read_text("utf-8").splitlines()
    rows = (line.split() for line in lines if not line.startswith("#"))
    return {
        row[0]: ({word for word in row[1:] if word[0] != "!"}, {word[1:] for word in row[1:] if word[0] == "!"})
        for row in rows
    }


def test_no_complaint_is_answered_wrongly_and_most_are_answered_right() -> None:
    now = time.time()
    wrong, right = [], 0
    judged = judgement()
    for line in COMPLAINTS.read_text("utf-8").splitlines():
        complaint = json.loads(line)
        must, must_not = judged[complaint["id"]]
        said = [item.advice.code for item in explain(complaint["text"], Expectation(), now=now).items]
        if said and said[0] in must and not must_not & set(said):
            right += 1
        elif said:
            wrong.append((complaint["id"], said))
    assert not wrong
    assert right >= LEAST_RIGHT


def test_the_judgement_names_entries_that_exist() -> None:
    known = {entry.code for found in entra_entries().values() for entry in found} | {"token_version", "aadsts_81016"}
    for name in ("libraries", "gateways", "power_platform", "mcp", "microsoft", "saml", "systems", "oauth"):
        known |= {entry.code for entry in entries(name)}
    named = set().union(*(must | must_not for must, must_not in judgement().values()))
    assert named - known == {"aadsts_70002"} - known
