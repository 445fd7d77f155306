"""Human_Resources v30.0: the operations of employee and manager self-service that the sandbox plays."""

from collections.abc import Callable, Iterator
from datetime import date

from sandbox.workday import reading
from sandbox.workday import reference_data as known
from sandbox.workday.bsvc import Element, element, find, find_all, flag, ids, leaf, reference, text
from sandbox.workday.call import Call, Service, event_response
from sandbox.workday.contact_xml import home_contact, work_contact
from sandbox.workday.faults import Invalid, NotAuthorized, Problem
from sandbox.workday.person_changes import change_addresses, change_contacts, email_change, phone_change
from sandbox.workday.records import WorkerRecord
from sandbox.workday.tenant import IN_PROGRESS, Blocked
from sandbox.workday.worker_xml import groups, worker

# What a manager may see of a report.
_OF_REPORTS = frozenset({"Include_Reference", "Include_Employment_Information", "Include_Organizations"})
_PAGE_SIZE = 100
_CONTACT = "Person_Contact_Information_Data"


def get_workers(call: Call) -> Element:
    """Workers by reference, or by the organization that the caller leads; without either, the caller."""
    found = _asked_workers(call)
    size = min(int(text(call.request, "Response_Filter", "Count") or _PAGE_SIZE), 999)
    page = int(text(call.request, "Response_Filter", "Page") or 1)
    shown = found[(page - 1) * size : page * size]
    return element(
        "Get_Workers_Response",
        element(
            "Response_Results",
            leaf("Total_Results", len(found)),
            leaf("Total_Pages", -(-len(found) // size)),
            leaf("Page_Results", len(shown)),
            leaf("Page", page),
        ),
        element("Response_Data", *(_seen_by_caller(call, one) for one in shown)),
    )


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


def change_legal_name(call: Call) -> Element:
    data = reading.required(call.request, "Change_Legal_Name_Data")
    call.check_own(reading.required(data, "Worker_Reference"))
    new = reading.name(reading.required(data, "Name_Data"))
    day = known.effective_date(find(data, "Effective_Date"), call.caller.legal_name.full)
    _no_other_name_is_pending(call, "Legal Name Change")

    def rename() -> None:
        call.caller.legal_name = new

    event = call.start("Legal Name Change", rename, name=new.full, effective=str(day))
    return event_response("Change_Legal_Name_Response", "Legal_Name_Change_Event_Reference", event)


def _no_other_name_is_pending(call: Call, process: str) -> None:
    names = {"Legal Name Change", "Preferred Name Change"}
    if any(one.process in names and one.status == IN_PROGRESS for one in call.caller.events):
        raise Blocked(process)


def change_preferred_name(call: Call) -> Element:
    data = reading.required(call.request, "Change_Preferred_Name_Data")
    call.check_own(reading.required(data, "Worker_Reference"))
    new = find(data, "Name_Data")
    if (new is None) != flag(data, "Use_Legal_Name_As_Preferred_Name"):
        message = 'Name Data is required and must have a value unless "Use Legal Name As Preferred Name" is set.'
        raise Invalid(Problem(message, known.where(data)))
    name = None if new is None else reading.name(new)
    _no_other_name_is_pending(call, "Preferred Name Change")

    def rename() -> None:
        call.caller.preferred_name = name

    event = call.start("Preferred Name Change", rename, name=(name or call.caller.legal_name).short)
    return event_response("Change_Preferred_Name_Response", "Preferred_Name_Change_Event_Reference", event)


def _get_contact(call: Call, kind: str) -> Element:
    for node in find_all(call.request, "Request_References", "Person_Reference"):
        call.check_own(node)
    person = reference("Person_Reference", call.caller.ids, call.caller.descriptor)
    contact = home_contact(call.caller) if kind == "Home" else work_contact(call.caller)
    name = f"Change_{kind}_Contact_Information"
    data = element(f"{name}_Data", contact)
    return element(f"Get_{name}_Response", element("Response_Data", element(name, person, data)))


def get_change_home_contact_information(call: Call) -> Element:
    return _get_contact(call, "Home")


def get_change_work_contact_information(call: Call) -> Element:
    return _get_contact(call, "Work")


def change_home_contact_information(call: Call) -> Element:
    return _change_contact(call, "Home")


def change_work_contact_information(call: Call) -> Element:
    return _change_contact(call, "Work")


def _change_contact(call: Call, kind: str) -> Element:
    name = f"Change_{kind}_Contact_Information"
    data = reading.required(call.request, f"{name}_Data")
    person = find(data, "Person_Reference")
    if person is None:
        raise Invalid(Problem("Unable to find a subject for this request.", known.where(data)))
    call.check_own(person)
    day = known.effective_date(find(data, "Event_Effective_Date"), call.caller.legal_name.full)
    changes = [change for node in find_all(data, _CONTACT) for change in _contact_changes(call, node, kind, day)]

    def change() -> None:
        for one in changes:
            one()

    event = call.start(f"{kind} Contact Change", change, address=_primary(call.caller), effective=str(day))
    return event_response(f"{name}_Response", f"{name}_Event_Reference", event)


def _contact_changes(call: Call, node: Element, kind: str, day: date) -> Iterator[Callable[[], None]]:
    """The changes to come, each checked now."""
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
    """Address changes come in the order of their dates (the words are the schema's)."""
    days = [one.about["effective"] for one in call.caller.events if one.process == "Home Contact Change"]
    if known.mode().dates and days and str(day) < max(days):
        message = "Contact Change Events that change an Address must be done in order of their effective dates."
        raise Invalid(Problem(message, known.where(call.request)))


def _primary(worker: WorkerRecord) -> str:
    return next(one.formatted for one in worker.home_addresses if one.primary)


def create_reference_letter(call: Call) -> Element:
    data = reading.required(call.request, "Reference_Letter_Event_Data")
    call.check_own(reading.required(data, "Worker_Reference"))
    template = reading.required(data, "Template_Reference")
    letter = known.known_id(template, "Reference_Letter_Template_ID", known.of_tenant(known.LETTER_TEMPLATES))
    node = find(data, "Document_Language_Reference")
    language = "" if node is None else known.known_id(node, "User_Language_ID", known.LANGUAGES)
    event = call.start("Reference Letter", lambda: None, template=letter, language=language)
    name = "Reference_Letter_Event_Reference"
    return event_response("Create_Reference_Letter_for_Worker_Response", name, event)


def change_emergency_contacts(call: Call) -> Element:
    data = reading.required(call.request, "Change_Emergency_Contacts_Data")
    call.check_own(reading.required(data, "Person_Reference"))
    after = change_contacts(call.caller.emergency_contacts, data)
    names = ", ".join(one.name.full for one in after)

    def change() -> None:
        call.caller.emergency_contacts = after

    event = call.start("Emergency Contact Change", change, contacts=names)
    return event_response("Change_Emergency_Contacts_Response", "Emergency_Contact_Event_Reference", event)


SERVICE = Service(
    version="v30.0",
    schema="human_resources.xsd",
    operations={
        "Get_Workers": get_workers,
        "Change_Legal_Name": change_legal_name,
        "Change_Preferred_Name": change_preferred_name,
        "Get_Change_Home_Contact_Information": get_change_home_contact_information,
        "Change_Home_Contact_Information": change_home_contact_information,
        "Get_Change_Work_Contact_Information": get_change_work_contact_information,
        "Change_Work_Contact_Information": change_work_contact_information,
        "Create_Reference_Letter_for_Worker": create_reference_letter,
        "Change_Emergency_Contacts": change_emergency_contacts,
    },
)
