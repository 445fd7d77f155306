"""What callers are told when a neighbour is in trouble: each endpoint with each fault, over real sockets."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from bridge.base.http_client import Deadline
from bridge.errors import BridgeError
from bridge.runtime import Runtime
from bridge.trace import Trace
from sandbox.ca import create_tls
from sandbox.server import Server
from sandbox.stack import start_sandbox
from tests.e2e.kit import Sandbox

PAGE = Path(__file__).parents[2] / "docs" / "fault-matrix.md"
SECONDS = 0.8
"""The deadline of each request."""

ELSEWHERE = ("refused", "TLS failure")
"""Faults of the way: the endpoint is looked for where nobody listens, or where a stranger does."""
FAULTS: Mapping[str, Mapping[str, object]] = {
    "refused": {},
    "TLS failure": {},
    "slow": {"delay_seconds": 7},
    "dripping": {"wire": "drip"},
    "endless": {"wire": "endless"},
    "truncated": {"wire": "truncate"},
    "reset": {"wire": "reset"},
    "closed": {"drop": "after"},
    "302": {"status": 302, "headers": {"Location": "http://[::1"}},
    "404 HTML": {"status": 404, "body": "<html>"},
    "429": {"status": 429, "headers": {"Retry-After": "7"}},
    "500": {"status": 500, "body": "<html>"},
    "503": {"status": 503, "headers": {"Retry-After": "7"}},
    "garbage": {"status": 200, "body": "\u0000\u0001 {"},
    "HTML": {"status": 200, "body": "<html>Sign in</html>"},
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the fault is, and the operations that go there: system, read, write, and the write's inputs."""

    title: str
    place: str
    endpoint: str
    system: str
    read: str
    write: str
    inputs: Mapping[str, object]
    setting: str | None

    def elsewhere(self, sandbox: Sandbox, address: str) -> dict[str, str]:
        """The settings that look for this endpoint at `address`, and for all others where they are."""
        path = f"/ccx/oauth2/{sandbox.facts['workdayTenant']}/token"
        own_token = {"BRIDGE_SYSTEMS__WORKDAY__TOKEN__URL": sandbox.facts["workday"] + path}
        value = {"HOST": address, "URL": f"https://{address}{path}"}.get(str(self.setting).rpartition("__")[2])
        return {**own_token, str(self.setting): value or f"https://{address}"}


