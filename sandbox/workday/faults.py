"""Workday's SOAP faults: always with HTTP 500; their texts are known from public sources."""

from dataclasses import dataclass

from lxml import etree

from sandbox.workday.bsvc import Element, element, leaf

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


class SoapFault(Exception):
    """A fault without detail; `code` is the part after `SOAP-ENV:`."""

    def __init__(self, text: str, *, code: str = "Client") -> None:
        super().__init__(text)
        self.code = code
        self.text = text

    def detail(self) -> Element | None:
        return None


@dataclass(frozen=True, slots=True)
class Problem:
    """One Validation_Error. `xpath` is the place in the request; `detail` repeats the input, as Workday does."""

    message: str
    xpath: str = ""
    detail: str = ""


class Invalid(SoapFault):
    """The request violates the schema or a business rule."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("Validation error occurred. " + problems[0].message, code="Client.validationError")
        self.problems = problems

    def detail(self) -> Element:
        return element("Validation_Fault", *(_error(problem) for problem in self.problems))


class NotAuthorized(SoapFault):
    """The user may not do this, or not for this worker."""

    def __init__(self) -> None:
        super().__init__(
            "Processing error occurred. The task submitted is not authorized.", code="Client.processingError"
        )

    def detail(self) -> Element:
        return element("Processing_Fault", leaf("Detail_Message", "The task submitted is not authorized."))


def invalid_credentials() -> SoapFault:
    return SoapFault("invalid username or password", code="Client.authenticationError")


def invalid_version() -> SoapFault:
    return SoapFault("The web service or version is invalid for the requested operation")


def envelope(body: Element) -> str:
    """A SOAP 1.1 envelope as text."""
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"SOAP-ENV": SOAP})
    etree.SubElement(root, f"{{{SOAP}}}Body").append(body)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(root, encoding="unicode")


def fault_element(fault: SoapFault) -> Element:
    root = etree.Element(f"{{{SOAP}}}Fault", nsmap={"SOAP-ENV": SOAP})
    etree.SubElement(root, "faultcode").text = f"SOAP-ENV:{fault.code}"
    etree.SubElement(root, "faultstring").text = fault.text
    if (detail := fault.detail()) is not None:
        etree.SubElement(root, "detail").append(detail)
    return root


def _error(problem: Problem) -> Element:
    return element(
        "Validation_Error",
        leaf("Message", problem.message),
        leaf("Detail_Message", problem.detail or problem.message),
        leaf("Xpath", problem.xpath),
    )
