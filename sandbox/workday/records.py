"""What Workday stores about a worker. Values are replaced, never changed; `WorkerRecord` holds the current ones."""

from dataclasses import dataclass, field
from datetime import date
from uuid import NAMESPACE_URL, uuid4, uuid5

from sandbox.world import Worker


def new_wid() -> str:
    """A Workday ID: 32 hexadecimal digits."""
    return uuid4().hex


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A person's name by the rules of a country (ISO 3166-1 alpha-3)."""

    country: str
    first: str = ""
    middle: str = ""
    last: str = ""
    second_last: str = ""
    third_last: str = ""
    title: str = ""
    suffix: str = ""
    local_first: str = ""
    local_middle: str = ""
    local_last: str = ""
    local_second_last: str = ""

    @property
    def full(self) -> str:
        return " ".join(filter(None, (self.first, self.middle, self.last, self.second_last, self.third_last)))

    @property
    def short(self) -> str:
        """First and last name: the descriptor of a worker."""
        return " ".join(filter(None, (self.first, self.last)))


_LOCAL = "Local_Name_Detail_Data"
# field of Name, path in a Name_Detail_Data (in the order of the schema), member of the REST name
NAME_PARTS = (
    ("title", "Prefix_Data/Title_Descriptor", "title"),
    ("first", "First_Name", "first"),
    ("middle", "Middle_Name", "middle"),
    ("last", "Last_Name", "primary"),
    ("second_last", "Secondary_Last_Name", "secondaryLast"),
    ("third_last", "Tertiary_Last_Name", "tertiaryLast"),
    ("local_first", f"{_LOCAL}/First_Name", "firstLocal"),
    ("local_middle", f"{_LOCAL}/Middle_Name", "middleLocal"),
    ("local_last", f"{_LOCAL}/Last_Name", "primaryLocal"),
    ("local_second_last", f"{_LOCAL}/Secondary_Last_Name", "secondaryLocal"),
    ("suffix", "Suffix_Data/Social_Suffix_Descriptor", "social"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """`lines` are (component, text), e.g. ("ADDRESS_LINE_1", "1 Main Street"); `region` is like USA-IL."""

    wid: str
    country: str
    lines: tuple[tuple[str, str], ...] = ()
    city: str = ""
    region: str = ""
    postal_code: str = ""
    primary: bool = True

    @property
    def formatted(self) -> str:
        place = ", ".join(filter(None, (self.city, " ".join(filter(None, (self.region, self.postal_code))))))
        return "\n".join(filter(None, (*(text for _, text in self.lines), place, self.country)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """`country` is ISO 3166-1 alpha-3, `code` the international one, e.g. "1"."""

    number: str
    country: str = ""
    code: str = ""
    device: str = "Mobile"
    extension: str = ""

    @property
    def formatted(self) -> str:
        return f"+{self.code} {self.number}" if self.code else self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyContact:
    """Exactly one of a worker's contacts is primary and has priority 1."""

    wid: str
    id: str
    primary: bool
    priority: int
    relationship: str
    name: Name
    phone: Phone | None = None
    email: str = ""
    address: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependent:
    wid: str
    id: str
    relationship: str
    name: Name
    birth_date: date
    gender: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A thing that is referenced by an ID of a certain type and shown by its name."""

    id_type: str
    id: str
    name: str

    @property
    def wid(self) -> str:
        """The Workday ID: the same in every run."""
        return uuid5(NAMESPACE_URL, f"workday:{self.id_type}:{self.id}").hex

    @property
    def ids(self) -> dict[str, str]:
        return {"WID": self.wid, self.id_type: self.id}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The worker's position. `managed` is the supervisory organization that a manager leads."""

    title: str
    profile: Thing
    family: Thing
    level: Thing
    location: Thing
    supervisory: Thing
    company: Thing
    cost_center: Thing
    start_date: date
    hire_date: date
    managed: Thing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaySlip:
    wid: str
    period: str
    paid: date
    gross: float
    net: float


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxTask:
    wid: str
    title: str
    process: str
    step: str
    initiator: str
    assigned: date
    due: date
    event: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOffPlan:
    """`types` are the Time_Off_Type_IDs that draw on the plan; `balance` is in `unit`."""

    id: str
    name: str
    unit: str
    balance: float
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOff:
    wid: str
    day: date
    quantity: float
    type: str
    reason: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A business process that was started, with its subject and status."""

    wid: str
    process: str
    about: dict[str, str] = field(default_factory=dict)
    status: str = "Successfully Completed"
    started: date = field(default_factory=date.today)


@dataclass(slots=True, kw_only=True, eq=False)
class WorkerRecord:
    """The current data of one worker: a change takes effect at once, whatever its effective date.

    Home emails and phones beside the primary ones have Workday IDs of their own. `number` counts the workers from 0.
    """

    account: Worker
    number: int
    legal_name: Name
    preferred_name: Name | None = None
    birth_date: date
    job: Job
    work_email: str
    home_email: str
    work_phone: Phone
    home_phone: Phone
    further_emails: list[tuple[str, str]] = field(default_factory=list)
    further_phones: list[tuple[str, Phone]] = field(default_factory=list)
    home_addresses: list[Address]
    emergency_contacts: list[EmergencyContact]
    dependents: list[Dependent]
    pay_slips: list[PaySlip]
    inbox: list[InboxTask]
    plans: list[TimeOffPlan]
    contingent: bool = False
    time_off: list[TimeOff] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    @property
    def descriptor(self) -> str:
        return (self.preferred_name or self.legal_name).short

    @property
    def ids(self) -> dict[str, str]:
        kind = "Contingent_Worker_ID" if self.contingent else "Employee_ID"
        return {"WID": self.account.wid, kind: self.account.employee_id}

    def wid_of(self, thing: str) -> str:
        """The fixed Workday ID of a thing that the worker has once, e.g. `home-phone`."""
        return uuid5(NAMESPACE_URL, f"workday:{self.account.wid}:{thing}").hex
