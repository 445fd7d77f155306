"""docs/troubleshooting.md is what the tables say, and everything it links to is there."""

from __future__ import annotations

import re
import shlex
from itertools import chain

import pytest

from bridge.aadsts import FALLBACKS, ROWS
from bridge.tokens import VERDICTS
from bridge.tokens.verdict import Advice
from tools.cli.troubleshooting import FILE, troubleshooting
from tools.explain.bridge_codes import BRIDGE_CODES
from tools.explain.scopes import SCOPE_VERDICTS
from tools.explain.symptoms import SYMPTOMS, Symptom

EVERYTHING: list[Advice] = [*VERDICTS.values(), *SCOPE_VERDICTS.values(), *ROWS, *FALLBACKS, *SYMPTOMS, *BRIDGE_CODES]
A_PLACE = re.compile(
    r"(?:make\.powerapps\.com|make\.powerautomate\.com|Copilot Studio|Entra admin center|Azure portal|Workday|WorkOS"
    r"|Power Platform admin center|Power Automate)[^.:]* > "
    r"|BRIDGE_[A-Z]|\bbridge (?:check|explain|keys|connector|catalog)\b|docs/[a-z-]+\.md|https://|api://|SERVICE_APP_ID"
)
"""A path through a portal, a setting, a command, a page, or the value to write."""
NOTHING_TO_SET_UP = {
    *("scope_two_slashes_right", "scope_well_formed"),  # nothing is wrong
    *("entra_throttled", "probe_limited", "aadsts_50126"),  # wait, or sign in again
    *("refused_by_system", "invalid_input", "unsupported_media_type", "payload_too_large"),  # the request itself
    *("issuer_near_miss", "clock_skew"),  # another product's API, its machine
    *("scope_slash_missing", "scope_default_mixed", "aadsts_700001"),  # a client of one's own
}
"""The only rows whose fix has no place in a portal, a setting or a command."""


def test_the_document_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == troubleshooting(), "run: python -m tools.cli.troubleshooting"


def test_no_two_rows_have_one_code() -> None:
    codes = [advice.code for advice in EVERYTHING]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"[a-z][a-z0-9_]+", code) for code in codes)


def test_every_link_has_its_anchor() -> None:
    text = troubleshooting()
    anchors = set(re.findall(r'<a id="(\w+)">', text))
    assert set(re.findall(r"\]\(#(\w+)\)", text)) <= anchors
    assert {advice.anchor.partition("#")[2] for advice in EVERYTHING} == anchors


def test_every_fix_says_where_to_do_it() -> None:
    without = {advice.code for advice in EVERYTHING if not any(map(A_PLACE.search, advice.fix))}
    assert without == NOTHING_TO_SET_UP


@pytest.mark.parametrize("advice", [a for a in EVERYTHING if a.az], ids=lambda advice: advice.code)
def test_every_command_can_be_split_by_a_shell(advice: Advice) -> None:
    words = shlex.split(advice.az or "")
    assert words[0] == "az"
    assert not set("<>|&;$`") & set("".join(words)), "what must be replaced is written in capitals"


@pytest.mark.parametrize("symptom", SYMPTOMS, ids=lambda symptom: symptom.code)
def test_a_symptom_is_found_by_its_own_message(symptom: Symptom) -> None:
    assert any(re.search(said, symptom.message, re.IGNORECASE) for said in symptom.says)


def test_the_texts_are_plain() -> None:
    texts = chain.from_iterable((a.title, a.sentence, a.cause, *a.fix, a.az or "") for a in EVERYTHING)
    assert not [text for text in texts if not text.isprintable() or "  " in text]
