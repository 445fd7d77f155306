"""The local stack as child processes: the sandbox, and the app in the local Functions host.

A child ends when its standard input ends, so that no child outlives its parent, on Windows too.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Self

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
STOP_SECONDS = 5
LAST_LINES = 20
# A Ctrl-C in the terminal reaches only the parent, which then ends its children in order. 0x200 is Windows'
# CREATE_NEW_PROCESS_GROUP; `subprocess` has that name on Windows only.
OWN_GROUP: dict[str, Any] = {"creationflags": 0x200} if os.name == "nt" else {"start_new_session": True}

Echo = Callable[[str], object]
"""Called with each line of a child's standard error, its line end included."""


class ChildDied(Exception):
    """A child ended or did not get ready; the message has its last lines."""


class Child:
    """A Python module as a child process; its first line on standard output says that it is ready."""

    def __init__(self, name: str, arguments: list[str], *, env: Mapping[str, str], echo: Echo | None = None) -> None:
        self.name = name
        self._tail: deque[str] = deque(maxlen=LAST_LINES)
        self._ready: queue.Queue[str] = queue.Queue()
        self._process = subprocess.Popen(  # noqa: S603  (this Python, modules of this project)
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env={**env, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            **OWN_GROUP,
        )
        follow = ((self._follow_stdout, self._process.stdout), (self._follow_stderr, self._process.stderr, echo))
        self._readers = [threading.Thread(target=target, args=rest, daemon=True) for target, *rest in follow]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End the child: close its input, and kill it after a few seconds."""
        with self._process as process:
            if process.stdin:
                with contextlib.suppress(OSError):
                    process.stdin.close()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
            for reader in self._readers:
                reader.join(STOP_SECONDS)

    def ready(self) -> str:
        """The first line of its standard output. Raises `ChildDied`."""
        try:
            line = self._ready.get(timeout=START_SECONDS)
        except queue.Empty:
            raise ChildDied(self._story(f"said nothing for {START_SECONDS} seconds")) from None
        if not line:
            self._process.wait(STOP_SECONDS)
            self.check()
        return line

    def check(self) -> None:
        """Raises `ChildDied` if it has ended."""
        status = self._process.poll()
        if status is not None:
            raise ChildDied(self._story(f"ended with exit status {status}"))

    def _story(self, what: str) -> str:
        if self._process.poll() is not None:
            self._readers[1].join(STOP_SECONDS)
        return "\n".join([f"The {self.name} {what}. Its last lines:", *(f"  {line}" for line in self._tail)])

    def _follow_stdout(self, stream: IO[str]) -> None:
        self._ready.put(stream.readline())
        self._tail.extend(line.rstrip() for line in stream)

    def _follow_stderr(self, stream: IO[str], echo: Echo | None) -> None:
        for line in stream:
            self._tail.append(line.rstrip())
            if echo:
                echo(line)


@contextmanager
def start_sandbox(*options: str) -> Iterator[tuple[Child, dict[str, Any]]]:
    """Start Entra, Workday and orders: the child and the facts that it prints (addresses, ids, `env` for the app)."""
    with Child("sandbox", ["sandbox", "--json", *options], env=os.environ) as child:
        yield child, json.loads(child.ready())


@contextmanager
def start_app(settings: Mapping[str, str], *, port: int = 0, echo: Echo | None = None) -> Iterator[tuple[Child, str]]:
    """Start the app with these settings: the child and its address, once /api/health responds."""
    env = {**os.environ, **settings, "NO_PROXY": "localhost,127.0.0.1"}
    arguments = ["sandbox.functions_host", "--stop-with-stdin", "--app", str(ROOT / "function_app.py")]
    with Child("app", [*arguments, "--port", str(port)], env=env, echo=echo) as child:
        url = "http://" + child.ready().partition("http://")[2].split()[0]
        _wait_for_health(child, url)
        yield child, url


def _wait_for_health(child: Child, url: str) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    problem: object = None
    for _ in range(50):
        try:
            direct.open(f"{url}/api/health", timeout=5).close()
            return
        except (urllib.error.URLError, TimeoutError) as error:
            problem = error
        child.check()
        time.sleep(0.1)
    raise ChildDied(child._story(f"does not answer on /api/health ({problem})"))
