"""One HTTP route as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridge.api.message import Request, Response
from bridge.api.problem import problem_response
from bridge.errors import BridgeError

if TYPE_CHECKING:
    from bridge.app import App
    from bridge.inbound import Caller
    from bridge.trace import Trace

    Work = Callable[[Request], object]
    UserWork = Callable[[App, Caller, Request, Trace], object]
    Refusal = Callable[[BridgeError, Caller | None, str], Response]


def _nothing(request: Request) -> object:
    return {}


def _problem(error: BridgeError, caller: Caller | None, correlation_id: str) -> Response:
    return problem_response(error, correlation_id)


@dataclass(frozen=True, slots=True)
class Route:
    """What one method of one path does. `method` is empty if every method reaches it.

    `name` is for the log, `function` (by default the same) is the Azure function's name, `path` is in the syntax of
    Functions. The result of `as_user`, which needs a validated token, or else of `work` is the response's JSON
    document, or a `Response`. `system`: the configured system that it belongs to. `writes`: whether it changes data
    there. `key`: the host asks for a function key. `refusal` is the response for an error; the caller is None if it is
    not known, and the last argument is the correlation id.
    """

    name: str
    method: str
    path: str
    work: Work = _nothing
    as_user: UserWork | None = None
    function: str = ""
    system: str | None = None
    writes: bool = False
    key: bool = False
    logged: bool = True
    refusal: Refusal = _problem

    @property
    def indent(self) -> int | None:
        """People read what is behind a function key, so it is indented."""
        return 2 if self.key else None
