"""Operations performed at a scripted system, and inputs made from their schemas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lxml import etree

from bridge.base.http_client import Deadline, HttpResponse
from bridge.catalog import Catalog, Lookup, Operation, Schema, Target, load
from bridge.outbound import check_inputs, perform
from tests.support.client import Asked, ScriptedClient, json_answer

BUILT_IN = load(systems={"workday"})
WORKER = "3aa5550b7fe348b98d7b5741afc65534"
TARGET = Target(host="services.example", tenant="contoso")
TOKEN = "the-users-workday-token"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WD = "urn:com.workday/bsvc"

# What fits the patterns that the built-in operations use.
FITTING = {
    "^[A-Z]{3}$": "USA",
    "^[A-Z]{3}-[A-Za-z0-9_-]{1,20}$": "USA-IL",
    "^[0-9a-f]{32}$": "0123456789abcdef0123456789abcdef",
    "^[0-9]{1,4}$": "1",
    "^[0-9]{1,10}$": "1001",
    "^[a-z]{2,3}(_[A-Z]{2})?$": "en_US",
    "^[A-Z]{3}_[0-9]{1,6}$": "USA_1",
}
# A record of a lookup: what an emergency contact, a phone number or an email address looks like.
RECORD = {
    "firstName": "Robin",
    "lastName": "Vance",
    "country": "USA",
    "relationship": "Spouse",
    "phoneCountryCode": "1",
    "phoneNumber": "312-555-0100",
    "phoneDevice": "Mobile",
    "deviceId": "Mobile",
    "email": "robin@example.com",
    "isPrimary": True,
    "isPublic": False,
    "priority": 1,
}
FORMATTED = {"date": "2026-01-30", "date-time": "2026-01-31T09:00:00Z", "email": "someone@example.com"}


def is_free_text(schema: Schema) -> bool:
    """A text input that takes any words."""
    return schema["type"] == "string" and not {"pattern", "enum", "format"} & schema.keys()


def example(schema: Mapping[str, Any], text: str = "Text") -> object:
    """A value that fits `schema`."""
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "array":
        items = schema["items"]
        if items["type"] != "object":
            return [example(items, text)] * 2
        return [{name: example(inner, text) for name, inner in items["properties"].items()}] * 2
    plain: dict[str, object] = {"integer": schema.get("minimum", 1), "number": 7.5, "boolean": True}
    if schema["type"] in plain:
        return plain[schema["type"]]
    return FITTING.get(schema.get("pattern", "")) or FORMATTED.get(schema.get("format", "")) or text


def examples(operation: Operation, *, required_only: bool = False, text: str = "Text") -> dict[str, object]:
    """Inputs for an operation: all of them, or the required ones."""
    chosen = operation.required if required_only else [name for name in operation.inputs if name != "cursor"]
    return {name: example(operation.inputs[name], text) for name in chosen}


def soap_answer(content: str, status: int = 200) -> HttpResponse:
    """An envelope around `content`, where `wd` and `soap` are bound."""
    text = f'<soap:Envelope xmlns:soap="{SOAP}" xmlns:wd="{WD}"><soap:Body>{content}</soap:Body></soap:Envelope>'
    return HttpResponse(status, {"content-type": "text/xml"}, text.encode())


def fault(string: str, *, code: str = "SOAP-ENV:Client.validationError", detail: str = "") -> HttpResponse:
    """A SOAP fault as Workday gives it, with HTTP 500."""
    return soap_answer(
        f"<soap:Fault><faultcode>{code}</faultcode><faultstring>{string}</faultstring>"
        f"<detail>{detail}</detail></soap:Fault>",
        status=500,
    )


def empty_success(operation: Operation) -> HttpResponse:
    """A success without data."""
    template = getattr(operation.request, "template", None)
    if template is None:
        return json_answer({}) if operation.kind == "read" else json_answer({}, 201)
    return soap_answer(f"<wd:{etree.QName(template).localname.removesuffix('_Request')}_Response/>")


def no_call(_: Asked) -> HttpResponse:
    """A system that must not be asked."""
    raise AssertionError("something was sent")


def do(
    operation: Operation,
    raw: Mapping[str, object],
    answer: HttpResponse | Callable[[Asked], HttpResponse],
    *,
    catalog: Catalog = BUILT_IN,
    lookups: Mapping[str, object] | None = None,
) -> tuple[dict[str, object], list[Asked]]:
    """Validate the inputs and perform the operation: its result, and the requests to the system."""
    client = ScriptedClient({"": answer if callable(answer) else lambda _: answer})
    found: dict[str, object] = {name: looked_up(lookup) for name, lookup in operation.lookups.items()}
    result = perform(
        operation,
        check_inputs(operation, raw),
        kind=catalog.systems[operation.system],
        target=TARGET,
        access_token=TOKEN,
        lookups=found if lookups is None else lookups,
        client=client,
        deadline=Deadline(10),
        correlation_id="the-correlation-id",
    )
    return result, client.asked


def looked_up(lookup: Lookup) -> object:
    """A value for a lookup: the worker, or a record."""
    return [WORKER] if lookup.many else WORKER if lookup.output else RECORD


def sent_xml(asked: Asked) -> etree._Element:
    """The body's child of a SOAP request."""
    body = etree.fromstring(asked.body).find(f"{{{SOAP}}}Body")
    assert body is not None
    return body[0]


def write_catalog(folder: Path, files: Mapping[str, str]) -> Path:
    """A customer's folder made of `files` (path → content)."""
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    return folder
