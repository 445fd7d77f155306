"""SOAP at the sandbox's Workday: authentication, envelopes, schema and faults."""

from collections.abc import Callable

import pytest

from tests.sandbox.workday import envelopes
from tests.sandbox.workday.kit import SOAP, WD, Caller, Workday, body_of, faultstring, texts

GET_ME = envelopes.get_workers()


def _envelope(body: str, header: str = "") -> bytes:
    return f'<e:Envelope xmlns:e="{SOAP}" xmlns:wd="{WD}">{header}<e:Body>{body}</e:Body></e:Envelope>'.encode()


def test_an_answer_names_the_version_of_its_service(adele: Caller) -> None:
    answer = adele.soap(GET_ME)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/xml")
    assert body_of(answer).get(f"{{{WD}}}version") == "v30.0"


@pytest.mark.parametrize("authorization", ["", "Bearer ", "Bearer unknown", "Basic YTpi"])
def test_without_a_good_token_the_fault_is_that_of_a_wrong_password(adele: Caller, authorization: str) -> None:
    answer = adele.soap(GET_ME, Authorization=authorization)
    assert faultstring(answer) == "invalid username or password"
    assert texts(answer, "//detail") == []


@pytest.mark.parametrize("service", ["Human_Resources/v29.0", "Human_Resources/30", "Payroll/v30.0", "Talent/v42.0"])
def test_a_service_or_version_without_the_operation(adele: Caller, service: str) -> None:
    expected = "The web service or version is invalid for the requested operation"
    assert faultstring(adele.soap(GET_ME, service=service)) == expected


def test_an_unknown_operation_is_reported_as_an_invalid_service(adele: Caller) -> None:
    assert "invalid for the requested operation" in faultstring(adele.soap("<wd:Terminate_Employee_Request/>"))


def test_the_wrong_tenant_gets_a_page_for_people(adele: Caller, workday: Workday) -> None:
    url = f"{workday.url}/ccx/service/other/Human_Resources/v30.0"
    answer = workday.session.post(url, data=b"", timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


ENVELOPES = {
    "not XML": (b"hello", "well-formed"),
    "document type": (b"<!DOCTYPE a>" + _envelope(""), "document type"),
    "entity": (b"<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/hostname'>]>" + _envelope("&e;"), "document type"),
    "no envelope": (b"<a/>", "not a SOAP 1.1 envelope"),
    "SOAP 1.2": (b'<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"/>', "not a SOAP 1.1 envelope"),
    "empty body": (_envelope(""), "one element"),
    "two requests": (_envelope("<wd:Get_Workers_Request/>" * 2), "one element"),
    "another namespace": (_envelope("<Get_Workers_Request/>"), "must hold a request"),
    "no request": (_envelope("<wd:Get_Workers/>"), "must hold a request"),
    "WS-Security": (_envelope("<wd:Get_Workers_Request/>", "<e:Header><Security/></e:Header>"), "bearer token"),
}


@pytest.mark.parametrize(("envelope", "reason"), ENVELOPES.values(), ids=ENVELOPES.keys())
def test_envelopes_that_are_not_understood(adele: Caller, envelope: bytes, reason: str) -> None:
    assert reason in faultstring(adele.send(envelope))


def test_the_common_header_is_understood(adele: Caller) -> None:
    header = "<e:Header><wd:Workday_Common_Header/></e:Header>"
    assert adele.send(_envelope(GET_ME.replace("{me}", adele.wid), header)).status_code == 200


def test_another_content_type_is_refused(adele: Caller) -> None:
    headers = {"Content-Type": "application/soap+xml"}
    assert "text/xml" in faultstring(adele.soap(GET_ME, **headers))


@pytest.mark.parametrize(
    "request_",
    [
        "<wd:Get_Workers_Request><wd:Unknown/></wd:Get_Workers_Request>",
        "<wd:Get_Workers_Request wd:unknown='1'/>",
        "<wd:Get_Workers_Request version='v30.0'/>",
        "<wd:Get_Workers_Request wd:version='30'/>",
        "<wd:Get_Workers_Request><wd:Response_Group/><wd:Response_Filter/></wd:Get_Workers_Request>",
        "<wd:Change_Legal_Name_Request/>",
        envelopes.legal_name(date="tomorrow"),
        envelopes.get_workers().replace("true", "yes"),
    ],
    ids=["element", "attribute", "plain attribute", "version", "order", "missing", "date", "boolean"],
)
def test_a_violation_of_the_schema_is_a_validation_error_with_its_place(adele: Caller, request_: str) -> None:
    answer = adele.soap(request_)
    assert faultstring(answer).startswith("Validation error occurred.")
    assert texts(answer, "//faultcode/text()") == ["SOAP-ENV:Client.validationError"]
    error = "//detail/wd:Validation_Fault/wd:Validation_Error"
    assert texts(answer, f"{error}/wd:Message/text()")
    assert texts(answer, f"{error}/wd:Xpath/text()")[0].startswith("/wd:")


FOREIGN = {
    "legal name": lambda wid: envelopes.legal_name(worker=envelopes.of("Worker_Reference", wid)),
    "home contact": lambda wid: envelopes.home_contact(person=envelopes.of("Person_Reference", wid)),
    "reading home contact": lambda wid: envelopes.get_home_contact(envelopes.of("Person_Reference", wid)),
    "letter": lambda wid: envelopes.letter(worker=envelopes.of("Worker_Reference", wid)),
    "worker": lambda wid: envelopes.get_workers(envelopes.of("Worker_Reference", wid)),
    "both": lambda wid: envelopes.get_workers(envelopes.me("Worker_Reference") + envelopes.of("Worker_Reference", wid)),
}


@pytest.mark.parametrize("write", FOREIGN.values(), ids=FOREIGN.keys())
def test_a_caller_cannot_act_on_another_worker(adele: Caller, miriam: Caller, write: Callable[[str], str]) -> None:
    answer = adele.soap(write(miriam.wid))
    assert faultstring(answer) == "Processing error occurred. The task submitted is not authorized."
    assert texts(answer, "//detail/wd:Processing_Fault/wd:Detail_Message/text()")


@pytest.mark.parametrize(("kind", "id_"), [("WID", "0" * 32), ("Employee_ID", "99999"), ("Passport", "21001")])
def test_an_unknown_id_is_a_validation_error(adele: Caller, kind: str, id_: str) -> None:
    worker = f'<wd:Worker_Reference><wd:ID wd:type="{kind}">{id_}</wd:ID></wd:Worker_Reference>'
    expected = f"'{id_}' is not a valid ID value for type = '{kind}'"
    assert expected in faultstring(adele.soap(envelopes.get_workers(worker)))


def test_an_employee_number_is_a_reference_too(adele: Caller) -> None:
    worker = '<wd:Worker_Reference><wd:ID wd:type="Employee_ID">21001</wd:ID></wd:Worker_Reference>'
    assert texts(adele.soap(envelopes.get_workers(worker)), "//wd:Worker_ID/text()") == ["21001"]


def test_ids_of_two_people_in_one_reference_are_refused(adele: Caller, miriam: Caller) -> None:
    both = f'<wd:ID wd:type="WID">{adele.wid}</wd:ID><wd:ID wd:type="WID">{miriam.wid}</wd:ID>'
    answer = adele.soap(envelopes.get_workers(f"<wd:Worker_Reference>{both}</wd:Worker_Reference>"))
    assert "not a valid ID value" in faultstring(answer)
