"""What a response, or the lack of one, means: after a write that may have been made, nothing says "try again"."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from bridge.base.http_client import HttpResponse, RequestNotSent, ResponseLost
from bridge.catalog import Catalog, FaultRule, Operation
from bridge.errors import (
    BridgeError,
    Conflict,
    CredentialRejected,
    Forbidden,
    InvalidUpstreamResponse,
    Misconfigured,
    OutcomeUnknown,
    RefusedBySystem,
    TimedOut,
    TryLater,
)
from bridge.outbound.text import strip_controls
from tests.outbound.support import BUILT_IN, do, examples, fault, no_call, soap_answer
from tests.support.cases import for_each
from tests.support.client import Asked, json_answer
from tests.support.raised import raised

SOAP_READ, SOAP_WRITE = BUILT_IN.operations["GetMyHomeAddress"], BUILT_IN.operations["ChangeMyLegalName"]
REST_READ, REST_WRITE = BUILT_IN.operations["GetMyProfile"], BUILT_IN.operations["RequestFeedback"]
HTML = HttpResponse(200, {"content-type": "text/html"}, b"<html><body>Sign in</body></html>")
VALIDATION = (
    '<wd:Validation_Fault xmlns:wd="urn:com.workday/bsvc"><wd:Validation_Error>'
    "<wd:Message>The name of Ada Lovelace is not valid.</wd:Message><wd:Detail_Message>Ada</wd:Detail_Message>"
    "<wd:Xpath>/wd:Change_Legal_Name_Request/wd:Name_Data[wd:First_Name='Ada']/wd:First_Name</wd:Xpath>"
    "</wd:Validation_Error></wd:Validation_Fault>"
)
SERVER = "SOAP-ENV:Server.processingError"
SERVER_FAULT = fault("Internal error", code=SERVER)
DETAIL = "<Detail_Message>no access</Detail_Message>"
UNAUTHORIZED = "Processing error occurred. The task submitted is not authorized."
OLD = "The web service or version is invalid for the requested operation"

Outcome = tuple[type[BridgeError], str]
Outcomes = tuple[Outcome, Outcome]
"""The error of a read and that of a write."""


def both(kind: type[BridgeError], code: str) -> Outcomes:
    return (kind, code), (kind, code)


REJECTED = both(CredentialRejected, "credential_rejected_by_system")
NOT_PERMITTED = both(Forbidden, "not_permitted_by_system")
MISCONFIGURED = both(Misconfigured, "bridge_misconfigured")
REFUSED = both(RefusedBySystem, "refused_by_system")
CONFLICT = both(Conflict, "conflict")
LATER = both(TryLater, "try_later")
UNKNOWN: Outcome = (OutcomeUnknown, "outcome_unknown")
BUSY: Outcomes = (LATER[0], UNKNOWN)
LATE: Outcomes = ((TimedOut, "upstream_timeout"), UNKNOWN)
UNCLEAR: Outcomes = ((InvalidUpstreamResponse, "upstream_invalid_response"), UNKNOWN)

# the response, the error of a read and the error of a write
EITHER: dict[str, tuple[HttpResponse | Exception, Outcomes]] = {
    "not sent": (RequestNotSent("ConnectTimeout"), LATER),
    "sent, then silence": (ResponseLost("ReadTimeout", timed_out=True), LATE),
    "sent, then a broken line": (ResponseLost("ConnectionError", timed_out=False), UNCLEAR),
    "401": (HttpResponse(401, {}, b""), REJECTED),
    "403": (json_answer({"error": "denied"}, 403), NOT_PERMITTED),
    "429": (HttpResponse(429, {"retry-after": "17"}, b""), LATER),
    "302": (HttpResponse(302, {"location": "https://elsewhere.example/"}, b""), MISCONFIGURED),
    "HTML instead": (HTML, UNCLEAR),
    "500": (HttpResponse(500, {"content-type": "text/plain"}, b"oops"), UNCLEAR),
    "502": (HttpResponse(502, {"content-type": "text/html"}, b"<html/>"), UNCLEAR),
    "404 of a gateway, XHTML": (
        HttpResponse(404, {"content-type": "text/html"}, b"<html><p>No page</p></html>"),
        REFUSED,
    ),
    "404 of a gateway, HTML": (HttpResponse(404, {"content-type": "text/html"}, b"<html><p>No page</html>"), REFUSED),
    "503": (HttpResponse(503, {"retry-after": "30"}, b""), BUSY),
    "408": (HttpResponse(408, {}, b""), UNCLEAR),
    "no text at all": (HttpResponse(200, {}, b"\xff\xfe"), UNCLEAR),
}
SOAP: dict[str, tuple[HttpResponse, Outcomes]] = {
    "validation fault": (fault("Validation error occurred.", detail=VALIDATION), REFUSED),
    "validation fault without details": (fault("Validation error occurred. Invalid ID value."), REFUSED),
    "validation sentence about an account": (
        fault("Validation error occurred. The bank account 12-34 was not found."),
        REFUSED,
    ),
    "processing fault with a detail": (
        fault(UNAUTHORIZED, code=SERVER, detail=f"<Processing_Fault>{DETAIL}</Processing_Fault>"),
        NOT_PERMITTED,
    ),
    "another client fault": (fault("Element 'x' is unexpected"), REFUSED),
    "server fault": (SERVER_FAULT, UNCLEAR),
    "bad credential": (fault("invalid username or password", code="SOAP-ENV:Client.authenticationError"), REJECTED),
    "not authorized": (fault(UNAUTHORIZED, code=SERVER), NOT_PERMITTED),
    "unknown version": (fault(OLD), MISCONFIGURED),
    "empty body": (soap_answer(""), UNCLEAR),
    "another namespace": (soap_answer("<x/>"), UNCLEAR),
    "success with an error status": (soap_answer("<wd:X/>", status=500), UNCLEAR),
    "document type": (HttpResponse(200, {}, b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'), UNCLEAR),
    "external entity": (
        HttpResponse(200, {}, b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>'),
        UNCLEAR,
    ),
    "too deep": (HttpResponse(200, {}, b"<a>" * 5000 + b"</a>" * 5000), UNCLEAR),
}
REST: dict[str, tuple[HttpResponse, Outcomes]] = {
    "400": (json_answer({"error": "wrong"}, 400), REFUSED),
    "403 S22": (json_answer({"error": "permission denied: S22"}, 403), NOT_PERMITTED),
    "404 S21": (json_answer({"error": "S21: invalid ID in the URL"}, 404), REFUSED),
    **{str(status): (json_answer({"error": "conflict"}, status), CONFLICT) for status in (409, 412, 428)},
    **{str(status): (HttpResponse(status, {}, b""), REFUSED) for status in (405, 410, 413, 415, 423, 451)},
    "425": (HttpResponse(425, {}, b""), UNCLEAR),
    "422": (json_answer({"error": "wrong"}, 422), REFUSED),
    "400 without JSON": (HttpResponse(400, {}, b"no"), REFUSED),
    "400 about the token": (json_answer({"error": "invalid_token: expired"}, 400), REJECTED),
    "a list in place of an object": (json_answer([]), UNCLEAR),
    "null in place of an object": (json_answer(None), UNCLEAR),
    "a text in place of an object": (json_answer("x"), UNCLEAR),
    "cut off after the status line": (HttpResponse(200, {}, b""), UNCLEAR),
    "NaN": (HttpResponse(200, {}, b'{"id": NaN}'), UNCLEAR),
    "deep JSON": (HttpResponse(200, {}, b"[" * 100_000), UNCLEAR),
}


def _cases() -> Iterator[tuple[str, tuple[Operation, HttpResponse | Exception, Outcome]]]:
    for protocol, read, write, table in (
        ("SOAP", SOAP_READ, SOAP_WRITE, EITHER | SOAP),
        ("REST", REST_READ, REST_WRITE, EITHER | REST),
    ):
        for name, (answer, (as_read, as_write)) in table.items():
            yield f"{protocol} read: {name}", (read, answer, as_read)
            yield f"{protocol} write: {name}", (write, answer, as_write)


CASES = dict(_cases())


def perform(operation: Operation, answer: HttpResponse | Exception, *, catalog: Catalog = BUILT_IN) -> BridgeError:
    def system(_: Asked) -> HttpResponse:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return raised(BridgeError, do, operation, examples(operation), system, catalog=catalog)


@for_each(CASES)
def test_each_response_means_one_error(
    operation: Operation, answer: HttpResponse | Exception, expected: Outcome
) -> None:
    error = perform(operation, answer)
    assert (type(error), error.code) == expected
    assert error.hint
    assert "Ada" not in (error.operator or ""), "what people wrote is not for the log"
    if isinstance(error, TryLater):
        assert error.retry_after


def test_a_write_is_repeated_only_after_these_responses() -> None:
    """Power Automate repeats 408, 429 and 5xx by itself. A row that changes above must be noticed here."""
    writes = {name: expected[0] for name, (operation, _, expected) in CASES.items() if operation.kind == "write"}
    repeated = {name for name, error in writes.items() if error.status in (408, 429) or error.status >= 500}
    assert repeated == {f"{protocol} write: {name}" for protocol in ("SOAP", "REST") for name in ("not sent", "429")}


def test_only_no_response_or_that_of_a_gateway_counts_as_an_outage_of_the_system() -> None:
    """The system's own error messages do not."""
    own_error, gateway = json_answer({"error": "oops"}, 500), json_answer({"message": "unavailable"}, 503)
    cases = {
        "not sent": (REST_READ, EITHER["not sent"][0], "not reached"),
        "lost": (REST_READ, EITHER["sent, then a broken line"][0], "lost"),
        "late": (REST_READ, EITHER["sent, then silence"][0], None),
        "too large": (REST_READ, ResponseLost("TooLarge", timed_out=False, too_large=True), None),
        "a lost write": (REST_WRITE, EITHER["sent, then a broken line"][0], None),
        "500": (REST_READ, EITHER["500"][0], "failing"),
        "500 after a write": (SOAP_WRITE, EITHER["500"][0], "failing"),
        "500 of its own": (REST_READ, own_error, None),
        "503 of a gateway": (REST_READ, gateway, "failing"),
        "a server fault": (SOAP_READ, SERVER_FAULT, None),
        "429": (REST_READ, EITHER["429"][0], None),
        "200 that says nothing": (REST_READ, HTML, None),
    }
    found = {name: perform(operation, answer).trouble for name, (operation, answer, _) in cases.items()}
    assert found == {name: trouble for name, (_, _, trouble) in cases.items()}


