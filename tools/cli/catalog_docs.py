"""`docs/operations-catalog.md`, made from the catalog: Workday's operations, the call of each, and what is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from lxml import etree

from bridge.catalog import Catalog, Operation, RestRequest, SoapRequest, SystemType
from tools.cli.markdown import markdown_table

# The scenarios of microsoft/CopilotStudioSamples, EmployeeSelfServiceAgent/Workday, with the operations that cover
# them, or the reason why none does.
SCENARIOS: Final[Sequence[tuple[str, str, str]]] = (
    ("Employee: vacation balance", "GetMyVacationBalance", ""),
    (
        "Employee: request time off",
        "RequestMyTimeOff, RequestMyTimeOffDays, ListMyAbsenceTypes, ListTimeOffReasons",
        "Several days at once.",
    ),
    ("Employee: user profile", "GetMyProfile, GetMyEmployment, GetMyNames", "Without date of birth and gender."),
    ("Employee: contact information", "GetMyContactInformation", ""),
    (
        "Employee: residential address",
        "GetMyHomeAddress, UpdateMyHomeAddress, AddMyHomeAddress, ListRegions",
        "Get, update and add are separate actions.",
    ),
    (
        "Employee: emergency contacts",
        "GetMyEmergencyContacts, AddMyEmergencyContact, UpdateMyEmergencyContact, DeleteMyEmergencyContact",
        "Without the contact's postal address.",
    ),
    ("Employee: dependents", "GetMyDependents, AddMyDependent, ListRelationshipTypes", ""),
    ("Employee: education", "GetMyEducation", ""),
    ("Employee: government IDs", "GetMyGovernmentIds", "Sensitive: closed unless it is opened."),
    ("Employee: job taxonomy", "GetMyJobTaxonomy", ""),
    ("Employee: peer feedback", "GivePeerFeedback, SearchColleagues", ""),
    ("Manager: reports' time in position", "GetMyReports", "Field positionStartDate."),
    ("Manager: reports' service anniversary", "GetMyReports", "Field serviceDate."),
    ("Manager: reports' company code", "GetMyReports", "Fields company, companyCode."),
    ("Manager: reports' cost center", "GetMyReports", "Fields costCenter, costCenterCode."),
    ("Manager: reports' job taxonomy", "GetMyReports", "Fields jobProfile, jobFamily, managementLevel."),
    ("Extended: inbox tasks", "GetMyInboxTasks", ""),
    ("Extended: pay slips", "GetMyPaySlips", "Sensitive: closed unless it is opened."),
    ("Extended: request feedback", "RequestFeedback, ListFeedbackTemplates, SearchColleagues", ""),
    (
        "Extended: transfer an employee",
        "",
        "Not covered: it changes somebody else's job. Public sources show only a request that tests whether the "
        "address can be reached.",
    ),
)

# The topics that come with the same agent's Workday package, with the templates they run: Microsoft's documentation of
# the integration (Templates included in the solution), and the topics of its longer first release.
TOPICS: Final[Sequence[tuple[str, str, str]]] = (
    ("Get base compensation", "GetMyCompensation", "Sensitive."),
    ("Get company code", "GetMyEmployment", "Fields company, companyCode."),
    ("Get cost center", "GetMyEmployment", "Fields costCenter, costCenterCode."),
    ("Get employee ID", "GetMyEmployment", ""),
    ("Get service anniversary", "GetMyEmployment", "Field serviceDate; the agent counts the years."),
    ("Get employment information", "GetMyEmployment", ""),
    ("Get emergency contact", "GetMyEmergencyContacts", ""),
    ("Get national IDs", "GetMyGovernmentIds", "Sensitive."),
    ("Get passports", "GetMyPassportsAndVisas", "Sensitive."),
    ("Get visas", "GetMyPassportsAndVisas", "Sensitive."),
    ("Get language information", "GetMyLanguages", ""),
    ("Get certifications", "GetMyCertifications", ""),
    ("Update email", "UpdateMyHomeEmail, AddMyHomeEmail", "Work email: UpdateMyWorkEmail."),
    ("Update phone number", "UpdateMyHomePhone, AddMyHomePhone", "Work phone: UpdateMyWorkPhone."),
    ("System: get user context", "GetMyProfile", "Every operation looks up the caller by itself."),
    ("First release: get job function", "GetMyJobTaxonomy", ""),
    ("First release: get contact information", "GetMyContactInformation, GetMyWorkContact, GetMyHomeAddress", ""),
    ("First release: get education", "GetMyEducation", ""),
    ("First release: get government IDs", "GetMyGovernmentIds", "Sensitive."),
    ("First release: get compensation ratio", "", "Not covered: see Left out."),
    ("First release: my reports' company code", "GetMyReports", ""),
    ("First release: my reports' cost center", "GetMyReports", ""),
    ("First release: my reports' job function", "GetMyReports", ""),
    ("First release: my reports' service anniversary", "GetMyReports", "Field serviceDate."),
)

# The prompts of the same agent's evaluation set (ESSEvaluationSamples, StarterTestSets/Workday.csv).
PROMPTS: Final[Sequence[tuple[str, str, str]]] = (
    ("Employee ID", "GetMyEmployment", ""),
    ("Cost center", "GetMyEmployment", ""),
    ("Base compensation", "GetMyCompensation", "Sensitive."),
    ("Languages in the profile", "GetMyLanguages", ""),
    ("Employment: type, hours, dates, location, level, position ID", "GetMyEmployment, GetMyJobTaxonomy", ""),
    ("Passport on file", "GetMyPassportsAndVisas", "Sensitive."),
    ("Government ID on file", "GetMyGovernmentIds", "Sensitive."),
    ("Service anniversary", "GetMyEmployment", "Field serviceDate; the agent counts the years."),
    ("Visa on file", "GetMyPassportsAndVisas", "Sensitive."),
    (
        "Profile summary: person, job, dates, contact, address",
        "GetMyProfile, GetMyEmployment, GetMyContactInformation, GetMyHomeAddress",
        "Without date of birth and gender.",
    ),
    ("Emergency contacts", "GetMyEmergencyContacts", ""),
    (
        "Preferences for contact by phone",
        "GetMyContactInformation, UpdateMyHomePhone",
        "The numbers, which one is primary, and how to change them. Workday publishes no other preference.",
    ),
    ("Certifications on file", "GetMyCertifications", ""),
    ("Job history in the profile", "GetMyJobHistory, GetMyWorkerHistory", "Jobs before this company, and in it."),
    (
        "Dependents, and how to update them",
        "GetMyDependents, AddMyDependent",
        "It adds dependents, but does not change them.",
    ),
    ("Official job title", "GetMyEmployment", ""),
    ("Whether I may see my compensation", "GetMyCompensation", "Workday refuses it to people who may not see it."),
    (
        "Trainings and certifications that my role requires",
        "",
        "Not covered: no public source shows a read of them for the worker.",
    ),
    ("Official work location", "GetMyEmployment, GetMyProfile", ""),
    ("Preferred language", "", "Not covered: no public source shows how a worker reads or changes it."),
    ("Hire and rehire date", "GetMyEmployment", "Fields hireDate, originalHireDate."),
)

LEFT_OUT: Final[Sequence[tuple[str, str]]] = (
    ("Workday's Request framework (Create_Request)", "No public source shows a request of it."),
    ("The letter itself after RequestMyDocument", "No public source shows how it is fetched; Workday delivers it."),
    ("An effective date for the preferred name", "Change_Preferred_Name of v30.0 has none."),
    ("Proof documents for a change of legal name", "The agent would have to pass on a file; not offered yet."),
    (
        "The postal address of an emergency contact",
        "It is shown, but cannot be changed: sources don't say what an update keeps.",
    ),
    ("The compa-ratio", "Get_Workers of v30.0 has none, and no public source shows another read of it for the worker."),
    (
        "A name's suffixes of Australia, and Germany's form of address",
        "A change of name does not include them: v30.0 accepts them, but no known read returns their IDs.",
    ),
    ("Required trainings", "No public source shows a read of them for the worker."),
)

_INTRO: Final = """# Workday's operations

