"""The sandbox in a process of its own, and the bridge in this one, with the sandbox's settings."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from bridge.api.api import Api
from bridge.api.route import Route
from bridge.app import App
from bridge.runtime import Runtime
from sandbox.stack import start_sandbox


@dataclass(frozen=True, slots=True)
class Bench:
    """`facts` as `python -m sandbox --json` prints them."""

    facts: Mapping[str, Any]
    session: requests.Session

    @property
    def env(self) -> dict[str, str]:
        return dict(self.facts["env"])

    def api(self, **settings: str) -> Api:
        """A bridge that has just started: it has no keys, tokens or credentials."""
        return Api(Runtime({**self.env, **settings}))

    def route(self, api: Api, name: str) -> Route:
        """The route of an operation."""
        return next(route for route in api.routes() if route.name == name)

    def app(self, **settings: str) -> App:
        return self.api(**settings).runtime.app()

    def ask(self, method: str, url: str, **more: Any) -> Any:
        """JSON from the sandbox, None if the response is empty."""
        answer = self.session.request(method, url, verify=self.facts["ca"], timeout=10, **more)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def token(self) -> str:
        """A new access token."""
        return str(self.ask("POST", self.facts["entra"] + "/sandbox/token", json={})["access_token"])


@contextmanager
def running() -> Iterator[Bench]:
    with start_sandbox() as (_, facts), requests.Session() as session:
        session.trust_env = False
        os.environ |= {"REQUESTS_CA_BUNDLE": facts["ca"], "NO_PROXY": "localhost,127.0.0.1"}
        yield Bench(facts, session)
