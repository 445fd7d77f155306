"""Sandbox, Azurite behind a proxy with faults, a managed identity, and app processes that can be killed."""

from __future__ import annotations

import http.server
import json
import random
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests

from sandbox.ca import Tls, create_tls
from sandbox.server import DropConnection, Response, Server
from sandbox.stack import Child, start_app, start_sandbox
from tests.e2e.kit import Sandbox
from tests.support import azurite
from tests.support.sessions import ThreadSession

TIMEOUT_SECONDS = 6
"""Of a request in the app: short, so that what a killed process leaves is soon known as such."""
PASSED_ON = ("etag", "content-type", "x-ms-continuation-nextpartitionkey", "x-ms-continuation-nextrowkey")


class TableLine(Server):
    """A proxy before Azurite. `trouble` is the share of requests that meet a fault, drawn from a seeded generator."""

    def __init__(self, account: str, ca_file: Path, tls: Tls, seed: int) -> None:
        super().__init__([], tls)
        self.trouble = 0.0
        self.faults = 0
        self._to = account.rpartition("/")[0]
        self._ca = str(ca_file)
        self._random = random.Random(seed)  # noqa: S311
        self._thread = ThreadSession()

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Response:
        fault = self._random.choice(("before", "after", "503", "slow")) if self._random.random() < self.trouble else ""
        self.faults += bool(fault)
        if fault == "before":
            raise DropConnection
        if fault == "503":
            return Response(503)
        if fault == "slow":
            time.sleep(0.3)
        kept = {name: value for name, value in headers.items() if name not in ("host", "connection")}
        response = self._thread.session.request(
            method, self._to + target, headers=kept, data=body, verify=self._ca, timeout=20
        )
        if fault == "after":
            raise DropConnection
        passed = {name: response.headers[name] for name in PASSED_ON if name in response.headers}
        return Response(response.status_code, response.content, passed)


class _Identity(http.server.BaseHTTPRequestHandler):
    """The endpoint of the managed identity, as App Service has it."""

    def do_GET(self) -> None:
        token = {"access_token": azurite.storage_token(), "expires_on": str(int(time.time()) + 3600)}
        body = json.dumps(token).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@dataclass(slots=True)
class App:
    """One process."""

    child: Child
    url: str
    stack: ExitStack

    @property
    def pid(self) -> int:
        return self.child._process.pid

    def kill(self) -> None:
        """SIGKILL, at any moment."""
        self.child._process.kill()
        with suppress(Exception):
            self.stack.close()


@dataclass(slots=True)
class Stage:
    """The servers and processes of a plan. `log` has the lines of all apps."""

    sandbox: Sandbox
    line: TableLine
    settings: Mapping[str, str]
    apps: tuple[App, ...] = ()
    killed: dict[str, float] = field(default_factory=dict)
    """The address of each process that was killed, and when."""
    log: list[str] = field(default_factory=list)
    _killing: threading.Lock = field(default_factory=threading.Lock)

    def start(self, count: int = 1) -> None:
        """More app processes."""
        for _ in range(count):
            stack = ExitStack()
            child, url = stack.enter_context(start_app(self.settings, echo=self.log.append))
            self._warm(url)
            self.apps = (*self.apps, App(child, url, stack))

    def _warm(self, url: str) -> None:
        """A first read: on a busy machine its imports may take longer than a request may take."""
        headers = {"Authorization": f"Bearer {self.token('load200')}"}
        for _ in range(5):
            if self.session.get(f"{url}/api/workday/me", headers=headers, timeout=60).ok:
                return

    def kill_one(self, generator: random.Random) -> None:
        """Kill one of the processes; another takes its place."""
        with self._killing:
            self.start()
            victim = generator.choice(self.apps[:-1])
            self.apps = tuple(app for app in self.apps if app is not victim)
            victim.child._process.kill()
            self.killed[victim.url] = time.monotonic()
            victim.kill()

    def restart(self, count: int = 2, **settings: str) -> None:
        """The same people and their first data, and new processes."""
        self.stop()
        self.settings = {**self.settings, **settings}
        self.control("POST", "workday", "/sandbox/reset")
        self.start(count)

    def stop(self) -> None:
        for app in self.apps:
            app.kill()
        self.apps = ()

    def control(self, method: str, place: str, path: str, body: object = None) -> Any:
        """A request to a server of the sandbox."""
        return self.sandbox.control(method, place, path, body)

    @property
    def session(self) -> requests.Session:
        """This thread's."""
        return self.sandbox.thread.session

    def token(self, user: str) -> str:
        """A token as the connector sends it."""
        return self.sandbox.token(user)


@contextmanager
def stage(seed: int) -> Iterator[Stage]:
    """Two app processes over one ledger and one sandbox."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="chaos-")))
        _, facts = stack.enter_context(start_sandbox())
        home = folder / "azurite"
        home.mkdir()
        account = stack.enter_context(azurite.running(home))
        table = azurite.create_table(account, "ledger", ca_file=home / "ca.pem")
        tls = create_tls(folder)
        line = TableLine(account, home / "ca.pem", tls, seed)
        stack.enter_context(line)
        identity = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Identity)
        threading.Thread(target=partial(identity.serve_forever, 0.05), daemon=True).start()
        stack.callback(identity.server_close)
        stack.callback(identity.shutdown)
        bundle = folder / "bundle.pem"
        bundle.write_text(Path(facts["ca"]).read_text("ascii") + tls.ca_file.read_text("ascii"), "ascii")
        wanted = {
            **facts["env"],
            "REQUESTS_CA_BUNDLE": str(bundle),
            "IDENTITY_ENDPOINT": f"http://127.0.0.1:{identity.server_port}/msi/token",
            "IDENTITY_HEADER": secrets.token_hex(8),
            "BRIDGE_LEDGER": "table",
            "BRIDGE_LEDGER__TABLE_URL": f"{line.url}/{azurite.ACCOUNT}/{table.rpartition('/')[2]}",
            "BRIDGE_LEDGER__KEY": secrets.token_hex(32),
            "BRIDGE_SYSTEMS__WORKDAY__TIMEOUT_SECONDS": str(TIMEOUT_SECONDS),
            "PYTHON_THREADPOOL_THREAD_COUNT": "32",
        }
        scene = Stage(Sandbox(facts), line, wanted)
        stack.callback(scene.stop)
        scene.start(2)
        yield scene
