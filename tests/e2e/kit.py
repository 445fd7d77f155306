"""The whole stack over real sockets: the app, the sandbox's servers, and what each of them received."""

from __future__ import annotations

import http.client
import json
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from sandbox.stack import start_app
from tests.support.sessions import ThreadSession

SECONDS = 30
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Reply:
    """A response of the app. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str | None:
        """The problem's code; None for a good answer."""
        return self.json.get("code") if self.body else None

    @property
    def outcome(self) -> tuple[int, str | None]:
        """Status and code: for error tables."""
        return self.status, self.code

    @property
    def correlation_id(self) -> str:
        return self.headers["x-correlation-id"]


@dataclass(slots=True)
class Bridge:
    """One running app. `log` is its standard error, line by line; `sent` are the texts in its requests."""

    url: str
    log: list[str] = field(default_factory=list)
    sent: set[str] = field(default_factory=set)

    def get(self, path: str, token: str | None = None, **query: str) -> Reply:
        return self.ask("GET", f"{path}?{urlencode(query)}" if query else path, token=token)

    def post(self, path: str, token: str | None = None, body: object = None) -> Reply:
        return self.ask("POST", path, token=token, body=body)

    def ask(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """`body`: bytes are sent unchanged, anything else as JSON. A token is sent as bearer.

        Each request has an Idempotency-Key of its own, unless `headers` have one.
        """
        self.sent.update(texts(body))
        raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        own = {"Authorization": f"Bearer {token}"} if token else {}
        kind = {"Content-Type": "application/json"} if body is not None else {}
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=SECONDS)
        try:
            sent = {"Idempotency-Key": str(uuid.uuid4()), **kind, **own, **(headers or {})}
            connection.request(method, quote(path, safe="/?&=%+-._~"), raw, sent)
            answer = connection.getresponse()
            return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def line(self, reply: Reply) -> dict[str, Any]:
        """The one log line of the request with this response."""
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            lines = [line for line in self.lines() if line.get("correlationId") == reply.correlation_id]
            if lines:
                assert len(lines) == 1
                return lines[0]
            time.sleep(0.005)
        raise LookupError(f"no log line for {reply.correlation_id}")

    def lines(self) -> list[dict[str, Any]]:
        """Every request's log line so far."""
        found = (json.loads(line) for line in list(self.log) if line.startswith("{"))
        return [line for line in found if line.get("event") == "request"]


@dataclass(slots=True)
class Sandbox:
    """The sandbox's controls. `facts` are those that the sandbox prints when it is ready; `issued`: every token."""

    facts: Mapping[str, Any]
    issued: set[str] = field(default_factory=set)
    thread: ThreadSession = field(default_factory=ThreadSession)
    _calm_at: tuple[int, int] = (0, 0)

    def token(self, user: str = "adele", **wanted: object) -> str:
        """A token as the connector sends it; each call issues a new one."""
        token = str(self.control("POST", "entra", "/sandbox/token", {"user": user, **wanted})["access_token"])
        self.issued.add(token)
        return token

    def fault(self, place: str, endpoint: str, **fault: object) -> None:
        """A fault for the next call, or for `times` calls; see the sandbox's `Fault`. Cleared after each test."""
        self.control("POST", place, "/sandbox/faults", {"endpoint": endpoint, "times": 1, **fault})

    def answer_with(self, **codes: int) -> None:
        """From now on Entra responds to on-behalf-of for this user with this AADSTS code. Cleared after each test."""
        self.control("POST", "entra", "/sandbox/mode", {"answers": codes})

    def calm(self) -> None:
        """Clear faults and special responses, and restore the first data."""
        for place in ("entra", "workday", "orders"):
            self.control("DELETE", place, "/sandbox/faults")
        self.control("POST", "entra", "/sandbox/mode", {"workday_app": "saml", "answers": {}})
        calls = self._business_calls()
        if calls != self._calm_at:  # a reset costs 60 ms, and most tests never reach Workday
            self.control("POST", "workday", "/sandbox/reset")
            self._calm_at = calls

    def _business_calls(self) -> tuple[int, int]:
        endpoints = self.control("GET", "workday", "/sandbox/stats")["endpoints"]
        return endpoints["rest"], endpoints["soap"]

    def soap_requests(self, user: str = "adele") -> list[dict[str, Any]]:
        """The SOAP requests of this user, or with an unknown credential, newest last."""
        seen = self.control("GET", "workday", "/sandbox/requests")
        return [row for row in seen if row["kind"] == "soap" and row["worker"] in (f"{user}@contoso.com", None)]

    @contextmanager
    def counting(self) -> Iterator[dict[str, int]]:
        """Counts of the calls inside the block, filled in at its end: no entry means none."""
        spent: dict[str, int] = {}
        before = self._counts()
        yield spent
        spent.update({name: count - before.get(name, 0) for name, count in self._counts().items()})
        for name in [name for name, count in spent.items() if not count]:
            del spent[name]

    def _counts(self) -> dict[str, int]:
        entra = self.control("GET", "entra", "/sandbox/stats")
        workday = self.control("GET", "workday", "/sandbox/stats")
        return {**entra["grants"], **workday["grants"], **workday["operations"]}

    def control(
        self, method: str, place: str, path: str, body: object = None, *, form: Mapping[str, str] | None = None
    ) -> Any:
        """A request to a server of the sandbox, with a JSON body or a form. Raises unless it succeeds."""
        answer = self.thread.session.request(
            method, self.facts[place] + path, json=body, data=form, timeout=SECONDS, verify=self.facts["ca"]
        )
        answer.raise_for_status()
        return answer.json() if answer.content and "json" in answer.headers["Content-Type"] else answer.text


@contextmanager
def run_app(sandbox: Sandbox, settings: Mapping[str, str | None] | None = None, *, port: int = 0) -> Iterator[Bridge]:
    """An app with the sandbox's settings and these on top; None removes one."""
    wanted = {**sandbox.facts["env"], **(settings or {})}
    log: list[str] = []
    env = {name: value for name, value in wanted.items() if value is not None}
    with start_app(env, port=port, echo=log.append) as (_, url):
        yield Bridge(url, log)


def texts(value: object) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)
