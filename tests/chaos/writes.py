"""Writes with retries like the platform's, while everything fails: each is made once, and nobody is told otherwise."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import requests

from tests.chaos.stage import Stage

RETRIES = 8
"""As often does Power Automate repeat a request that got 408, 429 or 5xx."""
FIRST_WAIT = 0.2
PRESSED_TWICE = 0.15
"""The share of writes that come twice at once, or once more afterwards."""
CUTS: tuple[dict[str, object], ...] = (
    {"drop": "before"},
    {"drop": "after"},
    {"status": 502, "body": "<html>"},
    {"wire": "truncate"},
    {"wire": "reset"},
)
"""What leaves a write of Workday's without a definite response."""
TROUBLE: tuple[tuple[str, dict[str, object]], ...] = (
    ("entra token", {"status": 503}),
    ("entra token", {"drop": "after"}),
    ("entra token", {"delay_seconds": 0.5}),
    ("workday token", {"status": 500}),
    ("workday token", {"drop": "before"}),
    ("workday rest", {"status": 503, "headers": {"Retry-After": "1"}}),
    ("workday soap", {"status": 429, "headers": {"Retry-After": "1"}}),
    ("workday soap", {"delay_seconds": 0.5}),
)


@dataclass(slots=True)
class Told:
    """What one write's caller was told at the end, over all attempts. `event`: of a 200."""

    user: str
    name: str
    status: int = 0
    code: str = ""
    event: str = ""
    lost: bool = False
    """Whether an attempt ended without any response: its process was killed."""
    statuses: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Figures:
    """What happened, for the report and for the invariants."""

    told: list[Told] = field(default_factory=list)
    again: list[tuple[Told, Told]] = field(default_factory=list)
    cuts: int = 0
    troubles: int = 0
    kills: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def run(stage: Stage, *, seed: int, writes: int, callers: int, kill_every: float) -> Iterator[str]:
    """Yields lines of progress, then one line for each invariant that does not hold (begins with "VIOLATED")."""
    figures = Figures()
    stage.line.trouble = 0.05
    started = time.monotonic()
    faults = partial(sandbox_faults, stage, figures, random.Random(seed))  # noqa: S311
    kills = partial(_kills, stage, figures, random.Random(seed + 1), kill_every)  # noqa: S311
    with meanwhile(faults), meanwhile(kills), ThreadPoolExecutor(callers) as pool:
        each = [
            pool.submit(_caller, stage, figures, seed, number, writes // callers) for number in range(1, callers + 1)
        ]
        for number, one in enumerate(each, start=1):
            one.result()
            if number % 5 == 0:
                yield f"  {number} of {callers} callers have ended, {len(figures.told)} writes, {figures.kills} kills"
    stage.line.trouble = 0.0
    codes = Counter(f"{told.status} {told.code}".strip() for told in figures.told)
    counts = ", ".join(f"{count} × {code}" for code, count in codes.most_common())
    yield f"  told in {time.monotonic() - started:.0f} s: {counts}"
    yield (
        f"  faults: {figures.cuts} cuts, {figures.troubles} others, {stage.line.faults} of the table, "
        f"{figures.kills} processes killed"
    )
    yield from violations(stage, figures)


def _caller(stage: Stage, figures: Figures, seed: int, number: int, writes: int) -> None:
    generator = random.Random(f"{seed}-{number}")  # noqa: S311
    user = f"load{number:03}"
    token = stage.token(user)
    for count in range(writes):
        told = Told(user, f"Load{number:03} W{count}")
        key = {"Idempotency-Key": f"{seed}-{told.name}"} if generator.random() < 0.5 else {}
        twice = generator.random()
        if twice < PRESSED_TWICE:
            other = Told(user, told.name)
            second = threading.Thread(target=_attempts, args=(stage, other, token, key, random.Random(twice)))  # noqa: S311
            second.start()
            _attempts(stage, told, token, key, generator)
            second.join()
        else:
            other = None
            _attempts(stage, told, token, key, generator)
        if other is None and told.status == 200 and twice > 1 - PRESSED_TWICE:
            other = Told(user, told.name)
            _attempts(stage, other, token, key, generator)
        with figures.lock:
            figures.told.append(told)
            if other:
                figures.again.append((told, other))


def _attempts(stage: Stage, told: Told, token: str, key: dict[str, str], generator: random.Random) -> None:
    """As the platform repeats: what has no response, and 408, 429 and 5xx."""
    body = {"firstName": told.name, "lastName": "Tester", "country": "USA", "effectiveDate": "2026-11-01"}
    for attempt in range(RETRIES + 1):
        url = generator.choice(stage.apps).url
        try:
            reply = stage.session.post(
                f"{url}/api/workday/me/legal-name",
                json=body,
                headers={"Authorization": f"Bearer {token}", **key},
                timeout=60,
            )
        except requests.RequestException:
            told.lost = True
            told.status, told.code = 0, "no response"
        else:
            document = reply.json()
            told.status, told.code = reply.status_code, document.get("code", "")
            told.event = str(document.get("eventId", ""))
        told.statuses.append(told.status)
        if told.status not in (0, 408, 429) and told.status < 500:
            return
        time.sleep(generator.uniform(0.5, 1) * FIRST_WAIT * 1.6**attempt)


@contextmanager
def meanwhile(work: Callable[[threading.Event], None]) -> Iterator[None]:
    """While the block runs, `work` does too, until its event is set."""
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def sandbox_faults(stage: Stage, figures: Figures, generator: random.Random, stop: threading.Event) -> None:
    """One fault after another, of Entra and of Workday, until `stop`."""
    while not stop.wait(generator.uniform(0.05, 0.25)):
        if generator.random() < 0.25:
            stage.control(
                "POST", "workday", "/sandbox/faults", {"endpoint": "soap", "times": 1, **generator.choice(CUTS)}
            )
            figures.cuts += 1
        else:
            place, fault = generator.choice(TROUBLE)
            where, endpoint = place.split()
            stage.control("POST", where, "/sandbox/faults", {"endpoint": endpoint, "times": 1, **fault})
            figures.troubles += 1
    for place in ("entra", "workday"):
        stage.control("DELETE", place, "/sandbox/faults")


def _kills(stage: Stage, figures: Figures, generator: random.Random, every: float, stop: threading.Event) -> None:
    while not stop.wait(generator.uniform(0.5, 1.5) * every):
        stage.kill_one(generator)
        figures.kills += 1


def violations(stage: Stage, figures: Figures) -> Iterator[str]:
    """The invariants, judged by what Workday really holds."""
    users = sorted({told.user for told in figures.told})
    held: Counter[str] = Counter()
    events: dict[str, str] = {}
    for user in users:
        worker = stage.control("GET", "workday", f"/sandbox/workers/{user}@contoso.com")
        for event in worker["events"]:
            name = str(event["about"]["name"]).removesuffix(" Tester")
            held[name] += 1
            events[event["wid"]] = name
    for name, count in held.items():
        if count > 1:
            yield f"VIOLATED: {name} exists {count} times"
    everybody = [*figures.told, *(other for _, other in figures.again)]
    for told in everybody:
        if told.status == 200 and events.get(told.event) != told.name:
            yield f"VIOLATED: {told.name} was told done as {told.event}, which is {events.get(told.event)}"
        if told.status not in (200, 409, 503, 504, 502, 0):
            yield f"VIOLATED: {told.name} was told {told.status} {told.code}"
    for first, other in figures.again:
        if first.status == other.status == 200 and first.event != other.event:
            yield f"VIOLATED: {first.name} was told as {first.event} and {other.event}"
    sure = [told for told in figures.told if told.status == 503 and not told.lost]
    for told in sure:
        pressed_twice = any(first is told for first, _ in figures.again)
        if held[told.name] and not pressed_twice:
            yield f"VIOLATED: {told.name} was told not done, and exists"
    unknown = len({told.name for told in everybody if told.code == "outcome_unknown"})
    cut = figures.cuts + len({told.name for told in everybody if told.lost})
    if unknown > cut:
        yield f"VIOLATED: {unknown} writes were told unknown, and at most {cut} were cut"
