"""A client without a network: its rules give the responses, and it keeps the requests."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from bridge.base.http_client import Body, Client, Deadline, HttpResponse


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    fresh: bool

    @property
    def form(self) -> dict[str, str]:
        """The body as form fields."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


Rule = Callable[[Asked], HttpResponse]


@dataclass
class ScriptedClient(Client):
    """Responds by the first rule whose text is in the URL. A rule may raise RequestNotSent or ResponseLost."""

    rules: dict[str, Rule]
    asked: list[Asked] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(
        self,
        method: str,
        url: str,
        *,
        deadline: Deadline,
        headers: Mapping[str, str] | None = None,
        body: Body = None,
        fresh: bool = False,
    ) -> HttpResponse:
        asked = Asked(method, url, dict(headers or {}), (body() if callable(body) else body) or b"", fresh)
        with self.lock:
            self.asked.append(asked)
        for part, rule in self.rules.items():
            if part in url:
                return rule(asked)
        raise AssertionError(f"unexpected request: {method} {url}")

    def to(self, part: str) -> list[Asked]:
        """The requests whose URL holds `part`."""
        return [asked for asked in self.asked if part in asked.url]


def json_answer(document: object, status: int = 200, **headers: str) -> HttpResponse:
    """A JSON response; header names with underscores for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpResponse(status, {"content-type": "application/json", **named}, json.dumps(document).encode())
