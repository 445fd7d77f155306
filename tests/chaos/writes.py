"""Writes with retries like Power Automate's, under faults and kills: each is made once and reported correctly."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field

import requests
from urllib3.exceptions import NewConnectionError

from tests.chaos.faults import Faults
from tests.chaos.stage import TIMEOUT_SECONDS, Stage

RETRIES = 8
"""Power Automate repeats a request with 408, 429 or 5xx so often."""
FIRST_WAIT = 0.2
TWICE_AT_ONCE = 0.15
ONCE_MORE = 0.15
CUT = 0.1
TROUBLED = 0.3
"""Shares of writes: sent twice at once, repeated, without Workday's response, with other faults."""
RECORD_SECONDS = 2.0
"""A process that is killed so soon after a response may not have recorded it yet: the table may have failed once."""
OUT_OF_TIME = TIMEOUT_SECONDS - 2
"""From here on a request may have ended because of its deadline; a repeat waits no longer for the first one."""


@dataclass(slots=True)
class Attempt:
    """One request. `url`: of its process."""

    url: str
    started: float
    ended: float = 0.0
    status: int = 0
    code: str = ""
    event: str = ""
    reached: bool = True
    """False if there was no connection: the process had been killed before."""


@dataclass(slots=True)
class Write:
    """One caller's attempts to make one write; the caller believes the last one."""

    user: str
    name: str
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def last(self) -> Attempt:
        return self.attempts[-1]


@dataclass(slots=True)
class Plan:
    """The plan from the seed, and its results."""

    stage: Stage
    seed: int
    faults: Faults
    kill_every: int
    """Writes between two processes that are killed."""
    writes: list[Write] = field(default_factory=list)
    cut: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)
    begun: int = 0


