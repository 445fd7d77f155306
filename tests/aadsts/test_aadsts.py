"""Entra's refusals: what each code means, in which order the fields decide, and what is read of a broken answer."""

from __future__ import annotations

import json

import pytest

from bridge.aadsts import BY_CODE, FALLBACKS, ROWS, EntraAnswer, Outcome, Row, judge, read_answer

CHALLENGE = '{"access_token":{"polids":{"essential":true,"values":["9ab03e19"]}}}'

OUTCOMES: dict[Outcome, tuple[int, ...]] = {
    Outcome.SAML_ONLY: (399274,),
    Outcome.CLAIMS_CHALLENGE: (
        *(50072, 50074, 50076, 50078, 50079, 50158, 50097, 50129),
        *(53000, 53001, 53002, 53003, 53004, 50055, 50144, 9002341),
    ),
    Outcome.CONSENT_REQUIRED: (65001, 65004, 90094),
    Outcome.NOT_ASSIGNED: (50105, 501051),
    Outcome.USER_REFUSED: (50034, 50020, 51004, 16000, 50057, 50053, 530032, 530035, 50124, 501241, 50126),
    Outcome.STALE_TOKEN: (500133, 50132, 50133, 50173, 70043, 70008, 700082, 700084),
    Outcome.MISCONFIGURED: (
        *(50013, 500131, 240000, 240002, 700001, 50012, 50048, 700027, 700025, 700030, 700024),
        *(500011, 50001, 50003, 50146, 501461, 65005, 650052, 650053, 650054, 650056, 650057),
        *(70011, 700022, 700023, 28000, 28002, 28003, 700016, 70001, 7000112, 7000114, 7000215, 7000222, 7000218),
        *(700211, 700213, 7000226, 700229, 90002, 900439, 900440, 900382, 900432, 90009, 9010010),
        *(9002313, 900144, 901002, 9001023, 50194, 50011, 90008),
        *(75001, 75003, 75005, 75008, 75011, 75016, 7500514, 7500529, 750054, 76021, 76026),
    ),
    Outcome.THROTTLED: (50196, 90055),
    Outcome.TRANSIENT: (90033, 90006, 90012, 90024, 50033, 50087, 90090),
}
OF_ONE_CALLER = {*OUTCOMES[Outcome.CLAIMS_CHALLENGE], *OUTCOMES[Outcome.STALE_TOKEN], *OUTCOMES[Outcome.USER_REFUSED]}


def answer(status: int = 400, **fields: object) -> EntraAnswer:
    return read_answer(status, json.dumps(fields).encode())


@pytest.mark.parametrize(
    ("code", "outcome"), [(code, outcome) for outcome, codes in OUTCOMES.items() for code in codes]
)
def test_a_code_has_its_outcome_whatever_error_says(code: int, outcome: Outcome) -> None:
    for error in ("invalid_grant", "invalid_client", "unheard_of"):
        assert judge(answer(error=error, error_codes=[code])).outcome is outcome


def test_the_table_holds_nothing_that_is_not_specified_here() -> None:
    assert set(BY_CODE) == {code for codes in OUTCOMES.values() for code in codes}
    assert sum(len(row.codes) for row in ROWS) == len(BY_CODE), "no code stands in two rows"


def test_what_concerns_one_caller_is_never_app_wide() -> None:
    assert not [code for code in OF_ONE_CALLER if BY_CODE[code].app_wide]
    assert {row.outcome for row in (*ROWS, *FALLBACKS) if row.app_wide} <= {
        Outcome.SAML_ONLY,
        Outcome.MISCONFIGURED,
        Outcome.THROTTLED,
    }


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
def test_what_is_no_answer_is_read_as_one_without_fields(body: bytes) -> None:
    assert read_answer(502, body) == EntraAnswer(502)


def test_fields_of_another_type_count_as_absent() -> None:
    read = answer(error=7, suberror=None, error_codes=["65001", True, 65001.0, -1, [65001]], claims={}, trace_id=["x"])
    assert read == EntraAnswer(400)


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


@pytest.mark.parametrize("row", [*ROWS, *FALLBACKS], ids=lambda row: row.code)
def test_every_row_tells_cause_and_fix(row: Row) -> None:
    assert row.title[-1] not in ".!?"
    assert row.sentence.endswith(".")
    assert row.cause.endswith(".")
    assert row.fix
    assert row.az is None or row.az.startswith("az ")