def test_a_write_whose_answer_is_too_large_is_not_reported_as_failed() -> None:
    error = perform(REST_WRITE, json_answer({"id": "x" * 600_000}))
    assert (type(error), error.code) == UNKNOWN


def test_a_404_says_that_a_service_may_not_be_open() -> None:
    assert "open the service for the bridge" in perform(REST_READ, REST["404 S21"][0]).hint


def test_retry_after_is_passed_on() -> None:
    assert perform(REST_READ, EITHER["429"][0]).retry_after == 17


def test_a_refusals_own_words_reach_the_caller_and_only_the_caller() -> None:
    error = perform(SOAP_WRITE, SOAP["validation fault"][0])
    assert error.detail == "Workday refused the request: The name of Ada Lovelace is not valid."
    assert error.operator == "fault Client.validationError at /wd:Change_Legal_Name_Request/wd:Name_Data/wd:First_Name"


PREDICATES = {
    "[1]": "",
    "[wd:First_Name='Ada']": "",
    '[wd:First_Name="Ada"]': "",
    "[wd:Name[1]='Ada']": "",
    "[wd:Name[wd:Part[2]='x']='Ada']": "",
    "[wd:Name='Ada O'Ada']": "",
    "[wd:Name='a]Ada[']": "",
    "[wd:Name='Ada": None,
    "[1]/wd:Inner[wd:Name='Ada']": "/wd:Inner",
}
"""A predicate → what remains of it in the log; None: nothing remains of the rest of the path either."""


