"""The HTTP API: each request ends in a JSON response or a problem, and in one log line."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from bridge import __version__
from bridge.api.body import raw_inputs
from bridge.api.log import log_crash, log_request, unverified_claims
from bridge.api.message import Request, Response, json_response
from bridge.api.probe import Limiter, probe
from bridge.api.route import Route
from bridge.api.whoami import whoami
from bridge.base.deadline import Deadline
from bridge.errors import BridgeError, NotFound, OutcomeUnknown
from bridge.routes import METHODS, OperationRoute, id_at, path_at
from bridge.runtime import Runtime
from bridge.trace import Trace

if TYPE_CHECKING:
    from bridge.app import App
    from bridge.inbound import Caller

DEFAULT_SECONDS = 30.0
"""For requests that belong to no system."""
CONNECTOR_FILES = {"ConnectorDefinition": "apiDefinition.swagger.json", "ConnectorProperties": "apiProperties.json"}


class Api:
    """The routes, and `handle`, through which each request goes. Safe for threads."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self._limiter = Limiter()

    def routes(self) -> Iterator[Route]:
        """Every route, whatever the settings say: an error at import would be 404 everywhere."""
        yield Route("Health", "GET", "api/health", work=self._health, logged=False)
        yield Route("Ready", "GET", "api/ready", work=self._ready, logged=False)
        yield Route("WhoAmI", "GET", "api/whoami", as_user=whoami)
        yield Route("Probe", "POST", "api/probe/{system}", as_user=partial(probe, self._limiter))
        yield Route("Check", "GET", "api/check", work=self._check, key=True)
        yield Route("SamlMetadata", "GET", "api/saml/metadata/{system}", work=self._saml_metadata)
        for name, file in CONNECTOR_FILES.items():
            yield Route(name, "GET", f"api/connector/{file}", work=partial(self._connector, file), key=True)
        for system, operation in self.runtime.operation_routes():
            yield operation_route(operation, system)
        for system in self.runtime.raw_systems():
            yield from raw_routes(system)
        for system in self.runtime.without_routes():
            work = partial(_not_set_up, system)
            function = f"{system.title().replace('_', '')}NotSetUp"
            yield Route("NotSetUp", "", f"api/{system}/{{*path}}", as_user=work, function=function, system=system)

    def handle(self, request: Request, route: Route) -> Response:
        """The response, with a correlation id. Every request gets one, and one log line, whatever happens."""
        start = time.perf_counter()
        trace = Trace(str(uuid.uuid4()), Deadline(DEFAULT_SECONDS))
        system = route.system or self.runtime.known_system(request.path.get("system"))
        caller: Caller | None = None
        error: BridgeError | None = None
        try:
            if route.as_user is None:
                document = route.work(request)
            else:
                app = self.runtime.app()
                trace.deadline = Deadline(app.timeout_seconds(system, DEFAULT_SECONDS))
                caller = app.authenticate(request.headers.get("authorization"), trace)
                document = route.as_user(app, caller, request, trace)
            response = document if isinstance(document, Response) else json_response(document, indent=route.indent)
        except BridgeError as refusal:
            error = refusal
        except Exception as crash:  # nothing else catches it, and the caller must get a response
            log_crash(trace, crash)
            error = _unforeseen(trace, writes=route.writes)
        if error is not None:
            response = route.refusal(error, caller, trace.correlation_id)
        if route.logged:
            refused = error is not None and caller is None and route.as_user is not None
            log_request(
                request,
                trace,
                operation=route.name,
                system=system,
                writes=route.writes,
                status=error.status if error is not None else response.status,
                total_ms=(time.perf_counter() - start) * 1000,
                caller=caller,
                error=error,
                unverified=unverified_claims(request.headers.get("authorization")) if refused else None,
            )
        return replace(response, headers={**response.headers, "x-correlation-id": trace.correlation_id})

    def _health(self, request: Request) -> object:
        """The version, as a sign of life. Checks nothing else."""
        return {"status": "ok", "version": __version__}

    def _ready(self, request: Request) -> object:
        """Coarse booleans, nothing fetched. 503 if the settings are bad; Entra's keys come with the first token.

        `systems` is false while a system counts as away.
        """
        settings = self.runtime.settings
        signers = [system for system in settings.systems.values() if system.signer == "bridge"] if settings else []
        now = time.time()
        ready = {
            "settings": settings is not None and not settings.broken,
            "signingKeys": settings is not None
            and all(not system.saml.key.date_problem(now) if system.saml else not system.token for system in signers),
            "entraKeys": settings is not None and self.runtime.app().authenticator.has_keys,
            "systems": settings is not None and self.runtime.app().patience.all_there,
        }
        return json_response(ready, status=200 if settings else 503)

    def _check(self, request: Request) -> object:
        """The set-up check of this deployment, which alone sees its resolved references and its managed identity."""
        from bridge.base.http_client import Client
        from bridge.check.run import check, document  # rarely asked for

        with closing(Client()) as client:
            return document(check(self.runtime.env, self.runtime.whole_catalog(), client))

    def _saml_metadata(self, request: Request) -> object:
        """Public, as every identity provider's metadata: names and certificates, no private key."""
        from bridge.credentials.saml_metadata import MEDIA_TYPE, saml_metadata  # rarely asked for

        settings = self.runtime.app().settings
        system = settings.systems.get(request.path.get("system", ""))
        if system is None or system.saml is None or not system.saml.metadata:
            raise NotFound(
                "This bridge publishes no SAML metadata of such a system.",
                hint="An administrator can publish them with SAML__SIGNER=bridge and SAML__METADATA=true.",
            )
        document = saml_metadata(system, settings.public_url)
        return Response(200, document, MEDIA_TYPE, {"Cache-Control": "no-store"})

    def _connector(self, file: str, request: Request) -> object:
        """One of the connector's files, made for this deployment; the host has asked for a function key."""
        from bridge.connector.from_settings import FILES  # rarely asked for

        app = self.runtime.app()
        return FILES[file](app.settings, app.catalog)


