"""Entra's error responses: the meaning of each code, the order in which the fields decide, and broken responses."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bridge.aadsts import BY_CODE, FALLBACKS, ROWS, EntraError, Outcome, Row, judge, read_error

CHALLENGE = '{"access_token":{"polids":{"essential":true,"values":["9ab03e19"]}}}'

CONTRACT: dict[int, Outcome] = {
    399274: Outcome.SAML_ONLY,
    **dict.fromkeys((50076, 50079, 53003), Outcome.CLAIMS_CHALLENGE),
    65001: Outcome.CONSENT_REQUIRED,
    50105: Outcome.NOT_ASSIGNED,
    **dict.fromkeys((50034, 50057), Outcome.USER_REFUSED),
    **dict.fromkeys((500133, 50173), Outcome.STALE_TOKEN),
    **dict.fromkeys((50013, 500131, 700016, 7000215, 7000222, 500011, 700213), Outcome.MISCONFIGURED),
    50196: Outcome.THROTTLED,
    90033: Outcome.TRANSIENT,
}
"""The codes that the documents name, and at least one for each outcome."""
FACTS = Path(__file__).parents[2].parent / "shared" / "facts" / "entra-workday.md"
ACTIONS = {
    "R": {Outcome.STALE_TOKEN, Outcome.MISCONFIGURED},
    "I": {Outcome.CLAIMS_CHALLENGE, Outcome.STALE_TOKEN},
    "C": {Outcome.CONSENT_REQUIRED},
    "A": {Outcome.NOT_ASSIGNED, Outcome.USER_REFUSED},
    "X": {Outcome.MISCONFIGURED, Outcome.SAML_ONLY},
    "T": {Outcome.THROTTLED, Outcome.TRANSIENT},
    "403": {Outcome.USER_REFUSED},
    "N": {Outcome.USER_REFUSED, Outcome.MISCONFIGURED},  # cannot happen on behalf of a user
    "drop": {Outcome.STALE_TOKEN},
    "rebuild": {Outcome.MISCONFIGURED},
}
"""The action in the facts → the outcomes that carry it out."""


def answer(status: int = 400, **fields: object) -> EntraError:
    return read_error(status, json.dumps(fields).encode())


def test_the_codes_in_the_documents_have_the_documented_outcome() -> None:
    assert {code: BY_CODE[code].outcome for code in CONTRACT} == CONTRACT
    assert set(CONTRACT.values()) == set(Outcome)


@pytest.mark.skipif(not FACTS.exists(), reason="the facts about Entra are not beside this repository")
def test_every_code_is_judged_as_the_facts_say() -> None:
    table = FACTS.read_text("utf-8").partition("## C2. Table")[2].partition("\n## ")[0]
    wrong, judged = {}, set()
    for codes, action in re.findall(r"^\| ([*0-9][^|]*) \|.*\| (\w+)[^|]*\|$", table, re.MULTILINE):
        for code in map(int, re.findall(r"\d{5,}", codes)):
            judged.add(code)
            if code in BY_CODE and BY_CODE[code].outcome not in ACTIONS[action]:
                wrong[code] = (BY_CODE[code].outcome, action)
    assert wrong == {}
    assert len(judged & set(BY_CODE)) > 80


def test_a_known_code_decides_whatever_error_says() -> None:
    for code, row in BY_CODE.items():
        for error in ("invalid_grant", "invalid_client", "unheard_of"):
            assert judge(answer(error=error, error_codes=[code])) is row


def test_no_code_is_in_two_rows() -> None:
    assert sum(len(row.codes) for row in ROWS) == len(BY_CODE)


def test_what_concerns_one_caller_is_never_app_wide() -> None:
    """A finding that is kept for all users must not follow from one user's token, policy or account."""
    of_one_caller = {Outcome.CLAIMS_CHALLENGE, Outcome.STALE_TOKEN, Outcome.USER_REFUSED, Outcome.NOT_ASSIGNED}
    assert not [row.code for row in (*ROWS, *FALLBACKS) if row.app_wide and row.outcome in of_one_caller]