def test_the_place_of_a_fault_is_reported_without_what_people_wrote() -> None:
    found = {}
    for predicate in PREDICATES:
        path = f"/wd:Request/wd:Name_Data{predicate}/wd:First_Name"
        detail = (
            VALIDATION.partition("<wd:Xpath>")[0]
            + f"<wd:Xpath>{path}</wd:Xpath></wd:Validation_Error></wd:Validation_Fault>"
        )
        found[predicate] = perform(SOAP_WRITE, fault("Validation error occurred.", detail=detail)).operator
    start = "fault Client.validationError at /wd:Request/wd:Name_Data"
    assert found == {
        predicate: start if rest is None else f"{start}{rest}/wd:First_Name" for predicate, rest in PREDICATES.items()
    }


def test_a_refusal_by_rest_is_reported_by_field() -> None:
    body = {"error": "invalid", "errors": [{"error": "S22", "field": "x", "message": "Choose a template."}]}
    assert perform(REST_WRITE, json_answer(body, 400)).detail.endswith(": invalid | Choose a template.")


def test_a_refusals_words_are_bounded_and_harmless() -> None:
    one = f"<wd:Validation_Error><wd:Message>\u202e{'x' * 1000}\n\u200fy</wd:Message></wd:Validation_Error>"
    detail = f'<wd:Validation_Fault xmlns:wd="urn:com.workday/bsvc">{one * 50}</wd:Validation_Fault>'
    error = perform(SOAP_WRITE, fault("Validation error occurred.", detail=detail))
    assert error.detail.count("|") == 4
    assert len(error.detail) < 1600
    assert not set("\u202e\u200f\n") & set(error.detail)
    assert len(error.operator or "") < 200


