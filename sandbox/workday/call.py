"""One SOAP call: the caller, the tenant and the request, with the checks of the workers that the request names."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sandbox.workday.bsvc import Element, attribute, find_all, reference
from sandbox.workday.faults import NotAuthorized
from sandbox.workday.records import Event, WorkerRecord
from sandbox.workday.reference_data import unknown_id
from sandbox.workday.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Call:
    """`request` is valid by the sandbox's schema of the service."""

    tenant: Tenant
    caller: WorkerRecord
    request: Element

    def worker(self, node: Element) -> WorkerRecord:
        """The worker of a Worker_Reference or Person_Reference; an unknown ID is a validation error."""
        found = None
        for one in find_all(node, "ID"):
            named = self.tenant.by_id(one.text or "")
            kind = attribute(one, "type") or ""
            if named is None or named.ids.get(kind) != one.text or found not in (None, named):
                raise unknown_id(one)
            found = named
        if found is None:
            raise NotAuthorized
        return found

    def check_own(self, node: Element) -> None:
        """Self-service: the worker must be the caller."""
        if self.worker(node) is not self.caller:
            raise NotAuthorized

    def start(self, process: str, apply: Callable[[], None], **about: str) -> Event:
        """Start a business process of the caller; it takes effect at once, or when it is approved."""
        return self.tenant.start(self.caller, process, apply, about)


Work = Callable[[Call], Iterable[Element]]


def event_reference(name: str, event: Event) -> tuple[Element]:
    """The response of a business process: a reference to its event."""
    return (reference(name, {"WID": event.wid}),)
