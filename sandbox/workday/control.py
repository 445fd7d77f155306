"""The tenant's controls beside faults and counts: requests received, stored records, modes, reset and revocation."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sandbox.server import Handler, Request, Response, Route
from sandbox.workday.mode import Mode
from sandbox.workday.records import NAME_PARTS
from sandbox.workday.tenant import Tenant

_OPTIONAL = {field for field, *_ in NAME_PARTS} - {"first", "middle", "last", "second_last"} | {"extension"}


def routes(tenant: Tenant) -> list[Route]:
    def last_assertion(_: Request) -> Response:
        if tenant.last_assertion is None:
            return Response.json({"error": "no assertion was received yet"}, status=404)
        return Response(200, tenant.last_assertion, {"Content-Type": "application/xml"})

    def worker(request: Request) -> Response:
        name = request.params["worker"]
        with tenant.lock:
            found = tenant.by_user_name(name) or tenant.by_id(name)
            if found is None:
                return Response.json({"error": "no such worker"}, status=404)
            return Response.text(json.dumps(_plain(asdict(found)), default=str), "application/json")

    def mode(request: Request) -> Response:
        tenant.mode = Mode.parse(request.json())
        tenant.reset()
        return Response.json({**asdict(tenant.mode), "withhold": sorted(tenant.mode.withhold)})

    def done(work: Callable[[], None]) -> Handler:
        def answer(_: Request) -> Response:
            work()
            return Response(204)

        return answer

    return [
        Route("GET", "/sandbox/last-assertion", last_assertion),
        Route("GET", "/sandbox/requests", lambda _: Response.json(tenant.seen())),
        Route("GET", "/sandbox/workers/{worker}", worker),
        Route("POST", "/sandbox/mode", mode),
        Route("POST", "/sandbox/reset", done(tenant.reset)),
        Route("POST", "/sandbox/revoke", done(tenant.revoke_all)),
    ]


_USUAL = {"status": "Successfully Completed", "started": None}
"""The status of a completed event, which is left out with the day of its start."""


def _plain(value: Any) -> Any:
    """The value without empty parts of names and phones, and without status and start of completed events."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    shown = {name: _plain(one) for name, one in value.items() if one != "" or name not in _OPTIONAL}
    done = shown.get("status") == _USUAL["status"]
    return {name: one for name, one in shown.items() if not (done and name in _USUAL)}
