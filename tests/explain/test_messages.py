"""Messages: complaints from public threads, variants of them in our own words, and texts on other subjects."""

from __future__ import annotations

import json
import time
from pathlib import Path

from tools.explain import Expectation, explain

NOW = time.time()


def rows(name: str, columns: int) -> list[list[str]]:
    """The rows of a table beside this file."""
    lines = (Path(__file__).parent / name).read_text("utf-8").splitlines()
    return [line.split(" | ", columns - 1) for line in lines if line and not line.startswith("#")]


COMPLAINTS = [(code, wrote) for code, _, wrote in rows("complaints.txt", 3)]
VARIANTS = [(code, wrote) for code, wrote in rows("variants.txt", 2)]
ALONE = {"challenge_no_token", "not_bearer", "not_a_jwt", "aadsts_50105"}
"""Headers and numbers that are recognised only without any text around them, like scopes."""
SENTENCES = [
    (code, wrote)
    for code, wrote in VARIANTS
    if code not in {"-", *ALONE} and not code.startswith("scope_") and " " in wrote and not set(wrote) & set("{[/")
]


def test_each_complaint_is_recognised_first_and_as_a_problem() -> None:
    wrong = []
    for code, wrote in COMPLAINTS:
        first = explain(wrote, Expectation(), now=NOW).items[0]
        if first.advice.code != code or not first.problem or not first.steps:
            wrong.append((code, wrote, first.advice.code))
    assert len(COMPLAINTS) > 60
    assert not wrong


def test_each_variant_gets_the_finding_of_its_family() -> None:
    wrong = []
    for code, wrote in VARIANTS:
        said = explain(wrote, Expectation(), now=NOW)
        first = next((item.advice.code for item in said.items), "-")
        if first != code or said.recognised != (code != "-"):
            wrong.append((code, wrote, first))
    assert len(VARIANTS) > 350
    assert not wrong


def test_the_finding_does_not_depend_on_quotes_or_on_the_text_around() -> None:
    wrong = []
    for code, wrote in SENTENCES:
        for changed in (f"Hello,\n\n{wrote}\n\nWhat can I do?", wrote.replace("'", "\u2019").replace('"', "\u201d")):
            if code not in [item.advice.code for item in explain(changed, Expectation(), now=NOW).items]:
                wrong.append((code, changed))
    assert not wrong


def test_the_bridges_own_response_is_explained_in_full() -> None:
    problem = {
        "type": "urn:obo-saml-bridge:problem:audience_apihub",
        "status": 401,
        "code": "audience_apihub",
        "found": "https://apihub.azure.com",
        "expected": "api://b1d9e5a0-1111-4222-8333-444455556666",
    }
    (item,) = explain(json.dumps(problem), Expectation(), now=NOW).items
    assert (item.advice.code, item.found, item.expected) == ("audience_apihub", problem["found"], problem["expected"])


def test_the_voice_changes_the_words_and_not_the_findings() -> None:
    for wrote in (wrote for code, wrote in VARIANTS if code == "token_version"):
        found = [explain(wrote, Expectation(bridge=bridge), now=NOW).items for bridge in (False, True)]
        neutral, own = ([item.entry.code for item in items] for items in found)
        assert neutral == own
