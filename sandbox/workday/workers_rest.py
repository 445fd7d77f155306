"""REST: the caller, colleagues, reports, inbox, pay slips and business title (common v1 and staffing v6)."""

from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from sandbox.workday import reference_data as known
from sandbox.workday.absence import type_wid
from sandbox.workday.records import NAME_PARTS, Event, InboxTask, Name, PaySlip, WorkerRecord
from sandbox.workday.rest import Asked, Json, Operation, RestError, thing
from sandbox.workday.security import PUBLIC_REPORTS
from sandbox.workday.tenant import Tenant


def get_me(asked: Asked) -> Json:
    return _profile(asked.caller, asked.tenant)


def get_worker(asked: Asked) -> Json:
    return _profile(asked.worker(), asked.tenant)


def search_workers(asked: Asked) -> Json:
    """Colleagues whose name contains the text (in strict mode: any word of it), with their public data."""
    wanted = asked.request.query.get("search", "").lower()
    words = wanted.split() if asked.tenant.mode.search else [wanted]
    found = (one for one in asked.tenant.workers if any(word in one.descriptor.lower() for word in words))
    return asked.page(_public(one) for one in found)


def get_direct_reports(asked: Asked) -> Json:
    return asked.page(_public(one) for one in asked.tenant.members(asked.own().job.managed))


def get_organizations_managed(asked: Asked) -> Json:
    managed = asked.own().job.managed
    return asked.page([] if managed is None else [thing(managed)])


def get_inbox_tasks(asked: Asked) -> Json:
    return asked.page(_task(task) for task in asked.own().inbox)


def get_history(asked: Asked) -> Json:
    """The worker's events, the newest first; hire is the last."""
    worker = asked.own()
    hire = {"id": known.wid("Hire", worker.account.wid), "descriptor": f"Hire: {worker.descriptor}"}
    events = [_event(one) for one in reversed(worker.events)]
    return asked.page([*events, hire | {"effectiveDate": str(worker.job.hire_date)}])


def get_pay_slips(asked: Asked) -> Json:
    return asked.page(_pay_slip(slip) for slip in asked.own().pay_slips)


def change_business_title(asked: Asked) -> Json:
    """The operation of the example in docs/add-an-operation.md."""
    worker, body = asked.own(), asked.request.json()
    match body:
        case {"proposedBusinessTitle": str(title)} if title.strip() and len(body) == 1:
            rename = partial(setattr, worker, "job", replace(worker.job, title=title))
            event = asked.tenant.start(worker, "Change Business Title", rename, {"title": title})
            return {"id": event.wid, "descriptor": f"Title Change: {worker.descriptor}", "proposedBusinessTitle": title}
    raise RestError(400, "proposedBusinessTitle is not valid.", field="proposedBusinessTitle")


def get_staffing_me(asked: Asked) -> Json:
    caller = asked.caller
    return {
        "id": caller.account.wid,
        "descriptor": caller.descriptor,
        "workerId": caller.account.employee_id,
        "person": {"id": person_id(caller), "email": caller.work_email},
        "primaryJob": {"businessTitle": caller.job.title, "supervisoryOrganization": thing(caller.job.supervisory)},
    }


def get_legal_name(asked: Asked) -> Json:
    return _names(asked, asked.caller.legal_name)


def get_preferred_name(asked: Asked) -> Json:
    return _names(asked, asked.caller.preferred_name or asked.caller.legal_name)


def _names(asked: Asked, name: Name) -> Json:
    """The name of the caller; any other person is 404."""
    if asked.request.params["person"] != person_id(asked.caller):
        raise RestError(404, "invalid request: the person does not exist")
    row: dict[str, Any] = {"country": {"descriptor": name.country}}
    for field, _, member in NAME_PARTS:
        if value := getattr(name, field):
            row[member] = {"descriptor": value} if member in ("title", "social") else value
    return asked.page([{"id": person_id(asked.caller), "descriptor": name.full, **row}])


def person_id(worker: WorkerRecord) -> str:
    return worker.account.wid[::-1]


def get_absence_types(asked: Asked) -> Json:
    types = [type_ for plan in asked.own().plans for type_ in plan.types]
    return asked.page({"id": type_wid(one), "descriptor": one.replace("_", " ").title()} for one in types)


