"""Where systems put the message of an error response."""

from __future__ import annotations

from bridge.base.error_text import MAX_CHARACTERS, MAX_TEXTS, error_texts
from tests.support.cases import for_each

BODIES: dict[str, tuple[object, tuple[str, ...]]] = {
    "OAuth": ({"error": "invalid_grant", "error_description": "No such user."}, ("No such user.",)),
    "OAuth, code alone": ({"error": "unauthorized"}, ("unauthorized",)),
    "problem": ({"type": "x", "title": "Bad", "detail": "The date is in the past."}, ("The date is in the past.",)),
    "problem, title alone": ({"title": "Bad"}, ("Bad",)),
    "SuccessFactors": (
        {"errorHttpCode": "401", "errorMessage": "Login failed - invalid user"},
        ("Login failed - invalid user",),
    ),
    "OData 2": (
        {"error": {"code": "LGN0007", "message": {"lang": "en", "value": "Invalid OAuth token"}}},
        ("Invalid OAuth token",),
    ),
    "OData 4": (
        {"error": {"code": "x", "message": "Bad", "details": [{"message": "The name is too long"}]}},
        ("Bad", "The name is too long"),
    ),
    "ServiceNow": ({"error": {"message": "Not found", "detail": "No record"}, "status": "failure"}, ("No record",)),
    "Salesforce": ([{"message": "Session expired", "errorCode": "INVALID_SESSION_ID"}], ("Session expired",)),
    "Workday": (
        {"error": "Validation failed", "errors": [{"error": "Bad region", "field": "region"}]},
        ("Validation failed", "Bad region"),
    ),
    "ASP.NET": (
        {"title": "Invalid", "errors": {"name": ["too long", "not a name"]}},
        ("Invalid", "too long", "not a name"),
    ),
    "Apigee": (
        {"fault": {"faultstring": "Invalid access token", "detail": {"errorcode": "x"}}},
        ("Invalid access token",),
    ),
    "a list of texts": ({"errors": [" one ", "", 7, None]}, ("one",)),
    "an empty description": ({"error": "invalid_grant", "error_description": " "}, ("invalid_grant",)),
    "no message": ({"status": 400, "message": {"value": 7}, "errors": 5, "error": None}, ()),
    "no object": (None, ()),
}


@for_each(BODIES)
def test_the_message_is_found_where_the_system_puts_it(document: object, texts: tuple[str, ...]) -> None:
    assert error_texts(document) == texts


def test_texts_are_bounded_in_number_and_length() -> None:
    assert error_texts(["x" * 900] * 9) == ("x" * 900, "x" * 900, "x" * (MAX_CHARACTERS - 1800))
    assert len(error_texts([str(number) for number in range(1, 100)])) == MAX_TEXTS


def test_nesting_is_bounded() -> None:
    document: object = "deep"
    for _ in range(10_000):
        document = {"error": document} if isinstance(document, dict) else {"error": {"message": document}}
    assert error_texts(document) == ()
