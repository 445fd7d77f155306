"""The cost of many callers: exchanges if they call at once, memory if they call one after another."""

from __future__ import annotations

import base64
import json
import time
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from types import SimpleNamespace
from unittest.mock import patch

import jwt
from jwt.algorithms import RSAAlgorithm

from bridge.api.message import Request
from bridge.app import App
from bridge.base.http_client import Deadline
from bridge.credentials import CredentialRequest
from bridge.trace import Trace
from tests.bench.bridge import Bench
from tests.bench.measure import Row

CALLERS = 100
TOKENS = 100_000
SETTLED = 20_000


def exchanges(bench: Bench) -> Iterator[Row]:
    """All callers have the same token, and call a bridge that has just started at the same moment."""
    api = bench.api()
    answer = partial(api.handle, route=bench.route(api, "GetMyProfile"))
    request = Request("GET", {"authorization": f"Bearer {bench.token()}"})
    for place in ("entra", "workday"):
        bench.ask("DELETE", f"{bench.facts[place]}/sandbox/stats")
    start = Barrier(CALLERS)

    def call(_: int) -> int:
        start.wait()
        return answer(request).status

    with ThreadPoolExecutor(CALLERS) as callers:
        assert set(callers.map(call, range(CALLERS))) == {200}
    for place, title in (("entra", "Entra"), ("workday", "Workday")):
        count = bench.ask("GET", f"{bench.facts[place]}/sandbox/stats")["endpoints"]["token"]
        yield Row(f"token requests to {title} for {CALLERS} cold callers at once", count, 1)


def memory(bench: Bench) -> Iterator[Row]:
    """Bytes held after 100,000 tokens, against those after 20,000, each with a credential of its own.

    Signatures are not verified and Entra's responses are constant: so many of either would take minutes.
    """
    app = bench.app()
    pattern = bench.token()
    app.authenticator.authenticate(f"Bearer {pattern}")  # fetches the keys
    entra = SimpleNamespace(access_token=lambda caller, scope, trace: (f"token-{caller.token_hash}", 3600.0))
    with patch.object(RSAAlgorithm, "verify", _good), patch.object(app.broker._paths, "_entra", entra):
        tracemalloc.start()
        for number, token in enumerate(_tokens(pattern, TOKENS), start=1):
            _use(app, token)
            if number == SETTLED:
                settled = tracemalloc.get_traced_memory()[0]
        held = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
    yield Row(f"memory after {TOKENS:,} distinct tokens / after {SETTLED:,}", held / settled, 1.05)


def _good(*_: object) -> bool:
    """A function, because a mock would record each of its calls, and the record would be measured."""
    return True


def _tokens(pattern: str, count: int) -> Iterator[str]:
    header, _, signature = pattern.split(".")
    claims = jwt.decode(pattern, options={"verify_signature": False})
    for number in range(count):
        payload = json.dumps({**claims, "uti": f"{number:022}", "iat": int(time.time())}).encode()
        yield f"{header}.{base64.urlsafe_b64encode(payload).decode().rstrip('=')}.{signature}"


def _use(app: App, token: str) -> None:
    trace = Trace("bench", Deadline(60))
    caller = app.authenticate(f"Bearer {token}", trace)
    app.broker.lease(CredentialRequest(caller, app.settings.systems["orders"]), trace)
