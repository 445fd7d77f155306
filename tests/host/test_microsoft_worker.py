"""Microsoft's worker and the project's own give the same results for the same app (chosen by FUNCTIONS_HOST_WORKER)."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sandbox.functions_host.functions import WORKER
from sandbox.stack import ROOT, Child
from tests.host.conftest import APP

SHOW = """
import json, sys
from pathlib import Path
from sandbox.functions_host.functions import App
app = App.load(Path(sys.argv[1]), worker=sys.argv[2])
rows = [(f.name, f.route.template, sorted(f.route.methods), f.auth_level) for f in app.functions]
print(json.dumps([rows, "azure_functions_runtime" in sys.modules]))
"""


def _shown(file: Path, worker: str) -> tuple[list[object], bool]:
    command = [sys.executable, "-c", SHOW, str(file), worker]
    env = {**os.environ, "BRIDGE_SYSTEMS__WORKDAY__HOST": "wd2-impl-services1.workday.com"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    rows, microsoft = json.loads(done.stdout)
    return rows, microsoft


@pytest.mark.parametrize("file", [APP, ROOT / "function_app.py"], ids=lambda file: file.name)
def test_both_workers_index_the_same_functions(file: Path) -> None:
    (own, without), (microsofts, within) = _shown(file, "own"), _shown(file, "microsoft")
    assert len(own) > 10
    assert own == microsofts
    assert (without, within) == (False, True)


@pytest.fixture(scope="module")
def ports() -> Iterator[tuple[int, int]]:
    """The same app behind the same server: called by the project's own worker, and by Microsoft's."""
    command = ["sandbox.functions_host", "--stop-with-stdin", "--app", str(APP)]
    with ExitStack() as stack:
        children = [
            stack.enter_context(Child(worker, command, env={**os.environ, WORKER: worker}))
            for worker in ("own", "microsoft")
        ]
        one, other = (int(child.ready().split("127.0.0.1:")[1].split()[0]) for child in children)
        yield one, other


def _response(port: int, data: bytes) -> bytes:
    """All bytes of the response, without the time of day."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(data)
        response = b"".join(iter(lambda: connection.recv(65536), b""))
    return re.sub(rb"Date: [^\r]+", b"Date: now", response)


KINDS = ["status", "empty", "split", "length", "accent", "cookies", "text", "nothing", "map", "number", "unknown"]
PATHS = [
    *(f"/api/answers/{kind}" for kind in KINDS),
    *("/", "/api/crash", "/api/items/7", "/api/items/x", "/files/a/b%20c%2Fd", "/files", "/api/%C3%A9/tasks"),
    *(
        "/api/echo?a=1&A=2&b=&c",
        "/api/echo?a=%00&b=%FF&c=%C3%A9+x",
        "/api//echo",
        "//api/echo",
        "/.well-known/thing.json",
    ),
]
HEADERS = {
    "repeated": "X-A: 1\r\nx-a: 2",
    "not ASCII": "X-A: é",
    "empty": "X-A:",
    "cookies": "Cookie: a=b; c=d",
    "media type": "Content-Type: text/plain; charset=latin-1",
}
BODIES = {
    "empty": b"",
    "JSON": b'{"a": 1}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf{}",
    "NUL": b"\0",
    "every byte": bytes(range(256)),
    "a megabyte": b"a" * 1_000_000,
}


def _request(method: str, path: str, *lines: str, body: bytes = b"") -> bytes:
    head = [f"{method} {path} HTTP/1.1", "Host: h", "Connection: close", f"Content-Length: {len(body)}", *lines, "", ""]
    return "\r\n".join(head).encode() + body


REQUESTS = {
    **{f"GET {path}": _request("GET", path) for path in PATHS},
    **{f"{method} /files/a": _request(method, "/files/a") for method in ("HEAD", "POST", "OPTIONS", "TRACE", "BREW")},
    **{f"header: {name}": _request("GET", "/api/echo", line) for name, line in HEADERS.items()},
    **{f"body: {name}": _request("POST", "/api/echo", body=body) for name, body in BODIES.items()},
}


@pytest.mark.parametrize("data", REQUESTS.values(), ids=REQUESTS.keys())
def test_both_workers_give_the_same_bytes(ports: tuple[int, int], data: bytes) -> None:
    own, microsofts = (_response(port, data) for port in ports)
    assert own.startswith(b"HTTP/1.1 ")
    assert own == microsofts
