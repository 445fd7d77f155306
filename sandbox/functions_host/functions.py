"""Loads a function app: what its host.json says, and its HTTP functions in the host's order."""

from __future__ import annotations

import importlib.util
import inspect
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.functions_host.routing import Route


class AppError(Exception):
    """The app cannot be served; the message says which function, and why."""


@dataclass(frozen=True, slots=True)
class HostSettings:
    """The part of host.json that changes HTTP answers."""

    route_prefix: str
    custom_headers: Mapping[str, str]

    @classmethod
    def load(cls, folder: Path) -> HostSettings:
        file = folder / "host.json"
        http = json.loads(file.read_text("utf-8")).get("extensions", {}).get("http", {}) if file.exists() else {}
        return cls(http.get("routePrefix", "api").strip("/"), http.get("customHeaders", {}))


@dataclass(frozen=True, slots=True)
class Function:
    """One HTTP function, ready to be called with its parameters by name."""

    name: str
    route: Route
    auth_level: str
    handler: Callable[..., object]
    request_name: str
    wants_context: bool


@dataclass(frozen=True, slots=True)
class App:
    """A loaded function app."""

    folder: Path
    settings: HostSettings
    functions: tuple[Function, ...]

    @classmethod
    def load(cls, file: Path) -> App:
        """Import `file` and read its `app`. Raises `AppError`, or what the import itself raises."""
        settings = HostSettings.load(file.parent)
        built = _import(file).app.get_functions()
        functions = (_function(each, prefix=settings.route_prefix) for each in built)
        # The host tries routes in this order, a literal segment has no precedence over a parameter:
        # FunctionMetadataManager.LoadFunctionMetadata; azure-functions-host issue 9876.
        return cls(file.parent, settings, tuple(sorted(functions, key=lambda function: function.name.upper())))

    def find(self, method: str, path: str) -> tuple[Function, Mapping[str, str]] | None:
        """The function for a request and its route values, or None (404)."""
        for function in self.functions:
            values = function.route.match(method, path)
            if values is not None:
                return function, values
        return None


def _import(file: Path) -> Any:
    folder = str(file.parent.resolve())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise AppError(f"{file} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _function(built: Any, *, prefix: str) -> Function:
    name, handler, trigger = built.get_function_name(), built.get_user_function(), built.get_trigger()
    if trigger is None or trigger.type != "httpTrigger":
        raise AppError(f"{name}: this host serves HTTP triggers only")
    if inspect.iscoroutinefunction(handler):
        raise AppError(f"{name}: this host serves plain def only, not async def")
    template = "/".join(part for part in (prefix, trigger.route or name) if part)
    methods = frozenset(method.value for method in trigger.methods or ())
    try:
        route = Route.parse(template, methods=methods)
    except ValueError as error:
        raise AppError(f"{name}: {error}") from error
    wants_context = _wants_context(handler, name=name, request_name=trigger.name)
    return Function(name, route, trigger.auth_level.value, handler, trigger.name, wants_context)


def _wants_context(handler: Callable[..., object], *, name: str, request_name: str) -> bool:
    """The worker fills the trigger's parameter and `context`; with any other it refuses to load the function."""
    parameters = set(inspect.signature(handler).parameters)
    if request_name not in parameters or parameters - {request_name, "context"}:
        raise AppError(f"{name}: the handler takes {sorted(parameters)}; the worker gives {request_name} and context")
    return "context" in parameters
