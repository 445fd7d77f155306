"""When a token begins and ends, to the second, with the clock skew that is allowed."""

from __future__ import annotations

import time

import pytest

from bridge.tokens import validate_claims
from bridge.tokens.token import ParsedToken
from tests.support.tokens import claims
from tests.tokens.test_validate import EXPECTED

SKEW = EXPECTED.clock_skew_seconds
NOW = float(int(time.time()))


@pytest.mark.parametrize(
    ("claim", "seconds", "code"),
    [
        ("exp", 1 - SKEW, None),
        ("exp", -SKEW, "expired"),
        ("nbf", SKEW, None),
        ("nbf", SKEW + 1, "not_yet_valid"),
        ("iat", SKEW, None),
        ("iat", SKEW + 1, "clock_skew"),
    ],
)
def test_the_clock_skew_is_allowed_once(claim: str, seconds: int, code: str | None) -> None:
    times = {"iat": int(NOW), "nbf": int(NOW), "exp": int(NOW) + 3600, claim: int(NOW) + seconds}
    token = ParsedToken({"alg": "RS256", "kid": "one"}, claims(2, **times))
    found = validate_claims(token, EXPECTED, now=NOW)
    assert (found.verdict.code if found else None) == code
