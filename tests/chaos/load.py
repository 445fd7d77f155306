"""Throughput with a system that takes 100 ms, and growth of memory, threads and sockets under load."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
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
"""Less is noise: short-lived sockets and threads."""
WRITE_EVERY = 10
"""Of the requests of the soak, one in so many is a write."""
IDLE = 0.1
"""If a smaller share of the processors is idle, the machine limits the throughput and not the bridge."""


def throughput(stage: Stage, callers: int) -> Iterator[str]:
    """One process, `callers` people of their own; the share of the ideal, and whether the processors had time left."""
    stage.control("POST", "orders", "/sandbox/faults", {"endpoint": "rest", "delay_seconds": SYSTEM_SECONDS})
    tokens = [stage.token(f"load{number:03}") for number in range(1, callers + 1)]
    idle, busy = _processors()
    done, wrong = _busy(stage.apps[0].url, ["/api/orders/orders"], tokens, MEASURED_SECONDS)
    idle, busy = (now - before for now, before in zip(_processors(), (idle, busy), strict=True))
    stage.control("DELETE", "orders", "/sandbox/faults")
    share, left = done / MEASURED_SECONDS / IDEAL, idle / max(1.0, idle + busy)
    yield (
        f"  {callers} callers: {done / MEASURED_SECONDS:.0f} of {IDEAL:.0f} requests a second, {share:.2f} of the "
        f"ideal (aim {AIM}); the processors were idle {left:.0%} of the time"
    )
    if wrong:
        yield f"VIOLATED: requests of {callers} callers failed: {_counts(wrong)}"
    if share < AIM and left >= IDLE:
        yield f"VIOLATED: {callers} callers got {share:.2f} of the ideal while the processors had time left"


def _processors() -> tuple[float, float]:
    """Idle and busy time of all processors together, in ticks; nothing where the system does not say."""
    try:
        ticks = [int(tick) for tick in Path("/proc/stat").read_text("ascii").split("\n", 1)[0].split()[1:9]]
    except OSError:
        return 0.0, 0.0
    return float(ticks[3]), float(sum(ticks) - ticks[3])


def soak(stage: Stage, seconds: float) -> Iterator[str]:
    """Threads, sockets and memory of a process, after its first minute (or fifth) and at the end."""
    if not Path("/proc/self/fd").is_dir():
        yield "  the soak needs /proc: it runs on Linux"
        return
    tokens = [stage.token(f"load{number:03}") for number in range(1, 21)]
    app = stage.apps[0]
    paths = ["/api/workday/me", "/api/workday/me/home-address", "/api/orders/orders", "/api/whoami"]
    first = min(60.0, seconds / 5)
    done, wrong = _busy(app.url, paths, tokens, first, write_every=WRITE_EVERY)
    time.sleep(1)
    before = Held.of(app.pid)
    yield f"  after {first:.0f} s: {before}; {done} requests"
    done, wrong_later = _busy(app.url, paths, tokens, seconds - first, write_every=WRITE_EVERY)
    time.sleep(1)
    after = Held.of(app.pid)
    yield f"  after {seconds:.0f} s: {after}; {done} more requests"
    if wrong + wrong_later:
        yield f"VIOLATED: requests failed: {_counts(wrong + wrong_later)}"
    if after.memory > before.memory * MORE_MEMORY:
        yield f"VIOLATED: memory grew from {before.memory} to {after.memory} MB"
    for what in ("threads", "open_files"):
        if getattr(after, what) > getattr(before, what) + MORE_OPEN:
            yield f"VIOLATED: {what} grew from {getattr(before, what)} to {getattr(after, what)}"


@dataclass(frozen=True, slots=True)
class Held:
    """Threads, open files and memory (in MB) of a process."""

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


def _counts(wrong: Counter[str]) -> str:
    return ", ".join(f"{count} × {what}" for what, count in wrong.most_common())


def _busy(
    url: str, paths: list[str], tokens: list[str], seconds: float, *, write_every: int = 0
) -> tuple[int, Counter[str]]:
    """How many requests succeeded, and what the others got, while each caller asked one after another."""
    found: Counter[str] = Counter()
    lock = threading.Lock()
    warm = threading.Barrier(len(tokens))

    def caller(token: str) -> None:
        with requests.Session() as session:
            session.trust_env = False
            session.headers["Authorization"] = f"Bearer {token}"
            for path in paths:
                session.get(url + path, timeout=60)
            warm.wait()
            until = time.monotonic() + seconds
            for path, number in zip(itertools.cycle(paths), itertools.count(1), strict=False):
                if time.monotonic() > until:
                    return
                if write_every and number % write_every == 0:
                    path = "/api/workday/me/preferred-name"
                    name = {"firstName": f"Soak {time.time_ns()}", "lastName": "Tester", "country": "USA"}
                    reply = session.post(url + path, json=name, timeout=60)
                else:
                    reply = session.get(url + path, timeout=60)
                outcome = "" if reply.ok else f"{path} {reply.status_code} {reply.json().get('code')}"
                with lock:
                    found[outcome] += 1

    with ThreadPoolExecutor(len(tokens)) as pool:
        list(pool.map(caller, tokens))
    return found.pop("", 0), found