_NAME = {"firstName": "Adele", "lastName": "Moreau", "country": "USA"}
_DESK = {"item": "Desk", "quantity": 1}
ENDPOINTS = (
    Endpoint(
        "Entra's keys", "entra", "keys", "orders", "ListMyOrders", "PlaceOrder", _DESK, "BRIDGE_ENTRA__AUTHORITY_HOST"
    ),
    Endpoint("Entra's token endpoint", "entra", "token", "orders", "ListMyOrders", "PlaceOrder", _DESK, None),
    Endpoint(
        "The system's token endpoint",
        "workday",
        "token",
        "workday",
        "GetMyProfile",
        "ChangeMyLegalName",
        _NAME,
        "BRIDGE_SYSTEMS__WORKDAY__TOKEN__URL",
    ),
    Endpoint("REST", "orders", "rest", "orders", "ListMyOrders", "PlaceOrder", _DESK, "BRIDGE_SYSTEMS__ORDERS__HOST"),
    Endpoint(
        "SOAP",
        "workday",
        "soap",
        "workday",
        "GetMyHomeAddress",
        "ChangeMyLegalName",
        _NAME,
        "BRIDGE_SYSTEMS__WORKDAY__HOST",
    ),
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a caller is told, how often the endpoint was called, and how long it took."""

    words: str
    seconds: float


def told(
    sandbox: Sandbox,
    env: Mapping[str, str],
    endpoint: Endpoint,
    fault: str,
    *,
    write: bool,
    strangers: Mapping[str, str],
) -> Told:
    """Run the operation in a new app, so that nothing is remembered, while `fault` meets every call."""
    if fault in ELSEWHERE:
        env = {**env, **endpoint.elsewhere(sandbox, strangers[fault])}
    app = Runtime(env).app()
    operation = app.catalog.operations[endpoint.write if write else endpoint.read]
    token = sandbox.token()
    if fault not in ELSEWHERE:
        sandbox.fault(endpoint.place, endpoint.endpoint, **{**FAULTS[fault], "times": None})
    before, start = _calls(sandbox, endpoint), time.monotonic()
    with patch("bridge.outbound.patience.FIRST_WAIT_SECONDS", 0.0):  # how often, and not how far apart
        words = _outcome(app, operation, endpoint, token, endpoint.inputs if write else {})
    seconds = time.monotonic() - start
    calls = _calls(sandbox, endpoint) - before
    sandbox.calm()
    app.client.close()
    return Told(f"{words}, {calls} call{'s' if calls != 1 else ''}", seconds)


def _outcome(app: Any, operation: Any, endpoint: Endpoint, token: str, inputs: Mapping[str, object]) -> str:
    trace = Trace("matrix", Deadline(SECONDS))
    try:
        caller = app.authenticate(f"Bearer {token}", trace)
        app.run(operation, endpoint.system, caller, inputs, trace)
    except BridgeError as error:
        again = "" if error.retry_after is None else f", Retry-After {error.retry_after}"
        return f"{error.status} `{error.code}`{again}"
    return "200"


def _calls(sandbox: Sandbox, endpoint: Endpoint) -> int:
    return int(sandbox.control("GET", endpoint.place, "/sandbox/stats")["endpoints"][endpoint.endpoint])


@contextmanager
def strangers() -> Iterator[dict[str, str]]:
    """Addresses for `ELSEWHERE`: a closed port, and a server whose certificate nobody trusts."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = f"localhost:{listener.getsockname()[1]}"
    with TemporaryDirectory() as folder, Server([], create_tls(Path(folder))) as server:
        yield {"refused": closed, "TLS failure": server.url.removeprefix("https://")}


def cases(endpoint: Endpoint) -> list[str]:
    """The faults that this endpoint can have by itself: Entra's token endpoint has its host in common with its keys."""
    return [fault for fault in FAULTS if endpoint.setting or fault not in ELSEWHERE]


def _warm_up(sandbox: Sandbox, env: Mapping[str, str], endpoint: Endpoint) -> None:
    """One read and one write without a fault: what a first call imports is no part of the measurement."""
    app = Runtime(env).app()
    for name, inputs in ((endpoint.read, {}), (endpoint.write, endpoint.inputs)):
        _outcome(app, app.catalog.operations[name], endpoint, sandbox.token(), inputs)
    app.client.close()


def rows(sandbox: Sandbox, env: Mapping[str, str], endpoint: Endpoint, bound: float) -> Iterator[str]:
    """The table of one endpoint, measured. Asserts that nothing took longer than `bound` seconds."""
    _warm_up(sandbox, env, endpoint)
    with strangers() as addresses:
        for fault in cases(endpoint):
            both = [told(sandbox, env, endpoint, fault, write=write, strangers=addresses) for write in (False, True)]
            assert max(one.seconds for one in both) < bound, (fault, both)
            yield f"| {fault} | {both[0].words} | {both[1].words} |"


HEAD = """# What callers are told when a neighbour is in trouble

Measured by `tests/e2e/test_fault_matrix.py` over real sockets, each case in an app that remembers nothing; the test
fails if a line is not true any more, and `.venv/bin/python -m tests.e2e.fault_matrix` writes the page anew. Each
request ends with its deadline (the system's `TIMEOUT_SECONDS`), whatever the neighbour does; Entra's keys have 5
seconds of their own.

- A write is told 503 only if it was certainly not done, and 409 `outcome_unknown` if it may have been. It is sent once.
- A read is sent up to three times if the response was lost or is a 5xx without an error message of the system's own;
  and once more on a kept connection that turned out dead (*closed*, where a call came before).
- *closed*, *truncated*, *reset*, *dripping* and *endless*: the neighbour has done its work and its response breaks.
- *refused* and *TLS failure*: nobody listens, or nobody who can be trusted. No call is counted, nothing has left.
"""


def title(endpoint: Endpoint) -> str:
    return f"\n## {endpoint.title}\n\n| fault | a read | a write |\n| --- | --- | --- |"


def main() -> None:
    """Write docs/fault-matrix.md."""
    with start_sandbox() as (_, facts):
        os.environ["REQUESTS_CA_BUNDLE"] = facts["ca"]
        lines = [HEAD.rstrip()]
        for endpoint in ENDPOINTS:
            lines += [title(endpoint), *rows(Sandbox(facts), facts["env"], endpoint, 9)]
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
