"""The routes' answers: each request ends in a JSON answer or a problem, and in one log line."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bridge import __version__
from bridge.api.body import raw_inputs
from bridge.api.log import log_crash, log_request
from bridge.api.message import Request, Response, json_response
from bridge.api.probe import Limiter, probe
from bridge.api.problem import problem_response
from bridge.api.whoami import whoami
from bridge.base.http_client import Client, Deadline
from bridge.catalog import Operation
from bridge.errors import BridgeError, OutcomeUnknown
from bridge.runtime import Runtime
from bridge.trace import Trace

if TYPE_CHECKING:
    from bridge.app import App
    from bridge.inbound import Caller

    Work = Callable[[App, Caller, Request, Trace], object]

DEFAULT_SECONDS = 30.0

Handler = Callable[[Request], Response]


@dataclass(frozen=True, slots=True)
class Face:
    """Handlers for the routes. `bearer` is around everything that a user's token opens."""

    runtime: Runtime
    limiter: Limiter = field(default_factory=Limiter)

    def health(self, request: Request) -> Response:
        """Alive, and which version. Looks at nothing else."""
        return json_response({"status": "ok", "version": __version__})

    def ready(self, request: Request) -> Response:
        """Coarse booleans, nothing fetched. 503 if the settings are bad; Entra's keys come with the first token."""
        settings = self.runtime.settings
        signers = [system for system in settings.systems.values() if system.signer == "bridge"] if settings else []
        ready = {
            "settings": settings is not None,
            "signingKeys": settings is not None and all(system.saml or not system.token for system in signers),
            "entraKeys": settings is not None and self.runtime.app().authenticator.has_keys,
        }
        return json_response(ready, status=200 if settings else 503)

    def whoami(self, request: Request) -> Response:
        """What the bridge sees of the caller."""
        return self.bearer(request, "WhoAmI", None, lambda app, caller, *_: whoami(app, caller))

    def probe(self, request: Request) -> Response:
        """Tries the path to a system as the caller."""
        name = request.path.get("system", "")

        def work(app: App, caller: Caller, request: Request, trace: Trace) -> object:
            return probe(app, caller, name, self.limiter, trace)

        return self.bearer(request, "Probe", name if name in self.runtime.catalog.systems else None, work)

    def check(self, request: Request) -> Response:
        """The set-up check of this deployment, which alone sees its resolved references and its managed identity."""

        def work(_: RequestContext) -> Response:
            from bridge.check.run import check, document  # rarely asked for

            return json_response(document(check(self.runtime.env, self.runtime.catalog, Client())), indent=2)

        return framed(request, "Check", work)

    def connector(self, file: str) -> Handler:
        """One of the connector's files, made for this deployment; the host has asked for a function key."""

        def work(_: RequestContext) -> Response:
            from bridge.connector.own import FILES  # rarely asked for

            app = self.runtime.app()
            return json_response(FILES[file](app.settings, app.catalog), indent=2)

        return lambda request: framed(request, "Connector", work)

    def operation(self, operation: Operation, system: str) -> Handler:
        """The handler of one operation at one configured system."""

        def work(app: App, caller: Caller, request: Request, trace: Trace) -> object:
            return app.run(operation, system, caller, raw_inputs(request), trace)

        writes = operation.kind == "write"
        return lambda request: self.bearer(request, operation.id, system, work, writes=writes)

    def bearer(self, request: Request, name: str, system: str | None, work: Work, *, writes: bool = False) -> Response:
        """Authenticate, then work."""

        def authenticated(visit: RequestContext) -> Response:
            app = self.runtime.app()
            configured = app.settings.systems.get(system or "")
            if configured:
                visit.trace.deadline = Deadline(configured.timeout_seconds)
            visit.caller = app.authenticate(request.headers.get("authorization"), visit.trace)
            return json_response(work(app, visit.caller, request, visit.trace))

        return framed(request, name, authenticated, system=system, writes=writes)


@dataclass(slots=True)
class RequestContext:
    """What becomes known of one request on its way."""

    trace: Trace
    caller: Caller | None = None


def framed(
    request: Request,
    name: str,
    work: Callable[[RequestContext], Response],
    *,
    system: str | None = None,
    writes: bool = False,
) -> Response:
    """Whatever `work` does: one answer, with a correlation id, and one log line."""
    start = time.perf_counter()
    visit, error = RequestContext(Trace(str(uuid.uuid4()), Deadline(DEFAULT_SECONDS))), None
    try:
        response = work(visit)
    except BridgeError as refusal:
        error = refusal
    except Exception as crash:  # the last line: a caller gets an answer, whatever happened
        log_crash(visit.trace, crash)
        error = _unforeseen(visit.trace, writes=writes)
    if error is not None:
        response = problem_response(error, visit.trace.correlation_id)
    log_request(
        request,
        visit.trace,
        operation=name,
        system=system,
        status=response.status,
        total_ms=(time.perf_counter() - start) * 1000,
        caller=visit.caller,
        error=error,
    )
    return replace(response, headers={**response.headers, "x-correlation-id": visit.trace.correlation_id})


def _unforeseen(trace: Trace, *, writes: bool) -> BridgeError:
    """A write that had reached the system is not told as a failure that Power Automate would retry."""
    if writes and any(hop.name == "system" for hop in trace.hops):
        return OutcomeUnknown(
            "Something went wrong after the request was sent, so it is not known whether the change was made.",
            hint="Look at the current data before trying again.",
        )
    return BridgeError(
        "The bridge made a mistake. Nothing was changed.", hint="Tell its administrator the correlation id."
    )
