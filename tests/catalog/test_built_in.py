"""The built-in Workday operations: the contract's routes and names, and rules that hold for all of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from bridge.base.http_client import HttpResponse
from bridge.catalog import ListRequest, Operation, SoapRequest
from bridge.catalog.files import check_built_in
from bridge.errors import OutcomeUnknown
from tests.outbound.support import BUILT_IN, WORKER, do, empty_success, examples, sent_xml
from tests.support.cases import check_each, for_each

OPERATIONS = list(BUILT_IN.operations.values())
WRITES = [one for one in OPERATIONS if one.kind == "write"]
SOAP = [one for one in OPERATIONS if isinstance(one.request, SoapRequest)]
SCHEMA = Path(__file__).resolve().parents[3] / "shared" / "facts" / "workday" / "Human_Resources-v30.0.xsd"
BY_EVENT = ("ApproveRequest", "DenyRequest", "CancelMyRequest")
WD = "{urn:com.workday/bsvc}"
WHOSE = [f"{WD}{name}_Reference" for name in ("Worker", "Person", "Employee", "From_Worker", "Organization")]


def ids(operation: Operation) -> str:
    return operation.id


# The contract: users rely on these routes and names.
ROUTES = {
    "GetMyProfile": ("GET", "api/workday/me", ""),
    "ChangeMyLegalName": ("POST", "api/workday/me/legal-name", "firstName middleName lastName country effectiveDate"),
    "ChangeMyPreferredName": ("POST", "api/workday/me/preferred-name", "firstName middleName lastName country"),
    "GetMyHomeAddress": ("GET", "api/workday/me/home-address", ""),
    "UpdateMyHomeAddress": (
        "POST",
        "api/workday/me/home-address",
        "addressLine1 addressLine2 city region postalCode country effectiveDate addressId isPrimary",
    ),
    "ListMyDocumentTypes": ("GET", "api/workday/documents/types", ""),
    "RequestMyDocument": ("POST", "api/workday/me/documents", "type language"),
}


@for_each(ROUTES.items())
def test_the_contracts_routes_and_names_are_kept(id_: str, expected: tuple[str, str, str]) -> None:
    operation = BUILT_IN.operations[id_]
    method, route, inputs = expected
    assert (operation.method, operation.route) == (method, route)
    assert " ".join(operation.inputs).startswith(inputs)
    assert set(operation.required) <= set(inputs.split()), "what is new may be left out"


def test_there_are_at_least_twenty_operations() -> None:
    assert sum(one.system == "workday" for one in OPERATIONS) >= 20


def test_sensitive_are_pay_and_identity_numbers() -> None:
    assert {one.id for one in OPERATIONS if one.sensitive} == {
        "GetMyPaySlips",
        "GetMyCompensation",
        "GetMyGovernmentIds",
        "GetMyPassportsAndVisas",
    }


@for_each(OPERATIONS, ids)
def test_no_input_names_the_worker(operation: Operation) -> None:
    assert not {"workerId", "employeeId", "worker", "personId", "userName", "wid"} & operation.inputs.keys()
    assert operation.subject == "caller"


@for_each([one for one in SOAP if one.id not in (*BY_EVENT, "ListRelationshipTypes")], ids)
def test_a_soap_request_is_bound_to_the_callers_own_records(operation: Operation) -> None:
    _, [asked] = do(operation, examples(operation, required_only=True), empty_success(operation))
    named = list(sent_xml(asked).iter(*WHOSE))
    assert named
    assert {child.text for node in named for child in node} == {WORKER}


def test_requests_are_decided_by_their_event_and_by_who_asks() -> None:
    """They name no worker: Workday lets only the person who has the task decide or cancel it."""
    for id_ in BY_EVENT:
        operation = BUILT_IN.operations[id_]
        _, [asked] = do(operation, examples(operation), empty_success(operation))
        assert [child.text for child in sent_xml(asked).iter(f"{WD}ID")] == [examples(operation)["eventId"]]
    assert {one.id for one in OPERATIONS if one.approval} == {"ApproveRequest", "DenyRequest"}


@for_each(WRITES, ids)
def test_every_write_names_the_read_that_shows_whether_it_was_done(operation: Operation) -> None:
    assert operation.confirm_with
    assert BUILT_IN.operations[operation.confirm_with].kind == "read"
    with pytest.raises(OutcomeUnknown) as caught:
        do(operation, examples(operation), HttpResponse(500, {}, b""))
    assert caught.value.members == {"confirmWith": operation.confirm_with}
    assert operation.confirm_with in caught.value.hint


@for_each([one for one in OPERATIONS if one.service], ids)
def test_every_call_says_what_it_needs_in_the_system(operation: Operation) -> None:
    needs = operation.needs
    assert needs.areas
    assert needs.groups
    assert needs.domains or needs.process
    soap = isinstance(operation.request, SoapRequest)
    assert not soap or not {"View", "Modify"} & set(needs.permission.split(", ")), "SOAP takes Get and Put"
    assert soap or not {"Get", "Put"} & set(needs.permission.split(", ")), "REST takes View and Modify"


def test_every_operation_belongs_to_a_set() -> None:
    assert {one.id for one in OPERATIONS if one.set is None} == set()


@for_each(WRITES, ids)
def test_writes_ask_for_confirmation_and_say_what_happens_next(operation: Operation) -> None:
    assert "confirm" in operation.description
    assert operation.next_step
    result, [asked] = do(operation, examples(operation), empty_success(operation))
    assert result["nextStep"] == operation.next_step
    assert asked.fresh, "a write needs a connection of its own"


@for_each([one for one in SOAP if one.kind == "write" and one.id not in BY_EVENT], ids)
def test_no_write_skips_approvals(operation: Operation) -> None:
    _, [asked] = do(operation, examples(operation), empty_success(operation))
    parameters = sent_xml(asked).find(f"{WD}Business_Process_Parameters")
    assert parameters is not None
    assert parameters.findtext(f"{WD}Auto_Complete") == "false"
    assert parameters.findtext(f"{WD}Run_Now") == "true"


@for_each([one for one in OPERATIONS if not isinstance(one.request, ListRequest)], ids)
def test_the_users_token_and_the_correlation_id_are_sent(operation: Operation) -> None:
    _, [asked] = do(operation, examples(operation), empty_success(operation))
    assert asked.headers["Authorization"] == "Bearer the-users-workday-token"
    assert asked.headers["wd-external-request-id"] == "the-correlation-id"
    assert asked.url.startswith("https://services.example/ccx/")


@pytest.mark.skipif(not SCHEMA.exists(), reason="Workday's published schema is not beside the project")
def test_requests_are_valid_by_workdays_schema() -> None:
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    called = [one for one in SOAP if one.service == "human_resources"]
    cases = {f"{one.id}, required only: {only}": (one, only) for one in called for only in (True, False)}

    def check(case: tuple[Operation, bool]) -> None:
        operation, only = case
        _, [asked] = do(operation, examples(operation, required_only=only), empty_success(operation))
        schema.assertValid(sent_xml(asked))

    check_each(cases, check)


@for_each(SOAP, ids)
def test_the_request_names_the_version_that_is_called(operation: Operation) -> None:
    _, [asked] = do(operation, examples(operation), empty_success(operation))
    assert asked.url.endswith("/" + str(sent_xml(asked).get(f"{WD}version")))


def test_the_products_own_files_have_no_mistakes() -> None:
    """`load` trusts these files. Here they get every check that a customer's folder gets."""
    assert check_built_in() == ()
