"""One operation being asked for: who asks, of which tenant, with which request; and whom the request may be about."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.workday.bsvc import Element, attribute, element, find_all, reference
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
        """The worker of a Worker_Reference or Person_Reference; an ID of nobody is a validation error."""
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
        """Self-service: whatever is changed or privately read belongs to the caller."""
        if self.worker(node) is not self.caller:
            raise NotAuthorized

    def start(self, process: str, apply: Callable[[], None], **about: str) -> Event:
        """Start a business process of the caller's; it takes effect now, or once it is approved."""
        return self.tenant.start(self.caller, process, apply, about)


Handler = Callable[[Call], Element]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A web service in the one version whose shape is publicly known; `schema` is a file in `schemas/`."""

    version: str
    schema: str
    operations: Mapping[str, Handler]


def event_response(name: str, event_element: str, event: Event) -> Element:
    """The answer of a business process: a reference to its event."""
    return element(name, reference(event_element, {"WID": event.wid}))
