"""Operators' patterns: what people write is accepted, what can take long is refused, and what is accepted is fast."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bridge.base.patterns import MAX_PATTERN, MAX_TEXT, compile_pattern
from tests.support.cases import for_each

ACCEPTED = (
    r"[a-z.]+@contoso\.com",
    r"[a-z]+(\.[a-z]+)*@contoso\.com",
    r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}",
    r"\w+([-+.']\w+)*@\w+([-.]\w+)*\.\w+([-.]\w+)*",
    r"(?:[a-z]+\.)?[a-z]+(?:-[a-z]+)?@(contoso|fabrikam)\.(com|co\.uk)",
    r"[a-z]{1,20}\.[a-z]{1,30}",
    r"(?!admin|root).*@contoso\.com",
    r"(?!.*admin)[a-z.]+@contoso\.com",
    r"(?<!x)[\w.]+(?=@)",
    r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}",
    r"(\d{1,3}\.){3}\d{1,3}",
    r"^\s*[\w.]+\s*$",
    r"[a-zà-ÿ]+",
    r"(a|b|c)+d",
    r".+",
    r"(?!)",
    r"",
    r"(?i)user.*(unknown|not found)",
    r"user .* is not .* known",
    r".*unknown user.*",
    r"\s*error\s*:\s*.*",
    r"(?i)(user|account|subject)\b.{0,60}\b(not found|not known|does not exist|inactive|disabled|locked)",
)

REFUSED = {
    r"([a-z]+\.?)+@contoso\.com": "more than one way",
    r"(a*)*": "more than one way",
    r"(a+)+$": "more than one way",
    r"((a?)(b?))*$": "more than one way",
    r"(x+x+)+y": "more than one way",
    r"(?:a|aa)+$": "more than one way",
    r"(?:ab|a|b)+$": "more than one way",
    r"(?:\w|\d)+x|(?:.|[a-z]b?)+y": "more than one way",
    r"(\w+\s?)+$": "more than one way",
    r"(?i:[a-z]+[A-Z]*)+x": "more than one way",
    r"([^@]+)*@": "more than one way",
    r"(é+|\w)+$": "more than one way",
    r"(?:[ab]|(?:[ab]|b))*?c": "more than one way",
    r"(?:(?:a?)?b)*c": "more than one way",
    r"((?!b)a|(?!c)a|aa)+$": "more than one way",
    r".*a.*b": "several parts",
    r"\s*\s*\s*x": "several parts",
    r"^\d*\d*\d*\d*x": "several parts",
    r"(?:.*,){11}P": "several parts",
    "(a|A|é)?" * 40 + "a" * 40: "several parts",
    r"((?!.*x)a)*": "lookahead",
    r"[a-z]+(?=.*x)": "lookahead",
    r"(.*)\1": "back reference",
    r"(a)?(?(1)b|c)": "condition",
    r"(?a)\w+": "flag a",
    r"[a-z]{50}" * 9: "shorter",
    "a" * (MAX_PATTERN + 1): "shorter",
    "(": "not a regular expression",
    "a**": "not a regular expression",
}


@for_each(ACCEPTED)
def test_common_patterns_are_accepted_and_fast_on_long_texts(text: str) -> None:
    pattern = compile_pattern(text)
    words = [*re.findall(r"[A-Za-z]+|\W", text), "a", " ", "@", "0"]
    start = time.process_time()
    for word in dict.fromkeys(words):
        pattern.search((word * MAX_TEXT)[: MAX_TEXT - 1] + "\0")
    assert time.process_time() - start < 2


@for_each(REFUSED.items())
def test_a_pattern_that_can_be_slow_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        compile_pattern(text)


def test_a_pattern_for_the_whole_text_may_have_one_repeat_more_than_one_for_a_search() -> None:
    with pytest.raises(ValueError, match="several parts"):
        compile_pattern(r"[a-z]+[a-z0-9]+@x")
    compile_pattern(r"[a-z]+[a-z0-9]+@x", whole=True)


def _random_pattern(dice: random.Random, depth: int = 3) -> str:
    def inner() -> str:
        return _random_pattern(dice, depth - 1)

    leaf = dice.choice(["a", "b", "[ab]", "[^a]", ".", r"\w", "a", "b"])
    if not depth:
        return leaf
    forms = (
        lambda: leaf,
        lambda: inner() + inner(),
        lambda: f"(?:{inner()}|{inner()})",
        lambda: f"(?:{inner()}){dice.choice(['*', '+', '?', '{1,3}', '{2}', '*?'])}",
    )
    return dice.choice(forms)()


def _accepted(texts: list[str]) -> list[str]:
    accepted = []
    for text in texts:
        try:
            compile_pattern(text)
        except ValueError:
            continue
        accepted.append(text)
    return accepted


def test_of_random_patterns_all_accepted_ones_end_soon() -> None:
    """In a process of its own: a pattern that was accepted wrongly would not end, and nothing could stop it."""
    dice = random.Random(20_260)  # noqa: S311
    texts = [_random_pattern(dice) + _random_pattern(dice) + "c" for _ in range(400)]
    accepted = _accepted(texts)
    assert 100 < len(accepted) < 390
    program = (
        "import re, sys\n"
        "for pattern in sys.argv[1:]:\n"
        "    for word in ('a', 'b', 'ab', 'aab', 'abb'):\n"
        "        re.search(pattern, (word * 300)[:300] + '!')\n"
    )
    subprocess.run([sys.executable, "-c", program, *accepted], check=True, timeout=30, cwd=Path(__file__).parent)
