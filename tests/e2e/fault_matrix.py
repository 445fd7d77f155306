"""What callers get when another service fails: each endpoint with each fault, over real sockets."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from bridge.app import App
from bridge.base.http_client import Deadline
from bridge.errors import BridgeError
from bridge.runtime import Runtime
from bridge.trace import Trace
from sandbox.ca import create_tls
from sandbox.server import Server
from sandbox.stack import start_sandbox
from tests.e2e.azure import key_in_vault, reached, start_azure
from tests.e2e.kit import Sandbox

PAGE = Path(__file__).parents[2] / "docs" / "fault-matrix.md"
SECONDS = 0.8
"""The deadline of each request."""
SCHEDULING_SECONDS = 1.0
SLOW_SECONDS = 2.0
"""A slow neighbour does its work after that, when nobody waits for it any more."""

ELSEWHERE = ("refused", "TLS failure")
"""Faults of the way: the endpoint is looked for where nobody listens, or where a stranger does."""
FAULTS: Mapping[str, Mapping[str, object]] = {
    "refused": {},
    "TLS failure": {},
    "slow": {"delay_seconds": SLOW_SECONDS},
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
    """Where the fault is, and the operations that go there.

    `setting` is the one that leads to this endpoint alone: an app setting, `vault` or `identity`.
    """

    title: str
    place: str
    endpoint: str
    setting: str | None
    system: str
    read: str
    write: str
    inputs: Mapping[str, object]

    def env(self, sandbox: Sandbox) -> dict[str, str]:
        """The sandbox's settings for this system alone; of an app whose key is in a vault, where that is asked."""
        others = tuple(f"BRIDGE_SYSTEMS__{name}__" for name in ("ORDERS", "WORKDAY") if name != self.system.upper())
        env = {name: value for name, value in sandbox.facts["env"].items() if not name.startswith(others)}
        return key_in_vault(env) if self.place == "azure" else env

    def elsewhere(self, sandbox: Sandbox, address: str) -> dict[str, str]:
        """The settings that look for this endpoint at `address`, and for all others where they are."""
        path = f"/ccx/oauth2/{sandbox.facts['workdayTenant']}/token"
        own_token = {"BRIDGE_SYSTEMS__WORKDAY__TOKEN__URL": sandbox.facts["workday"] + path}
        value = {"HOST": address, "URL": f"https://{address}{path}"}.get(str(self.setting).rpartition("__")[2])
        return {**own_token, str(self.setting): value or f"https://{address}"}


