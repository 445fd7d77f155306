"""The parts of a worker that no operation changes: government IDs, pay and qualifications, made from a number."""

from collections.abc import Iterator
from datetime import date

from sandbox.workday.bsvc import Element, element, leaf, reference
from sandbox.workday.contact_xml import country
from sandbox.workday.records import WorkerRecord

# school, degree, field of study
_SCHOOLS = (
    ("University of Illinois", "Bachelor of Science", "Business Administration"),
    ("Reed College", "Bachelor of Arts", "Economics"),
    ("University of Washington", "Master of Science", "Human Centered Design"),
)


def monthly_pay(number: int) -> float:
    """In USD."""
    return 6000.0 + 100 * number


def identification(number: int) -> Element:
    """An Identification_Data. The kinds of ID have one form; the names of their elements begin with the kind."""
    rows = (
        ("National_ID", "USA-SSN", f"900-00-{1000 + number}"),
        ("Visa_ID", "USA_H1B", f"V{20_000_000 + number}"),
        ("Passport_ID", "USA_PASSPORT", f"X{10_000_000 + number}"),
    )
    return element("Identification_Data", *(_government_id(*row) for row in rows))


def _government_id(kind: str, type_: str, number: str) -> Element:
    data = element(
        f"{kind}_Data",
        leaf("ID", number),
        reference("ID_Type_Reference", {f"{kind}_Type_Code": type_}, type_),
        country("USA"),
        leaf("Issued_Date", date(2021, 5, 1)),
        leaf("Expiration_Date", date(2031, 4, 30)),
    )
    return element(kind, data)


def compensation(number: int) -> Element:
    """A Compensation_Data."""
    base, grade = 12 * monthly_pay(number), f"Grade {3 + number % 4}"
    summary = element(
        "Annualized_Summary_Data",
        leaf("Total_Base_Pay", base),
        leaf("Total_Salary_and_Allowances", base + 1200.0),
        *_currency_and_frequency("Annual"),
    )
    plan = element(
        "Salary_and_Hourly_Data",
        reference("Compensation_Plan_Reference", {"Compensation_Plan_ID": "SALARY_Salary_Plan"}, "Salary Plan"),
        leaf("Amount", base / 12),
        *_currency_and_frequency("Monthly"),
    )
    grade_reference = reference("Compensation_Grade_Reference", {"Compensation_Grade_ID": grade}, grade)
    return element(
        "Compensation_Data",
        leaf("Compensation_Effective_Date", date(2026, 1, 1)),
        element("Compensation_Guidelines_Data", grade_reference),
        plan,
        element("Employee_Compensation_Summary_Data", summary),
    )


def _currency_and_frequency(frequency: str) -> Iterator[Element]:
    yield reference("Currency_Reference", {"Currency_ID": "USD"}, "USD")
    yield reference("Frequency_Reference", {"Frequency_ID": frequency}, frequency)


def qualifications(worker: WorkerRecord) -> Element:
    """A Qualification_Data."""
    return element(
        "Qualification_Data",
        _earlier_job(worker.number),
        _certification(worker.number),
        _education(worker),
        _language("English", native=True, level="Native"),
        _language("Spanish", native=False, level="Intermediate"),
    )


def _earlier_job(number: int) -> Element:
    data = element(
        "Job_History_Data",
        leaf("Job_Title", "Assistant"),
        leaf("Company", "Fabrikam"),
        leaf("Start_Date", date(2010, 1, 1)),
        leaf("End_Date", date(2014, 12, 31 - number % 9)),
        leaf("Location", "Chicago"),
    )
    return element("External_Job_History", data)


def _certification(number: int) -> Element:
    data = element(
        "Certification_Data",
        leaf("Certification_Name", "First Aid"),
        leaf("Issuer", "Red Cross"),
        leaf("Certification_Number", f"FA-{100 + number}"),
        leaf("Issued_Date", date(2024, 4, 1)),
        leaf("Expiration_Date", date(2027, 3, 31)),
    )
    return element("Certification", data)


def _education(worker: WorkerRecord) -> Element:
    school, degree, field_of_study = _SCHOOLS[worker.number % len(_SCHOOLS)]
    data = element(
        "Education_Data",
        country("USA"),
        leaf("School_Name", school),
        reference("Degree_Reference", {"Degree_ID": degree}, degree),
        reference("Field_Of_Study_Reference", {"Field_Of_Study_ID": field_of_study}, field_of_study),
        leaf("First_Year_Attended", date(2000 + worker.number % 20, 1, 1)),
        leaf("Last_Year_Attended", date(2004 + worker.number % 20, 1, 1)),
    )
    return element("Education", reference("Education_Reference", {"WID": worker.wid_of("education")}), data)


def _language(name: str, *, native: bool, level: str) -> Element:
    ability = element(
        "Language_Ability_Data",
        reference("Language_Proficiency_Reference", {"Language_Proficiency_ID": level}, level),
        reference("Language_Ability_Type_Reference", {"Language_Ability_Type_ID": "Speaking"}, "Speaking"),
    )
    return element(
        "Language",
        reference("Language_Reference", {"Language_ID": name}, name),
        leaf("Native_Language", native),
        element("Language_Ability", ability),
    )
