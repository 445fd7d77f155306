"""The tables hold for families of messages: variants in words of our own, and texts that have nothing to do with it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tools.explain import Expectation, explain

LINES = (Path(__file__).parent / "variants.txt").read_text("utf-8").splitlines()
VARIANTS = [line.split(" | ", 1) for line in LINES if line and not line.startswith("#")]


@pytest.mark.parametrize(("code", "wrote"), VARIANTS, ids=[wrote[:60] for _, wrote in VARIANTS])
def test_a_variant_gets_the_answer_of_its_family(code: str, wrote: str) -> None:
    explanation = explain(wrote, Expectation(), now=time.time())
    assert [item.advice.code for item in explanation.items][:1] == ([] if code == "-" else [code])
    assert explanation.recognised == (code != "-")


ALONE = {"challenge_no_token", "not_bearer", "not_a_jwt", "aadsts_50105"}
"""Headers and numbers that mean something only if nothing stands around them."""
SENTENCES = [
    pair for pair in VARIANTS if pair[0] not in {"-", *ALONE} and " " in pair[1] and not set(pair[1]) & set("{[/")
]


@pytest.mark.parametrize(("code", "wrote"), SENTENCES, ids=[wrote[:60] for _, wrote in SENTENCES])
def test_the_answer_does_not_depend_on_quotes_or_what_stands_around(code: str, wrote: str) -> None:
    if code.startswith("scope_"):
        pytest.skip("a scope alone is a scope, in a sentence it is not")
    for changed in (f"Hello,\n\n{wrote}\n\nWhat can I do?", wrote.replace("'", "\u2019").replace('"', "\u201d")):
        assert code in [item.advice.code for item in explain(changed, Expectation(), now=time.time()).items], changed
