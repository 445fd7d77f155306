"""A function app: what its host.json says, and its HTTP functions in the host's order."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.functions_host.invocation import Incoming, Response
from sandbox.functions_host.routing import Route

WORKER = "FUNCTIONS_HOST_WORKER"
"""The environment variable that chooses who loads and calls the functions: `own` (default) or `microsoft`."""


class AppError(Exception):
    """The app cannot be served; the message says which function, and why."""


@dataclass(frozen=True, slots=True)
class HostSettings:
    """The part of host.json that changes HTTP responses."""

    route_prefix: str
    custom_headers: Mapping[str, str]

    @classmethod
    def load(cls, folder: Path) -> HostSettings:
        file = folder / "host.json"
        http = json.loads(file.read_text("utf-8")).get("extensions", {}).get("http", {}) if file.exists() else {}
        return cls(http.get("routePrefix", "api").strip("/"), http.get("customHeaders", {}))

    def route(self, function: str, route: str | None, methods: Iterable[str]) -> Route:
        """The route of a function; without a route, its name. Raises `AppError`."""
        template = "/".join(part for part in (self.route_prefix, route or function) if part)
        try:
            return Route.parse(template, methods=frozenset(methods))
        except ValueError as error:
            raise AppError(f"{function}: {error}") from error


@dataclass(frozen=True, slots=True)
class Function:
    """One HTTP function. `invoke` gets the request and the route values; it raises nothing."""

    name: str
    route: Route
    auth_level: str
    invoke: Callable[[Incoming, Mapping[str, str]], Response]


@dataclass(frozen=True, slots=True)
class App:
    """A loaded function app."""

    settings: HostSettings
    functions: tuple[Function, ...]

    @classmethod
    def load(cls, file: Path, *, worker: str | None = None) -> App:
        """Load the app of `file` with this worker. Raises `AppError`, and whatever the import of the app raises."""
        settings = HostSettings.load(file.parent)
        name = worker or os.environ.get(WORKER) or "own"
        functions: list[Function] = importlib.import_module(f"{__package__}.{name}_worker").load(file, settings)
        # The host tries routes in this order; a literal segment has no precedence over a parameter:
        # FunctionMetadataManager.LoadFunctionMetadata; azure-functions-host issue 9876.
        return cls(settings, tuple(sorted(functions, key=lambda function: function.name.upper())))

    def find(self, method: str, path: str) -> tuple[Function, Mapping[str, str]] | None:
        """The function for a request and its route values, or None (404)."""
        for function in self.functions:
            values = function.route.match(method, path)
            if values is not None:
                return function, values
        return None
