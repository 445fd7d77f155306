"""Absence_Management v42.0: the balance of the caller's time off, and requests for time off."""

from collections.abc import Iterable
from dataclasses import replace

from sandbox.workday import reference_data as known
from sandbox.workday.bsvc import Element, element, find, find_all, ids, leaf, reference, text
from sandbox.workday.call import Call, event_reference
from sandbox.workday.reading import required
from sandbox.workday.records import TimeOff, TimeOffPlan, WorkerRecord, new_wid


def get_time_off_plan_balances(call: Call) -> Iterable[Element]:
    call.check_own(required(required(call.request, "Request_Criteria"), "Employee_Reference"))
    balance = element(
        "Time_Off_Plan_Balance",
        reference("Employee_Reference", call.caller.ids, call.caller.descriptor),
        element("Time_Off_Plan_Balance_Data", *(_plan_record(plan) for plan in call.caller.plans)),
    )
    return (element("Response_Data", balance),)


def enter_time_off(call: Call) -> Iterable[Element]:
    """Books all days or none."""
    data = required(call.request, "Enter_Time_Off_Data")
    call.check_own(required(data, "Worker_Reference"))
    entries = [_entry(node, call.caller) for node in find_all(data, "Enter_Time_Off_Entry_Data")]
    _check_days(call.caller, entries, data)
    _plans_after(call.caller, entries, data)

    def book() -> None:
        call.caller.plans = _plans_after(call.caller, entries, data)
        call.caller.time_off.extend(entries)

    event = call.start("Time Off", book, days=", ".join(str(entry.day) for entry in entries))
    references = (reference("Time_Off_Entry_Reference", {"WID": entry.wid}) for entry in entries)
    return (*event_reference("Time_Off_Event_Reference", event), *references)


def _plan_record(plan: TimeOffPlan) -> Element:
    position = element("Time_Off_Plan_Balance_Position_Record", leaf("Time_Off_Plan_Balance", plan.balance))
    return element(
        "Time_Off_Plan_Balance_Record",
        reference("Time_Off_Plan_Reference", {"Absence_Plan_ID": plan.id}, plan.name),
        reference("Unit_of_Time_Reference", {"Unit_of_Time_ID": plan.unit}, plan.unit),
        position,
    )


def _entry(node: Element, worker: WorkerRecord) -> TimeOff:
    day = known.effective_date(find(node, "Date"), worker.legal_name.full)
    quantity = float(text(node, "Requested"))
    if not 0 < quantity <= 24:
        raise known.invalid(node, "The quantity requested is not valid for a day.")
    reasons = known.of_tenant(known.TIME_OFF_REASONS)
    reason = find(node, "Time_Off_Reason_Reference")
    return TimeOff(
        wid=new_wid(),
        day=day,
        quantity=quantity,
        type=_type(required(node, "Time_Off_Type_Reference"), worker),
        reason="" if reason is None else known.known_id(reason, "Time_Off_Reason_ID", reasons),
        comment=text(node, "Comment"),
    )


def _type(node: Element, worker: WorkerRecord) -> str:
    """The Time_Off_Type_ID of a reference by that ID, or by WID."""
    types = {type_wid(type_): type_ for plan in worker.plans for type_ in plan.types}
    given = ids(node)
    if given.get("WID") in types:
        return types[given["WID"]]
    return known.known_id(node, "Time_Off_Type_ID", known.of_tenant(types.values())).removeprefix(known.OWN)


def type_wid(type_id: str) -> str:
    """The Workday ID of a kind of time off: the same in every run."""
    return known.wid("Time_Off_Type_ID", type_id)


def _check_days(worker: WorkerRecord, entries: list[TimeOff], node: Element) -> None:
    days = [entry.day for entry in (*worker.time_off, *entries)]
    for entry in entries:
        if days.count(entry.day) > 1:
            detail = f"{worker.legal_name.full} would be off twice on {entry.day}."
            raise known.invalid(node, "You already have time off on this day.", detail)


def _plans_after(worker: WorkerRecord, entries: list[TimeOff], node: Element) -> list[TimeOffPlan]:
    left = [
        replace(plan, balance=plan.balance - sum(entry.quantity for entry in entries if entry.type in plan.types))
        for plan in worker.plans
    ]
    if any(plan.balance < 0 for plan in left):
        raise known.invalid(node, "The time off requested is more than the balance of the plan.")
    return left