def run(stage: Stage, *, seed: int, writes: int, callers: int, kill_every: int) -> Iterator[str]:
    """Yields lines of progress, then one line for each invariant that does not hold (begins with "VIOLATED")."""
    plan = Plan(stage, seed, Faults(stage, seed, TROUBLED), kill_every)
    stage.line.trouble, faults = 0.05, stage.line.faults
    stage.killed.clear()
    started = time.monotonic()
    with ThreadPoolExecutor(callers) as pool:
        each = [pool.submit(_caller, plan, number, writes // callers) for number in range(1, callers + 1)]
        for number, one in enumerate(as_completed(each), start=1):
            one.result()
            if number % 5 == 0:
                yield f"  {number} of {callers} callers have ended, {plan.begun} writes, {len(stage.killed)} kills"
    stage.line.trouble = 0.0
    plan.cut = plan.faults.end()
    codes = Counter(f"{write.last.status} {write.last.code}".strip() for write in plan.writes)
    counts = ", ".join(f"{count} × {code}" for code, count in codes.most_common())
    yield f"  answered in {time.monotonic() - started:.0f} s: {counts}"
    yield (
        f"  faults: {len(plan.cut)} writes cut, {plan.faults.troubles} others, {stage.line.faults - faults} of the "
        f"table, {len(stage.killed)} processes killed"
    )
    yield from violations(plan)


def _caller(plan: Plan, number: int, writes: int) -> None:
    generator = random.Random(f"{plan.seed}-{number}")  # noqa: S311
    user = f"load{number:03}"
    token = plan.stage.token(user)
    for count in range(writes):
        _kill_now_and_then(plan)
        _one(plan, user, f"Load{number:03} W{count}", token, generator)


def _one(plan: Plan, user: str, name: str, token: str, generator: random.Random) -> None:
    """One write: perhaps cut at Workday, perhaps sent twice at once, perhaps repeated when it has ended."""
    key = {"Idempotency-Key": f"{plan.seed}-{name}"} if generator.random() < 0.5 else {}
    if generator.random() < CUT:
        plan.faults.cut(f"{name}<")  # the end of an element: "W1" is not "W12"
    again = generator.random()
    first, second = Write(user, name), Write(user, name)
    if again < TWICE_AT_ONCE:
        twin = threading.Thread(target=_attempts, args=(plan, second, token, key, random.Random(again)))  # noqa: S311
        twin.start()
        _attempts(plan, first, token, key, generator)
        twin.join()
    else:
        _attempts(plan, first, token, key, generator)
        if again > 1 - ONCE_MORE:
            _attempts(plan, second, token, key, generator)
    with plan.lock:
        plan.writes += [write for write in (first, second) if write.attempts]


def _kill_now_and_then(plan: Plan) -> None:
    with plan.lock:
        plan.begun += 1
        turn, rest = divmod(plan.begun, plan.kill_every)
    if rest == 0:
        plan.stage.kill_one(random.Random(f"{plan.seed}-kill-{turn}"))  # noqa: S311


def _attempts(plan: Plan, write: Write, token: str, key: dict[str, str], generator: random.Random) -> None:
    """Repeats as Power Automate does: without a response, and after 408, 429 and 5xx."""
    for number in range(RETRIES + 1):
        plan.faults.trouble()
        attempt = Attempt(generator.choice(plan.stage.apps).url, time.monotonic())
        write.attempts.append(attempt)
        _send(plan.stage, write.name, attempt, {"Authorization": f"Bearer {token}", **key})
        attempt.ended = time.monotonic()
        if attempt.status not in (0, 408, 429) and attempt.status < 500:
            return
        time.sleep(generator.uniform(0.5, 1) * FIRST_WAIT * 1.6**number)


def _send(stage: Stage, name: str, attempt: Attempt, headers: dict[str, str]) -> None:
    body = {"firstName": name, "lastName": "Tester", "country": "USA", "effectiveDate": "2026-11-01"}
    url = f"{attempt.url}/api/workday/me/legal-name"
    try:
        reply = stage.session.post(url, json=body, headers=headers, timeout=60)
    except requests.RequestException as error:
        reason = getattr(error.args[0], "reason", None) if error.args else None
        attempt.reached, attempt.code = not isinstance(reason, NewConnectionError), "no response"
        return
    document = reply.json()
    attempt.status, attempt.code = reply.status_code, document.get("code", "")
    attempt.event = str(document.get("eventId", ""))


def violations(plan: Plan) -> Iterator[str]:
    """The violated invariants, by the records in Workday."""
    events = {
        event["wid"]: str(event["about"]["name"]).removesuffix(" Tester")
        for user in sorted({write.user for write in plan.writes})
        for event in plan.stage.control("GET", "workday", f"/sandbox/workers/{user}@contoso.com")["events"]
    }
    held = Counter(events.values())
    yield from (f"VIOLATED: {name} exists {count} times" for name, count in held.items() if count > 1)
    for write in plan.writes:
        last = write.last
        if last.status == 200 and events.get(last.event) != write.name:
            yield f"VIOLATED: {write.name} was answered as {last.event}, which is {events.get(last.event)}"
        if last.status not in (200, 409, 503, 504, 502, 0):
            yield f"VIOLATED: {write.name} was answered {last.status} {last.code}"
    together: dict[str, list[Write]] = {}
    for write in plan.writes:
        together.setdefault(write.name, []).append(write)
    for name, writes in together.items():
        if len({write.last.event for write in writes if write.last.status == 200}) > 1:
            yield f"VIOLATED: {name} was answered with two events"
        if held[name] and {write.last.status for write in writes} == {503} and not _killed(plan, writes):
            yield f"VIOLATED: {name} was answered as not done, and exists"
    yield from _unknown(plan, together)


def _unknown(plan: Plan, together: dict[str, list[Write]]) -> Iterator[str]:
    """Each unknown outcome has its cause, one by one: no write is called unknown that was not cut."""
    causes: Counter[str] = Counter()
    for name, writes in together.items():
        if not any(write.last.code == "outcome_unknown" for write in writes):
            continue
        attempts = [attempt for write in writes for attempt in write.attempts]
        if f"{name}<" in plan.cut:
            causes["cut at Workday"] += 1
        elif _killed(plan, writes):
            causes["killed"] += 1
        elif any(attempt.ended - attempt.started >= OUT_OF_TIME for attempt in attempts):
            causes["out of time"] += 1
        else:
            yield f"VIOLATED: {name} was answered as unknown, and nothing had cut it"
    counts = ", ".join(f"{count} {cause}" for cause, count in causes.most_common())
    yield f"  unknown: {causes.total()} writes ({counts or 'none'}), each with its cause"


def _killed(plan: Plan, writes: list[Write]) -> bool:
    """Whether a process was killed while it made one of these writes, or before it could record it."""
    return any(
        attempt.reached and attempt.started <= plan.stage.killed.get(attempt.url, 0.0) <= attempt.ended + RECORD_SECONDS
        for write in writes
        for attempt in write.attempts
    )
