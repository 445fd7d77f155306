"""The first data of the workers, made from the sandbox's people: the same in every run."""

from datetime import date
from uuid import NAMESPACE_URL, uuid5

from sandbox.workday.fixed_data import monthly_pay
from sandbox.workday.records import (
    Address,
    Dependent,
    EmergencyContact,
    InboxTask,
    Job,
    Name,
    PaySlip,
    Phone,
    Thing,
    TimeOffPlan,
    WorkerRecord,
)
from sandbox.world import Person, Worker, World

# street, city, region, postal code
_HOMES = (
    ("742 Evergreen Terrace", "Springfield", "USA-IL", "62704"),
    ("18 Birch Lane", "Chicago", "USA-IL", "60601"),
    ("5 Harbor View", "Seattle", "USA-WA", "98101"),
    ("220 Mission Street", "San Francisco", "USA-CA", "94105"),
)
_COMPANY = Thing(id_type="Organization_Reference_ID", id="COMPANY-1-1", name="Contoso, Inc.")
_COST_CENTERS = (
    Thing(id_type="Organization_Reference_ID", id="COST_CENTER-41100", name="41100 Retail"),
    Thing(id_type="Organization_Reference_ID", id="COST_CENTER-41200", name="41200 Marketing"),
)
_LOCATION = Thing(id_type="Location_ID", id="LOCATION-CHICAGO", name="Chicago")
_FAMILY = Thing(id_type="Job_Family_ID", id="JOB_FAMILY-OPERATIONS", name="Operations")
_TOP = Thing(id_type="Organization_Reference_ID", id="SUPERVISORY_ORGANIZATION-1-1", name="Contoso Leadership")


def workers(world: World) -> list[WorkerRecord]:
    """A new record for each person who has an account in Workday."""
    return [
        _record(world, person, person.worker, number)
        for number, person in enumerate(person for person in world.people if person.worker)
        if person.worker
    ]


def _record(world: World, person: Person, account: Worker, number: int) -> WorkerRecord:
    home_phone = Phone(number=f"312-555-01{number:02}", country="USA", code="1")
    return WorkerRecord(
        account=account,
        number=number,
        legal_name=Name(country="USA", first=person.given_name, last=person.family_name),
        birth_date=date(1980 + number % 20, 1 + number % 12, 1 + number % 28),
        job=_job(world, person, account, number),
        work_email=person.upn,
        home_email=f"{person.key}.{person.family_name.lower()}@example.com",
        work_phone=Phone(number=f"312-555-02{number:02}", country="USA", code="1", device="Telephone"),
        home_phone=home_phone,
        home_addresses=[_home(person, number)],
        emergency_contacts=[_spouse(person, account, home_phone)],
        dependents=[_child(person, account, number)],
        pay_slips=[_pay_slip(person, month, number) for month in range(12, 0, -1)],
        inbox=[_task(person, step) for step in range(1, 4)],
        plans=_plans(),
    )


def _home(person: Person, number: int) -> Address:
    street, city, region, postal_code = _HOMES[number % len(_HOMES)]
    return Address(
        wid=_wid(person, "home"),
        country="USA",
        lines=(("ADDRESS_LINE_1", street),),
        city=city,
        region=region,
        postal_code=postal_code,
    )


def _spouse(person: Person, account: Worker, phone: Phone) -> EmergencyContact:
    return EmergencyContact(
        wid=_wid(person, "contact"),
        id=f"EMERGENCY_CONTACT-{account.employee_id}-1",
        primary=True,
        priority=1,
        relationship="Spouse",
        name=Name(country="USA", first="Robin", last=person.family_name),
        phone=phone,
        email=f"robin.{person.family_name.lower()}@example.com",
    )


def _child(person: Person, account: Worker, number: int) -> Dependent:
    return Dependent(
        wid=_wid(person, "dependent"),
        id=f"DEPENDENT-{account.employee_id}-1",
        relationship="Child",
        name=Name(country="USA", first="Sam", last=person.family_name),
        birth_date=date(2015, 6, 1 + number % 28),
        gender="Female",
    )


def _job(world: World, person: Person, account: Worker, number: int) -> Job:
    manager = world.person(account.manager or "")
    profile = account.title.upper().replace(" ", "_")
    return Job(
        title=account.title,
        profile=Thing(id_type="Job_Profile_ID", id=profile, name=account.title),
        family=_FAMILY,
        level=Thing(id_type="Management_Level_ID", id=f"LEVEL-{3 + number % 4}", name=f"{3 + number % 4} Professional"),
        location=_LOCATION,
        supervisory=_organization(manager) if manager else _TOP,
        company=_COMPANY,
        cost_center=_COST_CENTERS[number % len(_COST_CENTERS)],
        start_date=date(2020 + number % 4, 3, 1),
        hire_date=date(2015 + number % 4, 9, 1),
        managed=_organization(person) if world.reports_of(person.key) else None,
    )


def _organization(manager: Person) -> Thing:
    """The supervisory organization that this person leads."""
    number = manager.worker.employee_id if manager.worker else ""
    return Thing(
        id_type="Organization_Reference_ID",
        id=f"SUPERVISORY_ORGANIZATION-1-{number}",
        name=f"{manager.family_name} Team ({manager.display_name})",
    )


def _pay_slip(person: Person, month: int, number: int) -> PaySlip:
    gross = monthly_pay(number)
    return PaySlip(
        wid=_wid(person, f"pay-slip-{month}"),
        period=f"2025-{month:02} (Monthly)",
        paid=date(2025, month, 25),
        gross=gross,
        net=round(gross * 0.72, 2),
    )


def _task(person: Person, step: int) -> InboxTask:
    return InboxTask(
        wid=_wid(person, f"task-{step}"),
        title=f"Review the goals of quarter {step}",
        process=f"Goal Setting: {person.display_name}",
        step="Review",
        initiator="Miriam Graham",
        event=_wid(person, f"task-event-{step}"),
        assigned=date(2026, step, 1),
        due=date(2026, step, 15),
    )


def _plans() -> list[TimeOffPlan]:
    return [
        TimeOffPlan(id="VACATION_USA", name="Vacation (USA)", unit="Hours", balance=120.0, types=("VACATION_HOURS",)),
        TimeOffPlan(id="SICK_USA", name="Sick Leave (USA)", unit="Hours", balance=40.0, types=("SICK_HOURS",)),
    ]


def _wid(person: Person, thing: str) -> str:
    """A fixed Workday ID, so that a reference from one run is valid in the next."""
    return uuid5(NAMESPACE_URL, f"workday:{person.key}:{thing}").hex
