"""SOAP 1.1: builds the envelope around a filled template, and reads responses and faults (HTTP 500)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from lxml import etree

from bridge.base.http_client import HttpResponse
from bridge.base.patterns import MAX_TEXT
from bridge.base.xml_reader import NotXml, parse_xml
from bridge.catalog import FaultRule, SoapRequest, SystemType, Target
from bridge.errors import BridgeError
from bridge.outbound.call import Call, Document, Unusable
from bridge.outbound.fill import Values, fill_headers, fill_xml
from bridge.outbound.outcome import Outcome

ENVELOPE: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_BODY: Final = f"{{{ENVELOPE}}}Body"
_FAULT: Final = f"{{{ENVELOPE}}}Fault"
_PREDICATE: Final = re.compile(r"""\[(?:[^]['"]|'[^][']*'|"[^]["]*")*\]""")


def build_call(request: SoapRequest, values: Values, kind: SystemType, target: Target) -> Call:
    """The request with its template filled."""
    envelope = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"soap": ENVELOPE})
    blocks = [*kind.soap_header, *request.header]
    if blocks:
        etree.SubElement(envelope, f"{{{ENVELOPE}}}Header").extend(fill_xml(block, values) for block in blocks)
    etree.SubElement(envelope, _BODY).append(fill_xml(request.template, values))
    headers = {"Content-Type": "text/xml; charset=utf-8", "Accept": "text/xml", "SOAPAction": f'"{request.action}"'}
    return Call(
        "POST",
        target.expand(kind.services[request.service]),
        headers | fill_headers(request.headers, values),
        etree.tostring(envelope, xml_declaration=True, encoding="utf-8"),
    )


def read_response(response: HttpResponse, request: SoapRequest, outcome: Outcome) -> Document:
    """The body's one child. Raises what a fault means, or `Unusable`."""
    if response.status == 403:
        raise outcome.meaning("not_permitted", response, "HTTP 403")
    content = next(_body(response, outcome).iterchildren(etree.Element), None)
    if content is None:
        raise Unusable(response, "an empty SOAP body")
    if content.tag == _FAULT:
        raise _fault(content, response, outcome)
    if not 200 <= response.status < 300:
        raise Unusable(response, "neither success nor fault")
    if etree.QName(content).namespace not in outcome.kind.namespaces.values():
        raise Unusable(response, "an unexpected element in the SOAP body")
    return Document(content, XmlReader(outcome.kind.namespaces), response)


def _body(response: HttpResponse, outcome: Outcome) -> etree._Element:
    """The SOAP body. Raises a refusal for a 4xx without one, which is the response of a gateway."""
    try:
        body, reason = parse_xml(response.body).find(_BODY), "no SOAP body"
    except NotXml as error:
        body, reason = None, str(error)
    if body is None and 400 <= response.status < 500:
        raise outcome.client_error(response, ())
    if body is None:
        raise Unusable(response, reason)
    return body


def _fault(fault: etree._Element, response: HttpResponse, outcome: Outcome) -> BridgeError:
    """The error for a fault: a validation fault is a refusal; else a fault rule decides, then the fault code."""
    code = _place(_text(fault.find("faultcode")).rpartition(":")[2])
    message = _text(fault.find("faultstring"))[:MAX_TEXT]
    errors = list(fault.iter("{*}Validation_Error"))
    if errors:
        places = "; ".join(_place(_text(error.find("{*}Xpath"))) for error in errors[:5])
        texts = [_text(error.find("{*}Message")) or _text(error.find("{*}Detail_Message")) for error in errors]
        return outcome.refused(texts, f"fault {code} at {places}")
    details = [_text(detail) for detail in fault.iter("{*}Detail_Message")]
    texts = [text for text in dict.fromkeys((message, *details)) if text]
    if rule := _rule(message, outcome.kind.faults, validation=code.endswith("validationError")):
        return outcome.meaning(rule.means, response, f"fault {code}: {rule.means}", texts)
    if code.startswith("Client"):
        return outcome.refused(texts, f"fault {code}")
    return outcome.unusable(Unusable(response, f"fault {code}", fault=True))


def _rule(message: str, rules: Sequence[FaultRule], *, validation: bool) -> FaultRule | None:
    """The rule for a message. A validation message may repeat what people wrote, so there a rule must match from its
    start, and none may say that the account is unknown.
    """
    for rule in rules:
        if validation and rule.means != "user_unknown" and rule.pattern.match(message):
            return rule
        if not validation and rule.pattern.search(message):
            return rule
    return None


def _text(element: etree._Element | None) -> str:
    return "".join(str(part) for part in element.itertext()).strip() if element is not None else ""


def _place(xpath: str) -> str:
    """The names in an XPath or a code, without its predicates: they repeat what people wrote.

    A predicate that is not plain, because others or unpaired quotes are in it, takes everything up to the last bracket.
    """
    names = _PREDICATE.sub("", xpath[:2000])
    names = re.sub(r"(?s)\[.*\]|\[.*", "", names)
    return re.sub(r"[^A-Za-z0-9_:/.-]", "", names)[:200]


class XmlReader:
    """Reads elements by XPath 1.0 with the system's prefixes."""

    def __init__(self, namespaces: Mapping[str, str]) -> None:
        self._namespaces = tuple(namespaces.items())

    def one(self, node: object, source: str) -> object | None:
        """The text of the first node, or what an XPath function gives."""
        found = self._evaluate(node, source)
        if not isinstance(found, list):
            return found.strip() if isinstance(found, str) else found
        first = found[0] if found else None
        return _text(first) if isinstance(first, etree._Element) else None if first is None else str(first)

    def many(self, node: object, source: str) -> list[object]:
        """The elements, or texts of attributes."""
        found = self._evaluate(node, source)
        return list(found) if isinstance(found, list) else [found]

    def _evaluate(self, node: object, source: str) -> object:
        """What the XPath finds. One that fails finds nothing, because a completed write must not end in an error."""
        if not isinstance(node, etree._Element):
            return [] if source else [node]
        try:
            return _xpath(source, self._namespaces)(node)
        except etree.XPathError:
            return []


@lru_cache(maxsize=2048)
def _xpath(source: str, namespaces: tuple[tuple[str, str], ...]) -> etree.XPath:
    return etree.XPath(source or ".", namespaces=dict(namespaces))
