"""A worker as Get_Workers answers it, in the groups that the request asked for."""

from collections.abc import Iterable

from sandbox.workday.bsvc import Element, element, flag, leaf, reference
from sandbox.workday.contact_xml import (
    address_data,
    contact_data,
    country,
    email_data,
    name_detail,
    person_names,
    phone_data,
)
from sandbox.workday.records import (
    Certification,
    Dependent,
    EarlierJob,
    Education,
    EmergencyContact,
    GovernmentId,
    Job,
    Language,
    Name,
    Pay,
    Thing,
    WorkerRecord,
)

# What an answer holds if the request has no Response_Group.
_WITHOUT_GROUP = frozenset({"Include_Reference", "Include_Personal_Information", "Include_Employment_Information"})


def groups(response_group: Element | None) -> frozenset[str]:
    """The names of the flags that are set, e.g. Include_Reference."""
    if response_group is None:
        return _WITHOUT_GROUP
    names = (str(one.tag).rpartition("}")[2] for one in response_group)
    return frozenset(name for name in names if flag(response_group, name))


def worker(record: WorkerRecord, asked: frozenset[str], *, manager: WorkerRecord | None) -> Element:
    """A Worker element. A manager's view of a report is made by asking for less."""
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
            _compensation(record.pay) if "Include_Compensation" in asked else None,
            _organizations(record.job, asked) if "Include_Organizations" in asked else None,
            _management_chain(record.job, manager) if "Include_Management_Chain_Data" in asked else None,
            _related_persons(record) if "Include_Related_Persons" in asked else None,
            _qualifications(record) if "Include_Qualifications" in asked else None,
        ),
    )


def _thing(name: str, thing: Thing) -> Element:
    return reference(name, thing.ids, thing.name)


def _personal(record: WorkerRecord) -> Element:
    return element(
        "Personal_Data",
        person_names(record),
        leaf("Birth_Date", record.birth_date),
        element("Identification_Data", *_identifiers(record.government_ids)),
        contact_data(record),
    )


def _identifiers(ids: Iterable[GovernmentId]) -> Iterable[Element]:
    """The kinds of ID have one shape; the names of their elements begin with the kind."""
    for one in ids:
        data = element(
            f"{one.kind}_Data",
            leaf("ID", one.number),
            reference("ID_Type_Reference", {f"{one.kind}_Type_Code": one.type}, one.type),
            country(one.country),
            leaf("Issued_Date", one.issued),
            leaf("Expiration_Date", one.expires),
        )
        yield element(one.kind, data)


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


def _compensation(pay: Pay) -> Element:
    summary = element(
        "Annualized_Summary_Data",
        leaf("Total_Base_Pay", pay.base),
        leaf("Total_Salary_and_Allowances", pay.base + pay.allowances),
        reference("Currency_Reference", {"Currency_ID": pay.currency}, pay.currency),
        reference("Frequency_Reference", {"Frequency_ID": "Annual"}, "Annual"),
    )
    plan = element(
        "Salary_and_Hourly_Data",
        reference("Compensation_Plan_Reference", {"Compensation_Plan_ID": "SALARY_Salary_Plan"}, "Salary Plan"),
        leaf("Amount", pay.base / 12),
        reference("Currency_Reference", {"Currency_ID": pay.currency}, pay.currency),
        reference("Frequency_Reference", {"Frequency_ID": "Monthly"}, "Monthly"),
    )
    grade = reference("Compensation_Grade_Reference", {"Compensation_Grade_ID": pay.grade}, pay.grade)
    return element(
        "Compensation_Data",
        leaf("Compensation_Effective_Date", pay.since),
        element("Compensation_Guidelines_Data", grade),
        plan,
        element("Employee_Compensation_Summary_Data", summary),
    )


def _qualifications(record: WorkerRecord) -> Element:
    return element(
        "Qualification_Data",
        *(_earlier_job(one) for one in record.earlier_jobs),
        *(_certification(one) for one in record.certifications),
        *(_education(one) for one in record.education),
        *(_language(one) for one in record.languages),
    )


def _earlier_job(one: EarlierJob) -> Element:
    data = element(
        "Job_History_Data",
        leaf("Job_Title", one.title),
        leaf("Company", one.company),
        leaf("Start_Date", one.start),
        leaf("End_Date", one.end),
        leaf("Location", one.location),
    )
    return element("External_Job_History", data)


def _certification(one: Certification) -> Element:
    data = element(
        "Certification_Data",
        leaf("Certification_Name", one.name),
        leaf("Issuer", one.issuer),
        leaf("Certification_Number", one.number),
        leaf("Issued_Date", one.issued),
        leaf("Expiration_Date", one.expires),
    )
    return element("Certification", data)


def _language(one: Language) -> Element:
    ability = element(
        "Language_Ability_Data",
        reference("Language_Proficiency_Reference", {"Language_Proficiency_ID": one.level}, one.level),
        reference("Language_Ability_Type_Reference", {"Language_Ability_Type_ID": "Speaking"}, "Speaking"),
    )
    return element(
        "Language",
        reference("Language_Reference", {"Language_ID": one.name}, one.name),
        leaf("Native_Language", one.native),
        element("Language_Ability", ability),
    )


def _education(one: Education) -> Element:
    data = element(
        "Education_Data",
        country(one.country),
        leaf("School_Name", one.school),
        reference("Degree_Reference", {"Degree_ID": one.degree}, one.degree),
        reference("Field_Of_Study_Reference", {"Field_Of_Study_ID": one.field_of_study}, one.field_of_study),
        leaf("First_Year_Attended", one.first_year),
        leaf("Last_Year_Attended", one.last_year),
    )
    return element("Education", reference("Education_Reference", {"WID": one.wid}), data)
