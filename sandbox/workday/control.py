"""What a test may ask of the tenant beside faults and counts: what came in, what is stored, and to start afresh."""

import json
from dataclasses import asdict

from sandbox.server import Request, Response, Route
from sandbox.workday.tenant import Tenant


def routes(tenant: Tenant) -> list[Route]:
    def last_assertion(_: Request) -> Response:
        if tenant.last_assertion is None:
            return Response.json({"error": "no assertion has come yet"}, status=404)
        return Response(200, tenant.last_assertion, {"Content-Type": "application/xml"})

    def requests(_: Request) -> Response:
        return Response.json(tenant.seen())

    def worker(request: Request) -> Response:
        name = request.params["worker"]
        with tenant.lock:
            found = tenant.by_user_name(name) or tenant.by_id(name)
            if found is None:
                return Response.json({"error": "no such worker"}, status=404)
            return Response.text(json.dumps(asdict(found), default=str), "application/json")

    def reset(_: Request) -> Response:
        tenant.reset()
        return Response(204)

    def revoke(_: Request) -> Response:
        tenant.revoke_all()
        return Response(204)

    return [
        Route("GET", "/sandbox/last-assertion", last_assertion),
        Route("GET", "/sandbox/requests", requests),
        Route("GET", "/sandbox/workers/{worker}", worker),
        Route("POST", "/sandbox/reset", reset),
        Route("POST", "/sandbox/revoke", revoke),
    ]
