"""The tenant: its workers, the tokens it has issued, and the requests it has received. One lock guards the workers."""

import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Literal

from sandbox.workday import seed
from sandbox.workday.expiring import Expiring
from sandbox.workday.mode import Mode
from sandbox.workday.records import Event, InboxTask, Thing, WorkerRecord, new_wid
from sandbox.world import World

TOKEN_LIFETIME = timedelta(hours=1)  # Workday publishes no lifetime, and its token response has none
REQUESTS_KEPT = 200
IN_PROGRESS = "In Progress"
Kind = Literal["token", "rest", "soap"]


class Blocked(Exception):
    """Another business process of this kind is pending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRequest:
    """One line of `/sandbox/requests`; `worker` is a user name, `status` null where the connection was dropped."""

    kind: Kind
    operation: str
    worker: str | None
    status: int | None
    body: str


class Tenant:
    """Thread-safe for tokens and requests; operations hold `lock` while they read or change workers."""

    def __init__(self, world: World, mode: Mode | None = None) -> None:
        self.name = world.workday_tenant
        self.lock = RLock()
        self.last_assertion: bytes | None = None
        self._world = world
        self.mode = mode or Mode()
        self.waiting: dict[str, Callable[[], None]] = {}
        self._tokens: Expiring[str] = Expiring()
        self._requests: deque[SeenRequest] = deque(maxlen=REQUESTS_KEPT)
        self.reset()

    def reset(self) -> None:
        """Restore the first data of the workers. Tokens stay valid."""
        with self.lock:
            self.workers = seed.workers(self._world)
            self.waiting.clear()
            if self.mode.contingent:
                named = [one for one in self.workers if not one.account.user_name.startswith("load")]
                named[-1].contingent = True

    def by_user_name(self, user_name: str) -> WorkerRecord | None:
        """Workday user names are compared without regard to case."""
        return next((one for one in self.workers if one.account.user_name.lower() == user_name.lower()), None)

    def by_id(self, wid_or_number: str) -> WorkerRecord | None:
        """By Workday ID or employee number."""
        return next((one for one in self.workers if wid_or_number in one.ids.values()), None)

    def manager_of(self, worker: WorkerRecord) -> WorkerRecord | None:
        return next((one for one in self.workers if one.job.managed == worker.job.supervisory), None)

    def members(self, organization: Thing | None) -> list[WorkerRecord]:
        """The workers of a supervisory organization, without its manager."""
        return [one for one in self.workers if organization and one.job.supervisory == organization]

    def start(self, worker: WorkerRecord, process: str, apply: Callable[[], None], about: dict[str, str]) -> Event:
        """Start a business process; in the mode `pending` it waits for the manager. Raises `Blocked`."""
        manager = self.manager_of(worker)
        if not self.mode.pending or manager is None:
            apply()
            worker.events.append(event := Event(wid=new_wid(), process=process, about=about))
            return event
        if any(one.process == process and one.status == IN_PROGRESS for one in worker.events):
            raise Blocked(process)
        worker.events.append(event := Event(wid=new_wid(), process=process, about=about, status=IN_PROGRESS))
        self.waiting[event.wid] = apply
        today = event.started
        manager.inbox.append(
            InboxTask(
                wid=new_wid(),
                title=f"{process}: {worker.descriptor}",
                process=process,
                step="Approval",
                initiator=worker.descriptor,
                assigned=today,
                due=today,
                event=event.wid,
            )
        )
        return event

    def close(self, wid: str, status: str, *, apply: bool) -> None:
        """End an event: make or drop its change, and remove it from all inboxes."""
        change = self.waiting.pop(wid, None)
        if change is not None and apply:
            change()
        for worker in self.workers:
            worker.inbox = [task for task in worker.inbox if task.event != wid]
            worker.events = [replace(one, status=status) if one.wid == wid else one for one in worker.events]

    def issue(self, worker: WorkerRecord) -> str:
        """A new opaque access token for this worker."""
        token = secrets.token_urlsafe(48)
        self._tokens.add(token, worker.account.user_name, until=datetime.now(UTC) + TOKEN_LIFETIME)
        return token

    def revoke_all(self) -> None:
        self._tokens.clear()

    def caller(self, token: str | None) -> WorkerRecord | None:
        """The worker of this token; None if it is missing, unknown, revoked or expired."""
        user_name = self._tokens.get(token or "")
        return self.by_user_name(user_name) if user_name else None

    def saw(self, request: SeenRequest) -> None:
        self._requests.append(request)

    def seen(self) -> list[dict[str, object]]:
        """The last requests, newest last."""
        return [asdict(request) for request in self._requests.copy()]
