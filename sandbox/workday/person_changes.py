"""Changes of home addresses, emergency contacts, phones and emails, by Workday's rules.

The rules and their wording are those of the schema that Workday publishes (Human_Resources v30.0).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from sandbox.workday import reading
from sandbox.workday import reference_data as known
from sandbox.workday.bsvc import Element, attribute_flag, find, find_all, flag, ids, text
from sandbox.workday.contact_xml import address_id
from sandbox.workday.records import Address, EmergencyContact, Phone, WorkerRecord, new_wid

T = TypeVar("T", bound=Address | EmergencyContact)
_UNKNOWN = {
    "Address": "Address Reference must match an existing (and not deleted) address in use by the person.",
    "Emergency_Contact": "The emergency contact reference does not belong to the Person reference.",
}
Change = Callable[[], None]
"""Makes a change that has been checked."""


def change_addresses(current: Sequence[Address], request: Element) -> list[Address]:
    """The addresses after a Person_Address_Information_Data; exactly one is the primary home address."""
    replace_all = attribute_flag(request, "Replace_All")
    addresses = [one for one in current if one.primary or not replace_all]
    for node in find_all(request, "Address_Information_Data"):
        old = _referenced(addresses, node, "Address", address_id)
        if replace_all and old:
            raise known.invalid(node, "When Replace All is True, you can't pass an Address Reference.")
        if attribute_flag(node, "Delete"):
            if old is None:
                raise known.invalid(node, "Address Reference is required when deleting an address")
            if old.primary:
                raise known.invalid(node, "A primary home address cannot be removed.")
            addresses.remove(old)
        else:
            new = _address(node, old)
            # A primary address without a reference replaces the current one.
            old = old or next((one for one in addresses if new.primary and one.primary), None)
            addresses = _put(addresses, old, replace(new, wid=old.wid if old else new.wid))
    return addresses


def _address(node: Element, old: Address | None) -> Address:
    data, usage = find(node, "Address_Data"), find(node, "Usage_Data")
    if data is None or usage is None:
        raise known.invalid(node, "Address Data and Usage Data elements are required unless address is being deleted.")
    primary = reading.is_primary_home(usage)
    if old and primary not in (None, old.primary):
        raise known.invalid(node, "You can't change a primary address to an additional address or the other way round.")
    return reading.address(data, wid=new_wid(), primary=old.primary if old else bool(primary))


def change_contacts(current: Sequence[EmergencyContact], request: Element) -> list[EmergencyContact]:
    """The contacts after a Change_Emergency_Contacts_Data; a contact that becomes primary replaces the primary one."""
    contacts = [] if flag(request, "Replace_All") else list(current)
    for node in find_all(request, "Emergency_Contacts_Reference_Data"):
        old = _referenced(contacts, node, "Emergency_Contact", lambda one: one.id)
        if flag(node, "Delete"):
            if old is None:
                raise known.invalid(
                    node, "Emergency Contact Reference is required when deleting a emergency contact entry."
                )
            if old.primary:
                raise known.invalid(node, "Primary Emergency Contact cannot be deleted.")
            contacts.remove(old)
            continue
        new = _contact(node, old)
        if new.primary:
            contacts = [replace(one, primary=False, priority=max(2, one.priority)) for one in contacts]
            old = next((one for one in contacts if old and one.wid == old.wid), None)
        contacts = _put(contacts, old, new)
    if not any(one.primary for one in contacts):
        raise known.invalid(request, "One and only one emergency contact must be specified as Primary.")
    return contacts


def _contact(node: Element, old: EmergencyContact | None) -> EmergencyContact:
    wid = old.wid if old else new_wid()
    id_ = old.id if old else f"EMERGENCY_CONTACT-{wid[:8]}"
    return reading.emergency_contact(reading.required(node, "Emergency_Contact_Data"), wid=wid, id_=id_)


def _referenced(things: Iterable[T], node: Element, name: str, id_of: Callable[[T], str]) -> T | None:
    """The thing that the node references, by Workday ID or by its own ID; None without a reference."""
    reference = find(node, f"{name}_Reference")
    if reference is None:
        return None
    given = ids(reference).items()
    for one in things:
        if given <= {"WID": one.wid, f"{name}_ID": id_of(one)}.items():
            return one
    raise known.invalid(node, _UNKNOWN[name])


def _put(things: list[T], old: T | None, new: T) -> list[T]:
    return [*things, new] if old is None else [new if one is old else one for one in things]


def phone_change(node: Element, worker: WorkerRecord, kind: str) -> Change:
    """The change in a Phone_Information_Data; `kind` is Home or Work."""
    data = reading.required(node, "Phone_Data")
    number = text(data, "Complete_Phone_Number")
    if not number.strip():
        raise known.invalid(node, "Phone Number is required unless you are deleting a phone number.")
    code = find(data, "Country_Code_Reference")
    country, _, calling = ("" if code is None else ids(code).get("Country_Phone_Code_ID", "")).partition("_")
    device = known.known_id(reading.required(data, "Device_Type_Reference"), "Phone_Device_Type_ID", known.DEVICES)
    phone = Phone(number=number, country=country, code=calling, device=device, extension=text(data, "Extension"))
    return _contact_change(node, "Phone", worker, kind, phone)


def email_change(node: Element, worker: WorkerRecord, kind: str) -> Change:
    """The change in an Email_Information_Data."""
    email = text(reading.required(node, "Email_Data"), "Email_Address")
    return _contact_change(node, "Email", worker, kind, email)


def _contact_change(node: Element, what: str, worker: WorkerRecord, kind: str, new: Phone | str) -> Change:
    """Exactly one entry of a kind is primary; each further one has a Workday ID of its own."""
    usage = reading.required(node, "Usage_Data")
    if text(usage, "Type_Data", "Type_Reference", "ID") != kind.upper():
        raise known.invalid(node, f"Only {kind} Contact Information can be maintained through this web service.")
    if attribute_flag(usage, "Public") != (kind == "Work"):
        raise known.invalid(node, f"The visibility of {kind.lower()} contact information can't be changed here.")
    primary = attribute_flag(find_all(usage, "Type_Data")[0], "Primary")
    field, list_field = f"{kind}_{what}".lower(), f"further_{what}s".lower()
    wid = _referenced_entry(node, what, worker, field)
    if wid == worker.wid_of(field.replace("_", "-")) and not primary:
        raise known.invalid(node, f"One primary {what.lower()} is required.")

    def change() -> None:
        further, old = dict(getattr(worker, list_field)), getattr(worker, field)
        if wid in further:
            further[wid] = new
        elif wid is None and not primary:
            further[new_wid()] = new
        else:
            setattr(worker, field, new)
            further |= {} if wid or kind == "Work" else {new_wid(): old}
        if kind == "Home":
            setattr(worker, list_field, list(further.items()))

    return change


def _referenced_entry(node: Element, what: str, worker: WorkerRecord, field: str) -> str | None:
    """The Workday ID of the entry that is referenced, which must be the worker's own."""
    reference = find(node, f"{what}_Reference")
    if reference is None:
        return None
    own = {worker.wid_of(field.replace("_", "-"))}
    if field.startswith("home"):
        own |= {wid for wid, _ in getattr(worker, f"further_{what}s".lower())}
    given = ids(reference)
    if given.keys() != {"WID"} or given["WID"] not in own:
        raise known.invalid(node, f"The {what.lower()} reference does not belong to the Person reference.")
    return given["WID"]