`bridge catalog docs` makes this page from the catalog, and a test compares them. Each operation is a small file in
`bridge/catalog`; [add-an-operation.md](add-an-operation.md) says how to write one. `bridge catalog list` also lists
the operations of the [other systems](systems/README.md).

The worker is always the caller: no operation takes a worker's ID for "me". Every write starts Workday's own business
process, with its approvals (`Auto_Complete` is never true). `sensitive` operations are closed until
`BRIDGE_SYSTEMS__WORKDAY__OPERATIONS` has their name or the word `sensitive`. Operations that decide about other
people's requests are closed until it has their name or the word `approvals`.

The bridge calls each service in the version for which public evidence exists. The tests validate requests to
Human_Resources v30.0 by its published schema. **Verify the others in your tenant** before you open them: the tables
*Evidence* have the sources.
"""


def operations_catalog(catalog: Catalog) -> str:
    """The page as Markdown, ending in a line feed."""
    parts = [_INTRO]
    for system in catalog.systems.values():
        parts += _system(system, [one for one in catalog.operations.values() if one.system == system.name])
    parts += [*_scenarios(), "## Left out", markdown_table(("What", "Why"), LEFT_OUT)]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def calls(operation: Operation, system: SystemType) -> str:
    """What an operation calls: service, version and request."""
    request = operation.request
    if isinstance(request, SoapRequest):
        service, version = system.services[request.service].split("/")[-2:]
        return f"{service} {version} {etree.QName(request.template).localname.removesuffix('_Request')}"
    if isinstance(request, RestRequest):
        return f"{request.service}: {request.method} {request.path}"
    return f"the list {request.name}"


def _scenarios() -> Iterator[str]:
    yield "## Scenarios of Microsoft's Employee Self-Service agent"
    yield f"{_covered(SCENARIOS)} of {len(SCENARIOS)} are covered (microsoft/CopilotStudioSamples)."
    yield _comparison("Scenario", SCENARIOS)
    yield "### The topics that come with it"
    yield (
        f"{_covered(TOPICS)} of {len(TOPICS)} are covered. The source is Microsoft's documentation of the integration; "
        "*first release* marks topics that only its first edition lists."
    )
    yield _comparison("Topic", TOPICS)
    yield f"### The prompts of its evaluation set: {_covered(PROMPTS)} of {len(PROMPTS)}"
    yield _comparison("Prompt", PROMPTS)


def _covered(table: Sequence[tuple[str, str, str]]) -> int:
    return sum(bool(names) for _, names, _ in table)


def _comparison(head: str, table: Sequence[tuple[str, str, str]]) -> str:
    return markdown_table((head, "Operations", "Note"), [(title, _codes(names), note) for title, names, note in table])


def _system(system: SystemType, operations: Sequence[Operation]) -> Iterator[str]:
    yield f"## {system.title}: {len(operations)} operations"
    yield "A *set* holds the operations that an agent takes together. Inputs in bold are required."
    head = ("Operation", "What it does", "Set", "Kind", "Route", "Inputs")
    yield markdown_table(head, map(_row, operations))
    yield f"### Evidence: {system.title}"
    rows = [(_code(one.id), one.evidence, calls(one, system)) for one in operations]
    yield markdown_table(("Operation", "Source of the request's shape", "Calls"), rows)


def _row(operation: Operation) -> tuple[str, ...]:
    closed = "sensitive" if operation.sensitive else "approval" if operation.approval else ""
    kind = f"{operation.kind}, {closed}" if closed else operation.kind
    names = (f"**{name}**" if name in operation.required else name for name in operation.inputs)
    route = _code(f"{operation.method} /{operation.route}")
    return _code(operation.id), operation.summary, operation.set or "", kind, route, ", ".join(names)


def _codes(names: str) -> str:
    return ", ".join(map(_code, names.split(", "))) if names else "–"


def _code(text: str) -> str:
    return f"`{text}`"
