"""Workday's REST services with an OAuth bearer token: responses are JSON, lists are `{"data": […], "total": n}`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.server import Handler, Request, Response
from sandbox.workday.records import Thing, WorkerRecord
from sandbox.workday.reference_data import in_mode
from sandbox.workday.security import blocked_message, withheld
from sandbox.workday.tenant import Blocked, Tenant

Json = Mapping[str, Any]
_PAGE = 20
_MOST = 100


class RestError(Exception):
    """A refusal; `field` names the input that is wrong, where there is one."""

    def __init__(self, status: int, error: str, *, field: str | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.field = field

    def response(self) -> Response:
        body: dict[str, object] = {"error": str(self)}
        if self.field is not None:
            errors = [{"error": str(self), "field": self.field}]
            body = {"error": "invalid request: validation errors.", "errors": errors}
        return Response.json(body, status=self.status)


@dataclass(frozen=True, slots=True)
class Asked:
    """One authenticated request."""

    request: Request
    tenant: Tenant
    caller: WorkerRecord

    def worker(self) -> WorkerRecord:
        """The worker of the path: `me`, a WID or `Employee_ID=…`."""
        id_ = self.request.params["worker"]
        found = self.caller if id_ == "me" else self.tenant.by_id(id_.removeprefix("Employee_ID="))
        if found is None:
            raise RestError(404, "invalid request: the worker does not exist")
        return found

    def own(self) -> WorkerRecord:
        """The worker of the path, if it is the caller."""
        if self.worker() is not self.caller:
            raise RestError(403, "permission denied")
        return self.caller

    def page(self, rows: Iterable[Json]) -> Json:
        """The page that `limit` and `offset` select."""
        every = list(rows)
        limit, offset = self._number("limit", _PAGE, least=1, most=_MOST), self._number("offset", 0)
        return {"total": len(every), "data": every[offset : offset + limit]}

    def _number(self, name: str, default: int, *, least: int = 0, most: int = 1_000_000) -> int:
        text = self.request.query.get(name, str(default))
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise RestError(400, f"{name} is out of range.", field=name)
        return int(text)


@dataclass(frozen=True, slots=True)
class Operation:
    """`path` follows `/ccx/api/`; `needs` is a domain and a kind of permission on it."""

    method: str
    path: str
    work: Callable[[Asked], Json]
    needs: tuple[str, str] | tuple[()] = ()
    status: int = 200

    def name(self, _: Request) -> str:
        """The name in counts and in the list of requests, e.g. `GET /workers/me`."""
        return f"{self.method} {self.path.partition('{tenant}')[2]}"

    def handler(self, tenant: Tenant) -> Handler:
        def answer(request: Request) -> Response:
            caller = tenant.caller(request.bearer)
            try:
                if caller is None:
                    # An access token of Entra's too: to Workday it is only an unknown text.
                    raise RestError(401, "invalid_token: Invalid Access Token")
                if withheld(self.needs, tenant.mode):
                    raise RestError(403, "permission denied: S22")
                with tenant.lock, in_mode(tenant.mode):
                    return Response.json(self.work(Asked(request, tenant, caller)), status=self.status)
            except Blocked as blocked:
                return RestError(400, blocked_message(str(blocked))).response()
            except RestError as error:
                return error.response()

        return answer


def thing(one: Thing) -> Json:
    """A reference to something: its WID and its name."""
    return {"id": one.wid, "descriptor": one.name}
