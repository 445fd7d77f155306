"""Integrations v41.2: approving, denying and cancelling a business process, as the person whose task it is."""

from sandbox.workday import reference_data as known
from sandbox.workday.bsvc import Element, element, find_all, ids, reference
from sandbox.workday.call import Call, Service
from sandbox.workday.faults import Invalid, NotAuthorized, Problem
from sandbox.workday.reading import required
from sandbox.workday.tenant import IN_PROGRESS


def approve(call: Call) -> Element:
    return _decide(call, "Approve", "Successfully Completed", apply=True)


def deny(call: Call) -> Element:
    return _decide(call, "Deny", "Denied", apply=False)


def cancel(call: Call) -> Element:
    """Whoever started it, as long as it is in progress."""
    wid = _event(call)
    mine = next((one for one in call.caller.events if one.wid == wid), None)
    if mine is None:
        raise NotAuthorized
    if mine.status != IN_PROGRESS:
        message = "You can only cancel a business process that is in progress."
        raise Invalid(Problem(message, known.where(required(call.request, "Event_Reference"))))
    call.tenant.close(wid, "Canceled", apply=False)
    return _response("Cancel", wid)


def _decide(call: Call, verb: str, status: str, *, apply: bool) -> Element:
    wid = _event(call)
    if not any(task.event == wid for task in call.caller.inbox):
        raise NotAuthorized
    call.tenant.close(wid, status, apply=apply)
    return _response(verb, wid)


def _event(call: Call) -> str:
    node = required(call.request, "Event_Reference")
    wid = ids(node).get("WID", "")
    started = {one.wid for worker in call.tenant.workers for one in worker.events}
    if wid not in started | {task.event for worker in call.tenant.workers for task in worker.inbox}:
        raise known.unknown_id(find_all(node, "ID")[0])
    return wid


def _response(verb: str, wid: str) -> Element:
    return element(f"{verb}_Business_Process_Response", reference("Event_Reference", {"WID": wid}))


SERVICE = Service(
    version="v41.2",
    schema="integrations.xsd",
    operations={
        "Approve_Business_Process": approve,
        "Deny_Business_Process": deny,
        "Cancel_Business_Process": cancel,
    },
)
