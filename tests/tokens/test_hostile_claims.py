"""Claims are hostile: whatever type or text stands in one, the answer is a verdict that is safe to show."""

from __future__ import annotations

import time

import pytest

from bridge.tokens import VERDICTS, Failure, ParsedToken, Verdict, validate_claims
from bridge.tokens.display import plain
from tests.support.tokens import claims
from tests.tokens.test_validate import EXPECTED

VALUES: dict[str, object] = {
    "null": None,
    "true": True,
    "zero": 0,
    "huge": 10**4000,
    "infinite": float("inf"),
    "nan": float("nan"),
    "empty text": "",
    "space": " ",
    "list": ["x"],
    "object": {"x": {"y": [1]}},
    "long text": "a" * 100_000,
    "escape sequence": "\x1b[31mred\x1b[0m\x07",
    "bidi": "\u202eevil\u2066",
    "lone surrogate": "\ud800",
    "NUL": "\x00",
    "braces": "{found}{expected}{0}",
    "markup": "<script>alert(1)</script>",
}
NAMES = ["iss", "aud", "tid", "ver", "exp", "nbf", "iat", "oid", "azp", "scp", "acct", "idp", "idtyp", "upn", "roles"]


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
@pytest.mark.parametrize("name", NAMES)
def test_any_value_in_any_claim_is_answered_safely(name: str, value: object) -> None:
    token = ParsedToken({"alg": "RS256", "kid": "k"}, {**claims(), name: value}, b"", b"")
    finding = validate_claims(token, EXPECTED, now=time.time())
    if finding is None:
        harmless = name in {"idtyp", "upn", "roles"} or (value == 0 and name in {"nbf", "iat", "acct"})
        assert harmless, "only claims that decide nothing may be of any kind"
        return
    shown = " ".join([finding.detail, finding.hint, *finding.steps, finding.found or "", finding.expected or ""])
    assert shown.isprintable()
    assert shown.encode()
    assert len(finding.detail) <= 600
    assert len(finding.found or "") <= 200


def test_what_does_not_print_is_shown_as_an_escape() -> None:
    assert plain("api://x\u200b") == "api://x\\u200b", "left out, it would look like the right value"
    assert plain("a\x1b[2J\ud800\u202e\n") == "a\\x1b[2J\\ud800\\u202e\\n"


def test_long_text_is_cut_visibly() -> None:
    assert plain("x" * 500, 10) == "x" * 9 + "…"
    assert plain("\x00" * 500, 10) == "\\x00\\x00\\…"
    assert plain("x" * 10, 10) == "x" * 10


@pytest.mark.parametrize("verdict", VERDICTS.values(), ids=VERDICTS.keys())
def test_every_verdict_reads_well_filled_and_empty(verdict: Verdict) -> None:
    for finding in (Failure(verdict), Failure(verdict, "FOUND", "EXPECTED")):
        assert finding.detail[0].isupper()
        for text in (finding.detail, finding.hint, *finding.steps):
            assert "{" not in text
            assert text[-1] in ".!?"
