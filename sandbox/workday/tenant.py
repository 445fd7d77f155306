"""The tenant: its workers, the tokens it has given, and what came in. One lock guards the workers' data."""

import secrets
from collections import deque
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Literal

from sandbox.workday import seed
from sandbox.workday.expiring import Expiring
from sandbox.workday.records import Thing, WorkerRecord
from sandbox.world import World

TOKEN_LIFETIME = timedelta(hours=1)  # what Workday grants is not published; its answer does not say
REQUESTS_KEPT = 200
Kind = Literal["token", "rest", "soap"]


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

    def __init__(self, world: World) -> None:
        self.name = world.workday_tenant
        self.lock = RLock()
        self.last_assertion: bytes | None = None
        self._world = world
        self._tokens: Expiring[str] = Expiring()
        self._requests: deque[SeenRequest] = deque(maxlen=REQUESTS_KEPT)
        self.reset()

    def reset(self) -> None:
        """The people's data as at the start. Tokens stay good."""
        with self.lock:
            self.workers = seed.workers(self._world)

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

    def issue(self, worker: WorkerRecord) -> str:
        """A new opaque access token for this worker."""
        token = secrets.token_urlsafe(48)
        self._tokens.add(token, worker.account.user_name, until=datetime.now(UTC) + TOKEN_LIFETIME)
        return token

    def revoke_all(self) -> None:
        self._tokens.clear()

    def caller(self, token: str | None) -> WorkerRecord | None:
        """Whose token this is; None for one that is missing, unknown, revoked or expired."""
        user_name = self._tokens.get(token or "")
        return self.by_user_name(user_name) if user_name else None

    def saw(self, request: SeenRequest) -> None:
        self._requests.append(request)

    def seen(self) -> list[dict[str, object]]:
        """The last requests, newest last."""
        return [asdict(request) for request in self._requests.copy()]
