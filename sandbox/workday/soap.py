"""`POST /ccx/service/{tenant}/{service}/{version}`: SOAP 1.1 with an OAuth bearer token and no WS-Security."""

from functools import cache
from pathlib import Path

from sandbox.server import Handler, Request, Response
from sandbox.workday import security
from sandbox.workday.bsvc import WD, element
from sandbox.workday.call import Call
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
from sandbox.workday.services import SERVICES
from sandbox.workday.tenant import Blocked, Tenant
from sandbox.workday.xmlio import Element, NotXml, Schema, parse

_REQUEST = "_Request"
_HEADER = f"{{{WD}}}Workday_Common_Header"


def handler(tenant: Tenant) -> Handler:
    """Performs the operation in the envelope; each refusal is a fault with HTTP 500, as at Workday."""

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
    name, version = _name(asked), request.params["version"]
    service = SERVICES.get(f"{request.params['service']}/{version}")
    operation = service.operations.get(name) if service else None
    if service is None or operation is None:
        raise invalid_version()
    if security.withheld((operation.domain, operation.permission), tenant.mode):
        raise NotAuthorized
    _check_schema(asked, service.schema)
    with tenant.lock, in_mode(tenant.mode):
        try:
            return element(f"{name}_Response", *operation.work(Call(tenant, caller, asked)), version=version)
        except Blocked as blocked:
            raise Invalid(Problem(security.blocked_message(str(blocked)))) from blocked


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


def _check_schema(asked: Element, schema: str) -> None:
    problems = _schema(schema).problems(asked)
    if problems:
        raise Invalid(*(Problem(message, path) for message, path in problems))


@cache
def _schema(file: str) -> Schema:
    return Schema(Path(__file__).with_name("schemas") / file)
