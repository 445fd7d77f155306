"""`POST /ccx/service/{tenant}/{service}/{version}`: SOAP 1.1 with an OAuth bearer token and no WS-Security."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from sandbox.server import Handler, Request, Response
from sandbox.workday import absence, benefits, human_resources, integrations, related_persons, security, talent
from sandbox.workday.bsvc import WD
from sandbox.workday.call import Call, Service
from sandbox.workday.faults import (
    SOAP,
    Invalid,
    NotAuthorized,
    Problem,
    SoapFault,
    envelope,
    fault_element,
    invalid_credentials,
    invalid_version,
)
from sandbox.workday.reference_data import in_mode
from sandbox.workday.tenant import Blocked, Tenant
from sandbox.workday.xmlio import Element, NotXml, Schema, parse

SERVICES: Mapping[tuple[str, str], Service] = {
    (name, service.version): service
    for name, service in (
        ("Human_Resources", human_resources.SERVICE),
        ("Human_Resources", related_persons.SERVICE),
        ("Absence_Management", absence.SERVICE),
        ("Benefits_Administration", benefits.SERVICE),
        ("Talent", talent.SERVICE),
        ("Integrations", integrations.SERVICE),
    )
}
_REQUEST = "_Request"
_HEADER = f"{{{WD}}}Workday_Common_Header"


def handler(tenant: Tenant) -> Handler:
    """Does what the envelope asks, or answers a fault with HTTP 500, as Workday does for every no."""

    def answer(request: Request) -> Response:
        try:
            return Response.xml(envelope(_perform(request, tenant)))
        except SoapFault as fault:
            return Response.xml(envelope(fault_element(fault)), status=500)

    return answer


def operation_name(request: Request) -> str:
    """The operation of the envelope, e.g. Get_Workers; `unreadable` if there is none."""
    try:
        return _name(_body_child(request.body))
    except SoapFault:
        return "unreadable"


def _perform(request: Request, tenant: Tenant) -> Element:
    caller = tenant.caller(request.bearer)
    if caller is None:
        raise invalid_credentials()
    if not request.headers.get("content-type", "").lower().startswith("text/xml"):
        raise SoapFault("The Content-Type of a SOAP 1.1 request is text/xml.")
    asked = _body_child(request.body)
    service = SERVICES.get((request.params["service"], request.params["version"]))
    operation = service.operations.get(_name(asked)) if service else None
    if service is None or operation is None:
        raise invalid_version()
    if security.withheld(_name(asked), tenant.mode):
        raise NotAuthorized
    _check_schema(asked, service)
    with tenant.lock, in_mode(tenant.mode):
        try:
            response = operation(Call(tenant, caller, asked))
        except Blocked as blocked:
            raise Invalid(Problem(security.blocked_message(str(blocked)))) from blocked
    response.set(f"{{{WD}}}version", service.version)
    return response


def _body_child(body: bytes) -> Element:
    """The one element in the SOAP body."""
    try:
        root = parse(body, comments=False)
    except NotXml as error:
        raise SoapFault(f"The request is no acceptable document. {error}") from error
    if root.tag != f"{{{SOAP}}}Envelope":
        raise SoapFault("The request is not a SOAP 1.1 envelope.")
    headers = root.findall(f"{{{SOAP}}}Header/*")
    if any(header.tag != _HEADER for header in headers):
        raise SoapFault("Only the Workday_Common_Header is understood; the user comes from the bearer token.")
    children = root.findall(f"{{{SOAP}}}Body/*")
    if len(children) != 1:
        raise SoapFault("The SOAP body must hold one element.")
    return children[0]


def _name(asked: Element) -> str:
    namespace, _, name = str(asked.tag)[1:].partition("}")
    if namespace != WD or not name.endswith(_REQUEST):
        raise SoapFault("The SOAP body must hold a request of urn:com.workday/bsvc.")
    return name.removesuffix(_REQUEST)


def _check_schema(asked: Element, service: Service) -> None:
    problems = _schema(service.schema).problems(asked)
    if problems:
        raise Invalid(*(Problem(message, path) for message, path in problems))


@cache
def _schema(file: str) -> Schema:
    return Schema(Path(__file__).with_name("schemas") / file)
