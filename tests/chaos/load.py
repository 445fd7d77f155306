"""A system that takes 100 ms, and callers that don't stop: throughput, and what stays behind after a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.chaos.stage import Stage

SYSTEM_SECONDS = 0.1
THREADS = 32
IDEAL = THREADS / SYSTEM_SECONDS
"""Requests a second that the threads of one process could make if nothing but the system took time."""
AIM = 0.9
MEASURED_SECONDS = 8.0
MORE_MEMORY = 1.15
MORE_OPEN = 8
"""What counts as noise: sockets and threads that come and go."""


def throughput(stage: Stage, callers: int) -> Iterator[str]:
    """One process, `callers` people of their own; the share of the ideal."""
    stage.control("POST", "orders", "/sandbox/faults", {"endpoint": "rest", "delay_seconds": SYSTEM_SECONDS})
    tokens = [stage.token(f"load{number:03}") for number in range(1, callers + 1)]
    url = f"{stage.apps[0].url}/api/orders/orders"
    done = _busy(url, tokens, MEASURED_SECONDS)
    stage.control("DELETE", "orders", "/sandbox/faults")
    share = done / MEASURED_SECONDS / IDEAL
    line = (
        f"  {callers} callers: {done / MEASURED_SECONDS:.0f} of {IDEAL:.0f} requests a second, {share:.2f} of the ideal"
    )
    yield line if share >= AIM else f"{line} (aim {AIM}; this machine's processors are part of the figure)"


def soak(stage: Stage, seconds: float) -> Iterator[str]:
    """Threads, sockets and memory of a process, after its first minute (or fifth) and at the end."""
    if not Path("/proc/self/fd").is_dir():
        yield "  the soak needs /proc: it runs on Linux"
        return
    tokens = [stage.token(f"load{number:03}") for number in range(1, 21)]
    app = stage.apps[0]
    first = min(60.0, seconds / 5)
    _busy(f"{app.url}/api/workday/me", tokens, first)
    time.sleep(1)
    before = Held.of(app.pid)
    _busy(f"{app.url}/api/workday/me", tokens, seconds - first)
    time.sleep(1)
    after = Held.of(app.pid)
    yield f"  after {first:.0f} s: {before}; after {seconds:.0f} s: {after}"
    if after.memory > before.memory * MORE_MEMORY:
        yield f"VIOLATED: memory grew from {before.memory} to {after.memory} MB"
    for what in ("threads", "open_files"):
        if getattr(after, what) > getattr(before, what) + MORE_OPEN:
            yield f"VIOLATED: {what} grew from {getattr(before, what)} to {getattr(after, what)}"


@dataclass(frozen=True, slots=True)
class Held:
    """What a process holds; memory in MB."""

    threads: int
    open_files: int
    memory: float

    @classmethod
    def of(cls, pid: int) -> Held:
        rows = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines())
        memory = int(rows["VmRSS"].split()[0]) / 1024
        return cls(int(rows["Threads"]), len(list(Path(f"/proc/{pid}/fd").iterdir())), round(memory, 1))

    def __str__(self) -> str:
        return f"{self.threads} threads, {self.open_files} open files, {self.memory} MB"


def _busy(url: str, tokens: list[str], seconds: float) -> int:
    """So many requests were answered well while each caller asked one after another."""
    counted, lock = 0, threading.Lock()
    warm = threading.Barrier(len(tokens))

    def caller(token: str) -> None:
        nonlocal counted
        with requests.Session() as session:
            session.trust_env = False
            session.headers["Authorization"] = f"Bearer {token}"
            session.get(url, timeout=60)
            warm.wait()
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                good = session.get(url, timeout=60).status_code == 200
                with lock:
                    counted += good

    with ThreadPoolExecutor(len(tokens)) as pool:
        list(pool.map(caller, tokens))
    return counted
