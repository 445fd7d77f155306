"""Talent v42.0: feedback for a colleague."""

from sandbox.workday import reference_data as known
from sandbox.workday.bsvc import Element, find_all, text
from sandbox.workday.call import Call, event_reference
from sandbox.workday.reading import required


def give_feedback(call: Call) -> tuple[Element]:
    """From the caller, to any workers but the caller."""
    data = required(call.request, "Give_Feedback_Data")
    call.check_own(required(data, "From_Worker_Reference"))
    receivers = [call.worker(node) for node in find_all(data, "To_Workers_Reference")]
    if call.caller in receivers:
        raise known.invalid(data, "You can't give feedback to yourself.")
    if not text(data, "Comment").strip():
        raise known.invalid(data, "Enter the feedback.")
    names = ", ".join(receiver.descriptor for receiver in receivers)
    event = call.start("Give Feedback", lambda: None, to=names, comment=text(data, "Comment"))
    return event_reference("Give_Feedback_Event_Reference", event)
