"""The tables hold for families of messages: variants in words of our own, and texts that have nothing to do with it."""

from __future__ import annotations

import time
from pathlib import Path

from tools.explain import Expectation, explain

NOW = time.time()
LINES = (Path(__file__).parent / "variants.txt").read_text("utf-8").splitlines()
VARIANTS = [line.split(" | ", 1) for line in LINES if line and not line.startswith("#")]
ALONE = {"challenge_no_token", "not_bearer", "not_a_jwt", "aadsts_50105"}
"""Headers and numbers that mean something only if nothing stands around them; a scope does so, too."""
SENTENCES = [
    (code, wrote)
    for code, wrote in VARIANTS
    if code not in {"-", *ALONE} and not code.startswith("scope_") and " " in wrote and not set(wrote) & set("{[/")
]


def test_each_variant_gets_the_answer_of_its_family() -> None:
    wrong = []
    for code, wrote in VARIANTS:
        said = explain(wrote, Expectation(), now=NOW)
        first = next((item.advice.code for item in said.items), "-")
        if first != code or said.recognised != (code != "-"):
            wrong.append((code, wrote, first))
    assert len(VARIANTS) > 350
    assert not wrong


def test_the_answer_does_not_depend_on_quotes_or_on_the_text_around() -> None:
    wrong = []
    for code, wrote in SENTENCES:
        for changed in (f"Hello,\n\n{wrote}\n\nWhat can I do?", wrote.replace("'", "\u2019").replace('"', "\u201d")):
            if code not in [item.advice.code for item in explain(changed, Expectation(), now=NOW).items]:
                wrong.append((code, changed))
    assert not wrong