def operation_route(operation: OperationRoute, system: str) -> Route:
    """The route of an operation at one configured system."""
    return Route(
        operation.id,
        operation.method,
        path_at(system, operation.path),
        as_user=partial(_run, operation.id, system),
        function=id_at(system, operation.id, operation.kind),
        system=system,
        writes=operation.writes,
    )


def raw_routes(system: str) -> Iterator[Route]:
    """The pass-through of one configured system: a function for each method, because a log line tells writes apart."""
    from bridge.api.raw import raw  # few bridges have the pass-through

    for method in METHODS:
        function = id_at(system, f"Raw{method.title()}", "")
        path = path_at(system, "/raw/{*path}")
        work = partial(raw, system)
        yield Route("Raw", method, path, as_user=work, function=function, system=system, writes=method != "GET")


def _run(id_: str, system: str, app: App, caller: Caller, request: Request, trace: Trace) -> dict[str, object]:
    app.configured(system)
    key = request.headers.get("idempotency-key")
    return app.run(app.operation(id_), system, caller, raw_inputs(request), trace, idempotency_key=key)


def _not_set_up(system: str, app: App, caller: Caller, request: Request, trace: Trace) -> NoReturn:
    """For a system of the catalog that no setting names: a 404 would leave its administrator guessing."""
    from bridge.app import not_set_up

    app.configured(system)
    raise not_set_up(system)


def _unforeseen(trace: Trace, *, writes: bool) -> BridgeError:
    """A 500, or for a write that may have been sent the 409 that Power Automate does not retry."""
    if writes and any(hop.name == "system" for hop in trace.hops):
        return OutcomeUnknown(
            "Something went wrong after the request was sent, so it is not known whether the change was made.",
            hint="Look at the current data before trying again.",
        )
    return BridgeError(
        "The bridge made a mistake. Nothing was changed.", hint="Tell its administrator the correlation id."
    )