_ORDERS = ("orders", "ListMyOrders", "PlaceOrder", {"item": "Desk", "quantity": 1})
_NAME = {"firstName": "Adele", "lastName": "Moreau", "country": "USA"}
_PROFILE = ("workday", "GetMyProfile", "ChangeMyLegalName", _NAME)
_ADDRESS = ("workday", "GetMyHomeAddress", "ChangeMyLegalName", _NAME)
_WORKDAY = "BRIDGE_SYSTEMS__WORKDAY__"
ENDPOINTS = (
    Endpoint("Entra's keys", "entra", "keys", "BRIDGE_ENTRA__AUTHORITY_HOST", *_ORDERS),
    Endpoint("Entra's token endpoint", "entra", "token", None, *_ORDERS),
    Endpoint("The managed identity", "azure", "identity", "identity", *_PROFILE),
    Endpoint("Key Vault", "azure", "vault", "vault", *_PROFILE),
    Endpoint("The system's token endpoint", "workday", "token", _WORKDAY + "TOKEN__URL", *_PROFILE),
    Endpoint("REST", "orders", "rest", "BRIDGE_SYSTEMS__ORDERS__HOST", *_ORDERS),
    Endpoint("SOAP", "workday", "soap", _WORKDAY + "HOST", *_ADDRESS),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a caller is told, how often the endpoint was called, and how long it took."""

    words: str
    seconds: float


def measured(sandbox: Sandbox, endpoint: Endpoint, fault: str, *, write: bool, strangers: Mapping[str, str]) -> Outcome:
    """Run the operation in a new app, so that nothing is remembered, while `fault` meets every call."""
    env = endpoint.env(sandbox)
    if fault in ELSEWHERE:
        env |= endpoint.elsewhere(sandbox, strangers[fault])
    else:
        sandbox.fault(endpoint.place, endpoint.endpoint, **{**FAULTS[fault], "times": None})
    before, token = _calls(sandbox, endpoint), sandbox.token()
    app = Runtime(env).app()
    with _azure(sandbox, env):
        start = time.monotonic()
        with patch("bridge.outbound.patience.FIRST_WAIT_SECONDS", 0.0):  # how often, and not how far apart
            words = _outcome(app, endpoint, token, write=write)
        seconds = time.monotonic() - start
    calls = _calls(sandbox, endpoint) - before
    sandbox.control("DELETE", endpoint.place, "/sandbox/faults")
    app.client.close()
    return Outcome(f"{words}, {calls} call{'s' if calls != 1 else ''}", seconds)


def _azure(sandbox: Sandbox, env: Mapping[str, str]) -> AbstractContextManager[None]:
    """Where `env` says that the vault and the identity's endpoint are; by default, where they are."""
    here = sandbox.facts.get("azure")
    return reached(vault=env.get("vault", here), identity=env.get("identity", here)) if here else nullcontext()


def _outcome(app: App, endpoint: Endpoint, token: str, *, write: bool, seconds: float = SECONDS) -> str:
    trace = Trace("matrix", Deadline(seconds))
    operation = app.catalog.operations[endpoint.write if write else endpoint.read]
    try:
        caller = app.authenticate(f"Bearer {token}", trace)
        app.run(operation, endpoint.system, caller, endpoint.inputs if write else {}, trace)
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


def _warm_up(sandbox: Sandbox, endpoint: Endpoint) -> None:
    """One read and one write without a fault: what a first call imports is no part of the measurement."""
    env = endpoint.env(sandbox)
    app = Runtime(env).app()
    with _azure(sandbox, env):
        for write in (False, True):
            assert _outcome(app, endpoint, sandbox.token(), write=write, seconds=30) == "200"
    app.client.close()
    sandbox.calm()


def rows(sandbox: Sandbox, endpoint: Endpoint) -> Iterator[str]:
    """The table of one endpoint, measured; faults with the same outcome share a row. Asserts that all end in time."""
    _warm_up(sandbox, endpoint)
    faults_of: dict[str, list[str]] = {}
    with strangers() as addresses:
        for fault in cases(endpoint):
            both = [measured(sandbox, endpoint, fault, write=write, strangers=addresses) for write in (False, True)]
            assert max(one.seconds for one in both) < SECONDS + SCHEDULING_SECONDS, (fault, both)
            faults_of.setdefault(" | ".join(one.words for one in both), []).append(fault)
    for outcome, faults in faults_of.items():
        yield f"| {', '.join(faults)} | {outcome} |"


HEAD = """# Responses of the bridge when another service fails

`tests/e2e/test_fault_matrix.py` measures each case over real sockets, in an app without a cache, and fails if a
line is no longer true. `.venv/bin/python -m tests.e2e.fault_matrix` writes this page.

- Each request ends at its deadline, the system's `TIMEOUT_SECONDS`, whatever the service does. Within it, a call
  for Entra's keys has at most 5 seconds, one to the managed identity or Key Vault 8.
- A write gets 503 only if it was certainly not made, and 409 `outcome_unknown` if it may have been made. It is sent
  once.
- A read is sent up to three times if the response is lost, or is a 5xx without an error message of the system's
  own. It is sent once more if a kept connection is found closed (*closed*, after an earlier call).
- *closed*, *truncated*, *reset*, *dripping* and *endless*: the service does its work, but its response is broken.
- *refused* and *TLS failure*: nothing listens at the address, or its certificate is not trusted. No call is
  counted, and nothing was sent.
"""


def title(endpoint: Endpoint) -> str:
    return f"\n## {endpoint.title}\n\n| fault | a read | a write |\n| --- | --- | --- |"


@contextmanager
def place(facts: Mapping[str, Any]) -> Iterator[Sandbox]:
    """The sandbox with Azure's side. Entra's keys get no longer than a request does; the catalog is read once."""
    trusted = {"REQUESTS_CA_BUNDLE": facts["ca"], "NO_PROXY": "localhost"}
    short = patch("bridge.inbound.jwks.FETCH_TIMEOUT_SECONDS", SECONDS)
    catalog = patch("bridge.catalog.load", return_value=Runtime(facts["env"]).catalog)
    with start_azure(facts) as azure, patch.dict(os.environ, trusted), short, catalog:
        sandbox = Sandbox({**facts, "azure": azure})
        yield sandbox
        time.sleep(SLOW_SECONDS)
        sandbox.calm()  # what broken responses hide was done all the same


def main() -> None:
    """Write docs/fault-matrix.md."""
    lines = [HEAD.rstrip()]
    with start_sandbox() as (_, facts), place(facts) as sandbox:
        for endpoint in ENDPOINTS:
            lines += [title(endpoint), *rows(sandbox, endpoint)]
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