def get_events(asked: Asked) -> Json:
    """The business processes that the caller has started."""
    if asked.request.query.get("initiator", asked.caller.account.wid) != asked.caller.account.wid:
        raise RestError(403, "permission denied")
    return asked.page(_event(one) for one in reversed(asked.caller.events))


def get_event(asked: Asked) -> Json:
    found = next((one for one in asked.caller.events if one.wid == asked.request.params["event"]), None)
    if found is None:
        raise RestError(404, "A request was made to a resource that does not exist.")
    return _event(found)


def _event(event: Event) -> Json:
    return {
        "id": event.wid,
        "descriptor": event.process,
        "status": {"descriptor": event.status},
        "initiatedDate": f"{event.started}T08:00:00.000Z",
        "effectiveDate": event.about.get("effective", str(event.started)),
    }


WORKER = "v1/{tenant}/workers/{worker}"
PUBLIC, NAME = (PUBLIC_REPORTS, "View"), ("Person Data: Name", "View")
OPERATIONS = (
    Operation("GET", "absenceManagement/v3/{tenant}/workers/{worker}/eligibleAbsenceTypes", get_absence_types),
    Operation("GET", "businessProcess/v1/{tenant}/events", get_events),
    Operation("GET", "businessProcess/v1/{tenant}/events/{event}", get_event),
    Operation("GET", "v1/{tenant}/workers/me", get_me, PUBLIC),
    Operation("GET", "v1/{tenant}/workers", search_workers, PUBLIC),
    Operation("GET", WORKER, get_worker, PUBLIC),
    Operation("GET", f"{WORKER}/directReports", get_direct_reports),
    Operation("GET", f"{WORKER}/inboxTasks", get_inbox_tasks, ("Core Navigation", "View")),
    Operation("GET", f"{WORKER}/history", get_history, ("Worker Data: Worker History", "View")),
    Operation("GET", f"{WORKER}/paySlips", get_pay_slips, ("Self-Service: Payroll (My Payslips)", "View")),
    Operation(
        "GET",
        f"{WORKER}/supervisoryOrganizationsManaged",
        get_organizations_managed,
        ("Reports: Organization", "View"),
    ),
    Operation("POST", f"{WORKER}/businessTitleChanges", change_business_title, status=201),
    Operation("GET", "staffing/v6/{tenant}/workers/me", get_staffing_me, PUBLIC),
    Operation("GET", "person/v4/{tenant}/people/{person}/legalName", get_legal_name, NAME),
    Operation("GET", "person/v4/{tenant}/people/{person}/preferredName", get_preferred_name, NAME),
)


def _profile(worker: WorkerRecord, tenant: Tenant) -> Json:
    today = date.today()  # noqa: DTZ011 - a day of the calendar on the wall
    return {
        **_public(worker),
        "href": f"/ccx/api/v1/{tenant.name}/workers/{worker.account.wid}",
        "primaryWorkPhone": worker.work_phone.formatted,
        "isManager": worker.job.managed is not None,
        "location": thing(worker.job.location),
        "primarySupervisoryOrganization": thing(worker.job.supervisory),
        "yearsOfService": str(today.year - worker.job.hire_date.year),
    }


def _public(worker: WorkerRecord) -> Json:
    return {
        "id": worker.account.wid,
        "descriptor": worker.descriptor,
        "businessTitle": worker.job.title,
        "primaryWorkEmail": worker.work_email,
    }


def _task(task: InboxTask) -> Json:
    return {
        "id": task.wid,
        "descriptor": task.title,
        "overallProcess": {"id": task.event, "descriptor": task.process},
        "stepType": {"descriptor": task.step},
        "initiator": {"descriptor": task.initiator},
        "assigned": f"{task.assigned}T09:00:00.000Z",
        "due": str(task.due),
    }


def _pay_slip(slip: PaySlip) -> Json:
    return {
        "id": slip.wid,
        "descriptor": slip.period,
        "date": str(slip.paid),
        "gross": slip.gross,
        "net": slip.net,
        "status": {"descriptor": "Complete"},
    }
