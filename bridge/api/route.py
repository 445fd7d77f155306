"""One HTTP route as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridge.api.message import Request

if TYPE_CHECKING:
    from bridge.app import App
    from bridge.inbound import Caller
    from bridge.trace import Trace

    Work = Callable[[Request], object]
    UserWork = Callable[[App, Caller, Request, Trace], object]


def _nothing(request: Request) -> object:
    return {}


@dataclass(frozen=True, slots=True)
class Route:
    """What one method of one path does.

    `name` stands in the log, `function` (by default the same) is the Azure function's name, `path` is as Functions
    writes it, an empty `method` stands for all. The result of `as_user`, which needs a validated token, or else of
    `work` is the response's JSON document, or a `Response`. `system`: the configured system that it belongs to.
    `writes`: whether it changes data there. `key`: the host asks for a function key.
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

    @property
    def indent(self) -> int | None:
        """Files and reports behind a function key are for people."""
        return 2 if self.key else None
