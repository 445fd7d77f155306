"""The running stack of the demo: requests to each server, counts, and the app's log."""

from __future__ import annotations

import base64
import json
import queue
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests

from sandbox.stack import start_app, start_sandbox

SECONDS = 30
LONGEST = 320


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response. `body` is the parsed JSON, or the text if it is not JSON."""

    sent: str
    status: int
    body: Any
    correlation_id: str
    ms: float

    @property
    def back(self) -> str:
        text = self.body if isinstance(self.body, str) else json.dumps(self.body, ensure_ascii=False)
        return f"{self.status}  {text if len(text) <= LONGEST else text[:LONGEST] + ' …'}"


@dataclass(slots=True)
class Stage:
    """The sandbox, the app with its current settings, and one HTTP session for all of them."""

    facts: Mapping[str, Any]
    session: requests.Session = field(default_factory=requests.Session)
    app: str = ""
    last: Exchange | None = None
    _log: queue.Queue[str] = field(default_factory=queue.Queue)

    @contextmanager
    def app_running(self, overrides: Mapping[str, str]) -> Iterator[None]:
        """The app with the sandbox's settings and these on top."""
        with start_app({**self.facts["env"], **overrides}, echo=self._log.put) as (_, self.app):
            yield

    def ask(
        self,
        method: str,
        place: str,
        path: str,
        *,
        token: str | None = None,
        body: Mapping[str, object] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Exchange:
        """`place` is app, entra, workday or orders. A form is not shown, as it has secrets."""
        base = self.app if place == "app" else self.facts[place]
        started = time.perf_counter()
        response = self.session.request(
            method,
            base + path,
            json=body,
            data=form,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=SECONDS,
            verify=self.facts["ca"],
        )
        ms = (time.perf_counter() - started) * 1000
        shown = f"{method} {PLACES[place]} {path}" + (f" {json.dumps(body)}" if body else "")
        correlation_id = response.headers.get("x-correlation-id", "")
        self.last = Exchange(shown, response.status_code, _parsed(response), correlation_id, ms)
        return self.last

    def token(self, **wanted: object) -> str:
        """A token of the sandbox's Entra, as the connector sends it."""
        return str(self.ask("POST", "entra", "/sandbox/token", body=wanted).body["access_token"])

    def counts(self) -> dict[str, int]:
        """The number of token requests: at Entra by grant, and at Workday."""
        entra = self.ask("GET", "entra", "/sandbox/stats").body
        workday = self.ask("GET", "workday", "/sandbox/stats").body
        return {
            "obo": entra["grants"].get("obo", 0),
            "obo_saml2": entra["grants"].get("obo_saml2", 0),
            "token": workday["endpoints"]["token"],
        }

    def log_line(self, exchange: Exchange) -> dict[str, Any]:
        """The app's log line of this request; `LookupError` if there is none."""
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            try:
                line = json.loads(self._log.get(timeout=0.1))
            except (queue.Empty, ValueError):
                continue
            if line.get("event") == "request" and line.get("correlationId") == exchange.correlation_id:
                return dict(line)
        raise LookupError(f"the app wrote no log line for {exchange.sent}")


PLACES = {"app": "bridge", "entra": "Entra", "workday": "Workday", "orders": "orders"}


@contextmanager
def set_up() -> Iterator[Stage]:
    """Start the sandbox, not yet the app."""
    with start_sandbox() as (_, facts), requests.Session() as session:
        session.trust_env = False  # loopback only: neither proxies nor another CA bundle
        yield Stage(facts, session)


def claims(token: str) -> dict[str, Any]:
    """The claims of a token, unverified: only to be shown."""
    part = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def _parsed(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return response.text
