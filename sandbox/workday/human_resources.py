"""Human_Resources v30.0: operations of employee and manager self-service."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial

from sandbox.workday import reading
from sandbox.workday import reference_data as known
from sandbox.workday.bsvc import Element, element, find, find_all, flag, ids, leaf, reference, text
from sandbox.workday.call import Call, event_reference
from sandbox.workday.contact_xml import changeable_contact
from sandbox.workday.faults import NotAuthorized
from sandbox.workday.person_changes import change_addresses, change_contacts, email_change, phone_change
from sandbox.workday.records import WorkerRecord
from sandbox.workday.tenant import IN_PROGRESS, Blocked
from sandbox.workday.worker_xml import groups, worker

# What a manager may see of a report.
_OF_REPORTS = frozenset({"Include_Reference", "Include_Employment_Information", "Include_Organizations"})
_PAGE_SIZE = 100
_CONTACT = "Person_Contact_Information_Data"


def get_workers(call: Call) -> Iterable[Element]:
    """Workers by reference, or by the organization that the caller leads; without either, the caller."""
    found = _asked_workers(call)
    size = min(int(text(call.request, "Response_Filter", "Count") or _PAGE_SIZE), 999)
    page = int(text(call.request, "Response_Filter", "Page") or 1)
    shown = found[(page - 1) * size : page * size]
    results = element(
        "Response_Results",
        leaf("Total_Results", len(found)),
        leaf("Total_Pages", -(-len(found) // size)),
        leaf("Page_Results", len(shown)),
        leaf("Page", page),
    )
    return results, element("Response_Data", *(_seen_by_caller(call, one) for one in shown))


def _asked_workers(call: Call) -> list[WorkerRecord]:
    named = [call.worker(node) for node in find_all(call.request, "Request_References", "Worker_Reference")]
    if any(one is not call.caller and one not in call.tenant.members(call.caller.job.managed) for one in named):
        raise NotAuthorized
    organizations = find_all(call.request, "Request_Criteria", "Organization_Reference")
    for organization in organizations:
        managed = call.caller.job.managed
        if managed is None or not ids(organization).items() <= managed.ids.items():
            raise NotAuthorized
    return named or (call.tenant.members(call.caller.job.managed) if organizations else [call.caller])


def _seen_by_caller(call: Call, one: WorkerRecord) -> Element:
    asked = groups(find(call.request, "Response_Group"))
    if one is not call.caller:
        asked = frozenset(name for name in asked if name in _OF_REPORTS or name.startswith("Exclude_"))
    return worker(one, asked, manager=call.tenant.manager_of(one))


def change_legal_name(call: Call) -> Iterable[Element]:
    data = reading.required(call.request, "Change_Legal_Name_Data")
    call.check_own(reading.required(data, "Worker_Reference"))
    new = reading.name(reading.required(data, "Name_Data"))
    day = known.effective_date(find(data, "Effective_Date"), call.caller.legal_name.full)
    _no_other_name_is_pending(call, "Legal Name Change")

    rename = partial(setattr, call.caller, "legal_name", new)
    event = call.start("Legal Name Change", rename, name=new.full, effective=str(day))
    return event_reference("Legal_Name_Change_Event_Reference", event)


def _no_other_name_is_pending(call: Call, process: str) -> None:
    names = {"Legal Name Change", "Preferred Name Change"}
    if any(one.process in names and one.status == IN_PROGRESS for one in call.caller.events):
        raise Blocked(process)


def change_preferred_name(call: Call) -> Iterable[Element]:
    data = reading.required(call.request, "Change_Preferred_Name_Data")
    call.check_own(reading.required(data, "Worker_Reference"))
    new = find(data, "Name_Data")
    if (new is None) != flag(data, "Use_Legal_Name_As_Preferred_Name"):
        message = 'Name Data is required and must have a value unless "Use Legal Name As Preferred Name" is set.'
        raise known.invalid(data, message)
    name = None if new is None else reading.name(new)
    _no_other_name_is_pending(call, "Preferred Name Change")
    rename = partial(setattr, call.caller, "preferred_name", name)
    event = call.start("Preferred Name Change", rename, name=(name or call.caller.legal_name).short)
    return event_reference("Preferred_Name_Change_Event_Reference", event)


def get_contact(kind: str, call: Call) -> Iterable[Element]:
    """`kind` is Home or Work."""
    for node in find_all(call.request, "Request_References", "Person_Reference"):
        call.check_own(node)
    person = reference("Person_Reference", call.caller.ids, call.caller.descriptor)
    name = f"Change_{kind}_Contact_Information"
    data = element(f"{name}_Data", changeable_contact(call.caller, kind.lower()))
    return (element("Response_Data", element(name, person, data)),)


def change_contact(kind: str, call: Call) -> Iterable[Element]:
    """`kind` is Home or Work."""
    name = f"Change_{kind}_Contact_Information"
    data = reading.required(call.request, f"{name}_Data")
    person = find(data, "Person_Reference")
    if person is None:
        raise known.invalid(data, "Unable to find a subject for this request.")
    call.check_own(person)
    day = known.effective_date(find(data, "Event_Effective_Date"), call.caller.legal_name.full)
    changes = [change for node in find_all(data, _CONTACT) for change in _contact_changes(call, node, kind, day)]

    def change() -> None:
        for one in changes:
            one()

    event = call.start(f"{kind} Contact Change", change, address=_primary(call.caller), effective=str(day))
    return event_reference(f"{name}_Event_Reference", event)


def _contact_changes(call: Call, node: Element, kind: str, day: date) -> Iterator[Callable[[], None]]:
    """The changes, checked now and made when they are called."""
    caller = call.caller
    addresses = find(node, "Person_Address_Information_Data")
    if addresses is not None:
        _check_order(call, day)
        after = change_addresses(caller.home_addresses, addresses)
        if not (known.mode().dates and day > date.today()):  # noqa: DTZ011 - a day of the calendar on the wall
            yield lambda: setattr(caller, "home_addresses", after)
    for phone in find_all(node, "Person_Phone_Information_Data", "Phone_Information_Data"):
        yield phone_change(phone, caller, kind)
    for email in find_all(node, "Person_Email_Information_Data", "Email_Information_Data"):
        yield email_change(email, caller, kind)


def _check_order(call: Call, day: date) -> None:
    """Address changes must be in the order of their dates (the message is from the schema)."""
    days = [one.about["effective"] for one in call.caller.events if one.process == "Home Contact Change"]
    if known.mode().dates and days and str(day) < max(days):
        message = "Contact Change Events that change an Address must be done in order of their effective dates."
        raise known.invalid(call.request, message)


def _primary(worker: WorkerRecord) -> str:
    return next(one.formatted for one in worker.home_addresses if one.primary)


def create_reference_letter(call: Call) -> Iterable[Element]:
    data = reading.required(call.request, "Reference_Letter_Event_Data")
    call.check_own(reading.required(data, "Worker_Reference"))
    template = reading.required(data, "Template_Reference")
    letter = known.known_id(template, "Reference_Letter_Template_ID", known.of_tenant(known.LETTER_TEMPLATES))
    node = find(data, "Document_Language_Reference")
    language = "" if node is None else known.known_id(node, "User_Language_ID", known.LANGUAGES)
    event = call.start("Reference Letter", lambda: None, template=letter, language=language)
    return event_reference("Reference_Letter_Event_Reference", event)


def change_emergency_contacts(call: Call) -> Iterable[Element]:
    data = reading.required(call.request, "Change_Emergency_Contacts_Data")
    call.check_own(reading.required(data, "Person_Reference"))
    after = change_contacts(call.caller.emergency_contacts, data)
    change = partial(setattr, call.caller, "emergency_contacts", after)
    event = call.start("Emergency Contact Change", change, contacts=", ".join(one.name.full for one in after))
    return event_reference("Emergency_Contact_Event_Reference", event)