@pytest.mark.parametrize(
    ("fields", "status", "outcome"),
    [
        ({"claims": CHALLENGE, "error": "invalid_grant", "error_codes": [65001]}, 400, Outcome.CLAIMS_CHALLENGE),
        ({"claims": CHALLENGE, "error": "unheard_of"}, 400, Outcome.CLAIMS_CHALLENGE),
        ({"error_codes": [1, 65001], "suberror": "bad_token"}, 400, Outcome.CONSENT_REQUIRED),
        (
            {"error_codes": [1], "suberror": "consent_required", "error": "invalid_client"},
            400,
            Outcome.CONSENT_REQUIRED,
        ),
        ({"suberror": "bad_token", "error": "interaction_required"}, 503, Outcome.STALE_TOKEN),
        ({"error": "interaction_required"}, 400, Outcome.CLAIMS_CHALLENGE),
        ({"error": "invalid_grant", "error_codes": [999999]}, 400, Outcome.STALE_TOKEN),
        ({"error": "invalid_client"}, 401, Outcome.MISCONFIGURED),
        ({"error": "invalid_resource"}, 400, Outcome.MISCONFIGURED),
        ({"error": "temporarily_unavailable"}, 400, Outcome.TRANSIENT),
        ({"error": "unheard_of"}, 400, Outcome.MISCONFIGURED),
        ({"error": "unheard_of"}, 429, Outcome.THROTTLED),
        ({"error": "invalid_client"}, 500, Outcome.TRANSIENT),
        ({}, 503, Outcome.TRANSIENT),
        ({}, 400, Outcome.MISCONFIGURED),
    ],
    ids=lambda value: json.dumps(value)[:60] if isinstance(value, dict) else str(value),
)
def test_claims_then_code_then_suberror_then_status_then_error(
    fields: dict[str, object], status: int, outcome: Outcome
) -> None:
    assert judge(answer(status, **fields)).outcome is outcome


def test_a_challenge_keeps_the_row_of_its_code() -> None:
    assert judge(answer(claims=CHALLENGE, error_codes=[53003])).code == "aadsts_53003"


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>Bad gateway</html>", b"[]", b'"x"', b"{", b"\xff\xfe", b"[" * 100_000, b'{"error": ', b"null"],
    ids=["empty", "HTML", "list", "text", "cut off", "binary", "deep", "half", "null"],
)
def test_what_is_no_error_response_is_read_as_one_without_fields(body: bytes) -> None:
    assert read_error(502, body) == EntraError(502)


def test_fields_of_another_type_count_as_absent() -> None:
    read = answer(error=7, suberror=None, error_codes=["65001", True, 65001.0, -1, [65001]], claims={}, trace_id=["x"])
    assert read == EntraError(400)


@pytest.mark.parametrize("value", ["a" * 65, "a\nb", "a b", "<b>", "é", "", None, 7])
def test_an_id_that_is_not_written_as_entra_writes_them_counts_as_absent(value: object) -> None:
    read = answer(trace_id=value, correlation_id=value)
    assert (read.trace_id, read.correlation_id) == ("", "")


def test_a_long_answer_is_bounded() -> None:
    read = answer(error="x" * 10**6, error_codes=list(range(1, 1000)), error_description="y" * 10**6)
    assert len(read.error) <= 4096
    assert len(read.description) <= 4096
    assert len(read.error_codes) == 10


def test_a_challenge_is_never_cut() -> None:
    assert answer(claims="{" + "x" * 5000 + "}").claims is None


def test_a_users_name_does_not_show_in_the_repr() -> None:
    read = answer(error="invalid_grant", error_description="AADSTS50034: adele@contoso.example does not exist")
    assert "adele" not in repr(read)


def test_every_row_has_a_title_a_sentence_a_cause_and_a_fix() -> None:
    def whole(row: Row) -> bool:
        texts = row.title[-1] not in ".!?" and row.sentence.endswith(".") and row.cause.endswith(".")
        return texts and bool(row.fix) and (row.az is None or row.az.startswith("az "))

    assert [row.code for row in (*ROWS, *FALLBACKS) if not whole(row)] == []
