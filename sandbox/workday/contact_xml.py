"""Names, addresses, phones and emails as XML: contact data has one form in Get_Workers and another in changes."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from sandbox.workday.bsvc import Element, element, find, leaf, reference
from sandbox.workday.records import NAME_PARTS, Address, Name, Phone, WorkerRecord
from sandbox.workday.reference_data import PLACES

COUNTRY = "ISO_3166-1_Alpha-3_Code"
T = TypeVar("T", Phone, str)


def country(code: str, name: str = "Country_Reference") -> Element | None:
    return reference(name, {COUNTRY: code}, PLACES.get(code, code)) if code else None


def name_detail(name: Name) -> Element:
    """A Name_Detail_Data."""
    detail = element(
        "Name_Detail_Data",
        country(name.country),
        Formatted_Name=name.full,
        Reporting_Name=f"{name.last}, {name.first}",
    )
    for field, path, _ in NAME_PARTS:
        *parents, last = path.split("/")
        part = leaf(last, getattr(name, field))
        if part is not None:
            _inside(detail, parents).append(part)
    return detail


def _inside(node: Element, parents: list[str]) -> Element:
    """The nested element, made if it does not exist."""
    for parent in parents:
        found = find(node, parent)
        if found is None:
            node.append(found := element(parent))
        node = found
    return node


def person_names(worker: WorkerRecord) -> Element:
    preferred = worker.preferred_name or worker.legal_name
    return element(
        "Name_Data",
        element("Legal_Name_Data", name_detail(worker.legal_name)),
        element("Preferred_Name_Data", name_detail(preferred)),
    )


def usage(kind: str = "HOME", *, primary: bool = True) -> Element:
    type_reference = reference("Type_Reference", {"Communication_Usage_Type_ID": kind}, kind.title())
    return element("Usage_Data", element("Type_Data", type_reference, Primary=primary), Public=kind == "WORK")


def contact_data(worker: WorkerRecord) -> Element:
    """The Contact_Data of Get_Workers."""
    return element(
        "Contact_Data",
        *(address_data(address) for address in worker.home_addresses),
        phone_data(worker.home_phone),
        phone_data(worker.work_phone, kind="WORK"),
        email_data(worker.home_email),
        email_data(worker.work_email, kind="WORK"),
    )


def address_data(address: Address) -> Element:
    """An Address_Data of Get_Workers (Address_Information_DataType)."""
    return element(
        "Address_Data",
        country(address.country),
        *_lines(address),
        leaf("Municipality", address.city),
        _region(address),
        leaf("Postal_Code", address.postal_code),
        usage(primary=address.primary),
        reference("Address_Reference", {"WID": address.wid, "Address_ID": address_id(address)}),
        leaf("Address_ID", address_id(address)),
        Formatted_Address=address.formatted,
        Address_Format_Type="Basic",
    )


def phone_data(phone: Phone, *, kind: str = "HOME") -> Element:
    """A Phone_Data of Get_Workers (Phone_Information_DataType)."""
    return element(
        "Phone_Data",
        leaf("Country_ISO_Code", phone.country),
        leaf("International_Phone_Code", phone.code),
        leaf("Phone_Number", phone.number),
        leaf("Phone_Extension", phone.extension),
        reference("Phone_Device_Type_Reference", {"Phone_Device_Type_ID": phone.device}, phone.device),
        usage(kind),
        Formatted_Phone=phone.formatted,
    )


def email_data(email: str, *, kind: str = "HOME") -> Element:
    return element("Email_Address_Data", leaf("Email_Address", email), usage(kind))


def changeable_contact(worker: WorkerRecord, kind: str) -> Element:
    """The Person_Contact_Information_Data of `kind` home or work, in the form in which a change is sent."""
    home = kind == "home"
    addresses = map(_changeable_address, worker.home_addresses)
    return element(
        "Person_Contact_Information_Data",
        element("Person_Address_Information_Data", *addresses, Replace_All=False) if home else None,
        _changeable_list("Phone", _changeable_phone, worker, kind, worker.further_phones if home else ()),
        _changeable_list("Email", _changeable_email, worker, kind, worker.further_emails if home else ()),
    )


def _changeable_list(
    what: str,
    shown: Callable[[str, T, Element], Element],
    worker: WorkerRecord,
    kind: str,
    further: Iterable[tuple[str, T]],
) -> Element:
    field = f"{kind}_{what}".lower()
    primary = shown(worker.wid_of(field.replace("_", "-")), getattr(worker, field), usage(kind.upper()))
    others = (shown(wid, one, usage(kind.upper(), primary=False)) for wid, one in further)
    return element(f"Person_{what}_Information_Data", primary, *others, Replace_All=False)


def address_id(address: Address) -> str:
    return f"ADDRESS_REFERENCE-{address.wid[:8]}"


def _changeable_address(address: Address) -> Element:
    data = element(
        "Address_Data",
        country(address.country),
        _region(address),
        *_lines(address),
        leaf("Postal_Code", address.postal_code),
        leaf("Municipality", address.city),
        Formatted_Address=address.formatted,
    )
    ids = {"WID": address.wid, "Address_ID": address_id(address)}
    return element(
        "Address_Information_Data",
        data,
        usage(primary=address.primary),
        reference("Address_Reference", ids),
        leaf("Address_ID", address_id(address)),
        Address_Format_Type="Basic",
    )


def _changeable_phone(wid: str, phone: Phone, used: Element) -> Element:
    code = f"{phone.country}_{phone.code}"
    data = element(
        "Phone_Data",
        reference("Device_Type_Reference", {"Phone_Device_Type_ID": phone.device}, phone.device),
        reference("Country_Code_Reference", {"Country_Phone_Code_ID": code}, code) if phone.country else None,
        leaf("Complete_Phone_Number", phone.number),
        leaf("Extension", phone.extension),
        Formatted_Phone=phone.formatted,
    )
    return element("Phone_Information_Data", data, used, reference("Phone_Reference", {"WID": wid}))


def _changeable_email(wid: str, email: str, used: Element) -> Element:
    data = element("Email_Data", leaf("Email_Address", email))
    return element("Email_Information_Data", data, used, reference("Email_Reference", {"WID": wid}))


def _lines(address: Address) -> Iterator[Element]:
    for number, (kind, text) in enumerate(address.lines, 1):
        yield element("Address_Line_Data", text, Type=kind, Descriptor=f"Address Line {number}")


def _region(address: Address) -> Element | None:
    if not address.region:
        return None
    descriptor = PLACES.get(address.region, address.region)
    return reference("Country_Region_Reference", {"Country_Region_ID": address.region}, descriptor)