def test_rules_do_not_match_what_people_wrote() -> None:
    """Who is called "invalid username or password" must not make the bridge throw its credential away."""
    echoed = VALIDATION.replace("The name of Ada Lovelace", "invalid username or password")
    assert isinstance(perform(SOAP_WRITE, fault("Validation error occurred.", detail=echoed)), RefusedBySystem)


@for_each([None, "", [], {}, "x\x00y"])
def test_without_the_value_of_a_lookup_nothing_is_sent(found: object) -> None:
    """A request without its worker could mean everybody."""
    error = raised(Forbidden, do, SOAP_READ, {}, no_call, lookups={"worker": found})
    assert error.code == "not_permitted_by_system"


def test_a_manager_without_reports_reads_that_there_is_no_organization() -> None:
    with pytest.raises(Forbidden, match="You lead no organization"):
        do(BUILT_IN.operations["GetMyReports"], {}, json_answer({}), lookups={"organizations": []})


@pytest.mark.parametrize(
    ("operation", "system_says"),
    [
        (SOAP_READ, lambda text: fault(text, code="SOAP-ENV:Client.other")),
        (REST_READ, lambda text: json_answer({"error": text}, 400)),
        (REST_READ, lambda text: json_answer({"odd": text}, 400)),
    ],
    ids=["SOAP", "REST", "the system's own place"],
)
def test_rules_look_at_the_first_2000_characters_alone(
    operation: Operation, system_says: Callable[[str], HttpResponse]
) -> None:
    rule = FaultRule(re.compile("needle"), "not_permitted")
    kind = replace(BUILT_IN.systems["workday"], faults=(rule,), message="/odd")
    catalog = replace(BUILT_IN, systems={"workday": kind})
    inside, outside = (
        perform(operation, system_says("x" * length + "needle"), catalog=catalog) for length in (1900, 2000)
    )
    assert (type(inside), inside.code) == NOT_PERMITTED[0]
    assert (type(outside), outside.code) == REFUSED[0]


@for_each(["user " * 10**6, "user" * 10**6, "account not " * 10**5], name=lambda text: text[:12])
def test_a_huge_error_message_takes_little_time(text: str) -> None:
    start = time.process_time()
    perform(REST_READ, json_answer({"error": text}, 400))
    perform(SOAP_READ, fault(text))
    assert time.process_time() - start < 3


def test_only_the_beginning_of_a_message_is_cleaned() -> None:
    """Details of a fault are not cut before."""
    start = time.process_time()
    assert strip_controls("user\n" * 10**6) == ("user " * 60)[:299] + "…"
    assert time.process_time() - start < 0.1
