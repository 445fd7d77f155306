"""The controls of each sandbox server: `/sandbox/faults` for the next calls, `/sandbox/stats` for counts of calls.

Endpoints are served through `Controls.route`, which counts the call and plays the next fault:

    controls = Controls("token", "rest")
    routes = [controls.route("POST", "/token", handler, endpoint="token"), *controls.routes()]
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from types import UnionType
from typing import Any, Literal, Self, Union, get_args, get_origin, get_type_hints

from sandbox.server import BadRequestError, DropConnection, Handler, Request, Response, Route, Wire

Kind = Literal["endpoints", "grants", "operations"]
Classify = Callable[[Request], tuple[Kind, str] | None]


def checked(document: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The object, if each of its fields is one of these and has its type or one of its values; null means "not given".

    Raises `BadRequestError`: a misspelt field would do nothing, and the test that sent it would prove nothing.
    """
    if not isinstance(document, dict) or not set(document) <= set(fields):
        raise BadRequestError(f"An object is needed, with fields among: {', '.join(fields)}.")
    good = {name: value for name, value in document.items() if _is_a(value, fields[name])}
    if wrong := [name for name, value in document.items() if name not in good and value is not None]:
        raise BadRequestError(f"Of a wrong type or value: {', '.join(wrong)}.")
    return good


def _is_a(value: Any, kind: Any) -> bool:
    """Whether a value of JSON has this type, one type of a union, or one value of a `Literal`."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Literal:
        return value in parts
    if origin is UnionType or origin is Union:
        return any(_is_a(value, part) for part in parts)
    return kind is Any or isinstance(value, int | float if kind is float else origin or kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault of an endpoint.

    `delay_seconds` passes first. Then `drop` closes the connection ("before" or "after" the work is done); else, if
    `status`, `body` or `headers` is given, that is the response (200 if only a body is given, JSON if the body is
    not text) and no work is done; a fault with only a delay does the work after the delay.
    `wire` is how the response is sent: byte by byte ("drip"), half of it ("truncate"), half of it and then a reset
    ("reset"), or without an end ("endless").
    `times` is the number of calls with the fault; without it, all until the faults are cleared or the endpoint gets
    another fault. `contains`: only calls whose body has this text have the fault.
    """

    endpoint: str
    status: int | None = None
    delay_seconds: float = 0
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: Literal["before", "after"] | None = None
    wire: Wire | None = None
    times: int | None = None
    contains: str | None = None

    @classmethod
    def parse(cls, document: Any, endpoints: tuple[str, ...]) -> Self:
        """Raises `BadRequestError` for a fault that could not happen as described."""
        fields = checked(document, get_type_hints(cls))
        if fields.get("endpoint") not in endpoints:
            raise BadRequestError(f"'endpoint' is one of: {', '.join(endpoints)}.")
        return cls(**fields)

    def play(self, request: Request, handler: Handler) -> Response:
        time.sleep(self.delay_seconds)
        if self.drop == "after":
            handler(request)
        if self.drop:
            raise DropConnection
        works = self.status is None and self.body is None and not self.headers
        return replace(handler(request) if works else self._response(), wire=self.wire)

    def _response(self) -> Response:
        is_text = self.body is None or isinstance(self.body, str)
        content_type = "text/html" if is_text else "application/json"
        body = (self.body or "") if is_text else json.dumps(self.body)
        headers = {"Content-Type": f"{content_type}; charset=utf-8"}
        named = {name.title(): value for name, value in self.headers.items()}
        return Response(self.status or 200, body.encode(), headers | named)


class Faults:
    """The faults of the next calls, in the order in which they were added, each with its remaining calls."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[Fault, int | None]] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting = [(one, left) for one, left in self._waiting if left or one.endpoint != fault.endpoint]
            self._waiting.append((fault, fault.times or None))

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def waiting(self) -> list[Fault]:
        """The faults with remaining calls."""
        with self._lock:
            return [fault for fault, _ in self._waiting]

    def take(self, endpoint: str, body: bytes) -> Fault | None:
        """The fault of this call, if any."""
        with self._lock:
            for index, (fault, left) in enumerate(self._waiting):
                if fault.endpoint == endpoint and (fault.contains or "").encode() in body:
                    self._waiting[index : index + 1] = [] if left == 1 else [(fault, left and left - 1)]
                    return fault
        return None


class Stats:
    """Counts of calls by endpoint, grant and operation; calls with a fault count too."""

    def __init__(self, endpoints: tuple[str, ...]) -> None:
        self._lock = threading.Lock()
        self._endpoints = endpoints
        self.clear()

    def count(self, kind: Kind, name: str) -> None:
        with self._lock:
            self._counts[kind][name] += 1

    def clear(self) -> None:
        with self._lock:
            endpoints = Counter(dict.fromkeys(self._endpoints, 0))
            self._counts: dict[Kind, Counter[str]] = {
                "endpoints": endpoints,
                "grants": Counter(),
                "operations": Counter(),
            }

    def snapshot(self) -> dict[str, dict[str, int]]:
        with self._lock:
            return {kind: dict(counts) for kind, counts in self._counts.items()}


class Controls:
    """The faults and counts of one server, for its named endpoints."""

    def __init__(self, *endpoints: str) -> None:
        self._endpoints = endpoints
        self.faults = Faults()
        self.stats = Stats(endpoints)

    def route(
        self, method: str, pattern: str, handler: Handler, *, endpoint: str, classify: Classify | None = None
    ) -> Route:
        """A route that counts the call, then plays the next fault or does its work.

        `classify` may name a second count, e.g. `("grants", "obo")`; it runs before the fault, so that refused and
        dropped calls are counted too.
        """

        def watched(request: Request) -> Response:
            self.stats.count("endpoints", endpoint)
            if classify and (found := classify(request)):
                self.stats.count(*found)
            fault = self.faults.take(endpoint, request.body)
            return fault.play(request, handler) if fault else handler(request)

        return Route(method, pattern, watched)

    def routes(self) -> list[Route]:
        return [
            Route("POST", "/sandbox/faults", self._add_fault),
            Route("GET", "/sandbox/faults", lambda _: Response.json([asdict(one) for one in self.faults.waiting()])),
            Route("DELETE", "/sandbox/faults", lambda _: self._cleared(self.faults)),
            Route("GET", "/sandbox/stats", lambda _: Response.json(self.stats.snapshot())),
            Route("DELETE", "/sandbox/stats", lambda _: self._cleared(self.stats)),
        ]

    def _add_fault(self, request: Request) -> Response:
        self.faults.add(Fault.parse(request.json(), self._endpoints))
        return Response(204)

    @staticmethod
    def _cleared(what: Faults | Stats) -> Response:
        what.clear()
        return Response(204)
