"""Integrations v41.2: approving, denying and cancelling a business process."""

from sandbox.workday import reference_data as known
from sandbox.workday.bsvc import Element, find_all, ids, reference
from sandbox.workday.call import Call
from sandbox.workday.faults import NotAuthorized
from sandbox.workday.reading import required
from sandbox.workday.tenant import IN_PROGRESS


def approve(call: Call) -> tuple[Element]:
    return _decide(call, "Successfully Completed", apply=True)


def deny(call: Call) -> tuple[Element]:
    return _decide(call, "Denied", apply=False)


def cancel(call: Call) -> tuple[Element]:
    """Only the worker who started the process cancels it, while it is in progress."""
    wid = _event(call)
    own = next((one for one in call.caller.events if one.wid == wid), None)
    if own is None:
        raise NotAuthorized
    if own.status != IN_PROGRESS:
        node = required(call.request, "Event_Reference")
        raise known.invalid(node, "You can only cancel a business process that is in progress.")
    return _close(call, wid, "Canceled", apply=False)


def _decide(call: Call, status: str, *, apply: bool) -> tuple[Element]:
    wid = _event(call)
    if not any(task.event == wid for task in call.caller.inbox):
        raise NotAuthorized
    return _close(call, wid, status, apply=apply)


def _event(call: Call) -> str:
    node = required(call.request, "Event_Reference")
    wid = ids(node).get("WID", "")
    started = {one.wid for worker in call.tenant.workers for one in worker.events}
    if wid not in started | {task.event for worker in call.tenant.workers for task in worker.inbox}:
        raise known.unknown_id(find_all(node, "ID")[0])
    return wid


def _close(call: Call, wid: str, status: str, *, apply: bool) -> tuple[Element]:
    call.tenant.close(wid, status, apply=apply)
    return (reference("Event_Reference", {"WID": wid}),)
