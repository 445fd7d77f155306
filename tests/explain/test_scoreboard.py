"""Real complaints from public threads, if they are beside the project: each gets a finding that was judged right."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tools.explain import Expectation, explain
from tools.explain.tables import MESSAGE_TABLES, entra_entries, entries

COMPLAINTS = Path(__file__).parents[2].parent / "shared" / "findings" / "complaints.jsonl"


def judgement() -> dict[str, tuple[set[str], set[str]]]:
    """Id → (codes of which one must be the first finding, codes that must not be among the findings)."""
    lines = (Path(__file__).parent / "scoreboard.txt").read_text("utf-8").splitlines()
    rows = (line.split() for line in lines if not line.startswith("#"))
    return {
        row[0]: ({word for word in row[1:] if word[0] != "!"}, {word[1:] for word in row[1:] if word[0] == "!"})
        for row in rows
    }


@pytest.mark.skipif(not COMPLAINTS.exists(), reason="the complaints are not beside this project")
def test_every_complaint_gets_the_right_finding() -> None:
    wrong, judged = [], judgement()
    complaints = [json.loads(line) for line in COMPLAINTS.read_text("utf-8").splitlines()]
    for complaint in complaints:
        must, must_not = judged[complaint["id"]]
        said = [item.advice.code for item in explain(complaint["text"], Expectation(), now=time.time()).items]
        if not said or said[0] not in must or must_not & set(said):
            wrong.append((complaint["id"], said))
    assert len(complaints) == len(judged)
    assert not wrong


def test_the_judgement_names_entries_that_exist() -> None:
    known = {entry.code for found in entra_entries().values() for entry in found} | {"token_version", "aadsts_81016"}
    for name in (*MESSAGE_TABLES, "oauth"):
        known |= {entry.code for entry in entries(name)}
    named = set().union(*(must | must_not for must, must_not in judgement().values()))
    assert named <= known
