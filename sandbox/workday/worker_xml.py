"""A worker in the response of Get_Workers, with the groups that the request asks for."""

from sandbox.workday import fixed_data
from sandbox.workday.bsvc import Element, element, flag, leaf, reference
from sandbox.workday.contact_xml import address_data, contact_data, email_data, name_detail, person_names, phone_data
from sandbox.workday.records import Dependent, EmergencyContact, Job, Name, Thing, WorkerRecord

# The groups of a request without Response_Group.
_WITHOUT_GROUP = frozenset({"Include_Reference", "Include_Personal_Information", "Include_Employment_Information"})


def groups(response_group: Element | None) -> frozenset[str]:
    """The names of the flags that are set, e.g. Include_Reference."""
    if response_group is None:
        return _WITHOUT_GROUP
    names = (str(one.tag).rpartition("}")[2] for one in response_group)
    return frozenset(name for name in names if flag(response_group, name))


def worker(record: WorkerRecord, asked: frozenset[str], *, manager: WorkerRecord | None) -> Element:
    """A Worker element with the groups in `asked`."""
    return element(
        "Worker",
        reference("Worker_Reference", record.ids, record.descriptor) if "Include_Reference" in asked else None,
        leaf("Worker_Descriptor", record.descriptor),
        element(
            "Worker_Data",
            leaf("Worker_ID", record.account.employee_id),
            leaf("User_ID", record.account.user_name),
            _personal(record) if "Include_Personal_Information" in asked else None,
            _employment(record) if "Include_Employment_Information" in asked else None,
            fixed_data.compensation(record.number) if "Include_Compensation" in asked else None,
            _organizations(record.job, asked) if "Include_Organizations" in asked else None,
            _management_chain(record.job, manager) if "Include_Management_Chain_Data" in asked else None,
            _related_persons(record) if "Include_Related_Persons" in asked else None,
            fixed_data.qualifications(record) if "Include_Qualifications" in asked else None,
        ),
    )


def _thing(name: str, thing: Thing) -> Element:
    return reference(name, thing.ids, thing.name)


def _personal(record: WorkerRecord) -> Element:
    return element(
        "Personal_Data",
        person_names(record),
        leaf("Birth_Date", record.birth_date),
        fixed_data.identification(record.number),
        contact_data(record),
    )


def _employment(record: WorkerRecord) -> Element:
    status = element(
        "Worker_Status_Data",
        leaf("Active", True),
        leaf("Hire_Date", record.job.hire_date),
        leaf("Original_Hire_Date", record.job.hire_date),
        leaf("Continuous_Service_Date", record.job.hire_date),
    )
    return element("Employment_Data", element("Worker_Job_Data", _position(record), Primary_Job=True), status)


def _position(record: WorkerRecord) -> Element:
    job = record.job
    profile = element(
        "Job_Profile_Summary_Data",
        _thing("Job_Profile_Reference", job.profile),
        _thing("Management_Level_Reference", job.level),
        _thing("Job_Family_Reference", job.family),
        leaf("Job_Profile_Name", job.profile.name),
    )
    site_name = leaf("Name", job.location.name)
    return element(
        "Position_Data",
        leaf("Position_ID", f"P-{record.account.employee_id}"),
        leaf("Position_Title", job.title),
        leaf("Business_Title", job.title),
        leaf("Start_Date", job.start_date),
        reference("Worker_Type_Reference", {"Employee_Type_ID": "REGULAR"}, "Regular"),
        reference("Position_Time_Type_Reference", {"Position_Time_Type_ID": "Full_Time"}, "Full time"),
        leaf("Scheduled_Weekly_Hours", 40),
        profile,
        element("Business_Site_Summary_Data", _thing("Location_Reference", job.location), site_name),
    )


def _organizations(job: Job, asked: frozenset[str]) -> Element:
    rows = (
        ("Exclude_Supervisory_Organizations", "SUPERVISORY", job.supervisory),
        ("Exclude_Companies", "COMPANY", job.company),
        ("Exclude_Cost_Centers", "COST_CENTER", job.cost_center),
    )
    return element(
        "Organization_Data", *(_membership(kind, thing) for unless, kind, thing in rows if unless not in asked)
    )


def _membership(kind: str, thing: Thing) -> Element:
    data = element(
        "Organization_Data",
        leaf("Organization_Reference_ID", thing.id),
        leaf("Organization_Code", thing.id.rpartition("-")[2]),
        leaf("Organization_Name", thing.name),
        reference("Organization_Type_Reference", {"Organization_Type_ID": kind}, kind.replace("_", " ").title()),
    )
    return element("Worker_Organization_Data", _thing("Organization_Reference", thing), data)


def _management_chain(job: Job, manager: WorkerRecord | None) -> Element:
    chain = element(
        "Management_Chain_Data",
        _thing("Organization_Reference", job.supervisory),
        reference("Manager_Reference", manager.ids, manager.descriptor) if manager else None,
    )
    return element("Management_Chain_Data", element("Worker_Supervisory_Management_Chain_Data", chain))


def _related_persons(record: WorkerRecord) -> Element:
    contacts = (_emergency_contact(contact) for contact in record.emergency_contacts)
    return element("Related_Person_Data", *contacts, *(_dependent(one) for one in record.dependents))


def _emergency_contact(contact: EmergencyContact) -> Element:
    reachable = element(
        "Contact_Data",
        address_data(contact.address) if contact.address else None,
        phone_data(contact.phone) if contact.phone else None,
        email_data(contact.email) if contact.email else None,
    )
    ids = {"WID": contact.wid, "Emergency_Contact_ID": contact.id}
    id_ = leaf("Emergency_Contact_ID", contact.id)
    data = element("Emergency_Contact_Data", id_, Primary=contact.primary, Priority=contact.priority)
    return element(
        "Related_Person",
        *_person(contact.relationship, contact.wid, contact.name),
        element("Personal_Data", _legal_name(contact.name), reachable),
        element("Emergency_Contact", reference("Emergency_Contact_Reference", ids, contact.name.short), data),
    )


def _dependent(one: Dependent) -> Element:
    gender = reference("Gender_Reference", {"Gender_Code": one.gender}, one.gender) if one.gender else None
    ids = {"WID": one.wid, "Dependent_ID": one.id}
    data = element("Dependent_Data", leaf("Dependent_ID", one.id))
    return element(
        "Related_Person",
        *_person(one.relationship, one.wid, one.name),
        element("Personal_Data", _legal_name(one.name), gender, leaf("Birth_Date", one.birth_date)),
        element("Dependent", reference("Dependent_Reference", ids, one.name.short), data),
    )


def _person(relationship: str, wid: str, name: Name) -> tuple[Element, Element]:
    ids = {"Related_Person_Relationship_ID": relationship}
    descriptor = relationship.replace("_", " ")
    return (
        reference("Related_Person_Relationship_Reference", ids, descriptor),
        reference("Person_Reference", {"WID": wid}, name.short),
    )


def _legal_name(name: Name) -> Element:
    return element("Name_Data", element("Legal_Name_Data", name_detail(name)))
