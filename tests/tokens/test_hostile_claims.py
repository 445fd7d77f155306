"""Claims are hostile: whatever type or text one has, the result is a verdict that is safe to show."""

from __future__ import annotations

import time

from bridge.tokens import VERDICTS, Failure, ParsedToken, Verdict, validate_claims
from bridge.tokens.display import plain
from tests.support.cases import for_each
from tests.support.tokens import EXPECTED, claims

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


@for_each({f"{name} {kind}": (name, value) for name in NAMES for kind, value in VALUES.items()})
def test_any_value_in_any_claim_is_reported_safely(name: str, value: object) -> None:
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


def test_characters_that_do_not_print_are_shown_as_escapes() -> None:
    assert plain("api://x\u200b") == "api://x\\u200b", "without it, the value would look right"
    assert plain("a\x1b[2J\ud800\u202e\n") == "a\\x1b[2J\\ud800\\u202e\\n"


def test_long_text_is_cut_visibly() -> None:
    assert plain("x" * 500, 10) == "x" * 9 + "…"
    assert plain("\x00" * 500, 10) == "\\x00\\x00\\…"
    assert plain("x" * 10, 10) == "x" * 10


@for_each(VERDICTS)
def test_every_verdict_is_whole_sentences_with_and_without_values(verdict: Verdict) -> None:
    for finding in (Failure(verdict), Failure(verdict, "FOUND", "EXPECTED")):
        assert finding.detail[0].isupper()
        for text in (finding.detail, finding.hint, *finding.steps):
            assert "{" not in text
            assert text[-1] in ".!?"
