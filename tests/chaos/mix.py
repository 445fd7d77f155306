"""Reads and writes of many users at once under faults: nothing of one reaches another."""

from __future__ import annotations

import json
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import requests

from sandbox.world import LOAD_TESTERS
from tests.chaos.faults import Faults
from tests.chaos.stage import Stage

THREADS = 32
TROUBLED = 0.3
WRITTEN = 0.05
"""The shares of requests with a fault, and of writes."""
READS = ("/api/workday/me", "/api/workday/me/home-address", "/api/workday/me/contact-information", "/api/whoami")
WRITE = "/api/workday/me/preferred-name"
NAMED = re.compile(r"(?i)load(\d{3})")


def run(stage: Stage, *, seed: int, total: int) -> Iterator[str]:
    """Yields lines of progress, then one line for each violation."""
    users = [f"load{number:03}" for number in range(1, LOAD_TESTERS + 1)]
    with ThreadPoolExecutor(8) as pool:
        tokens = dict(zip(users, pool.map(stage.token, users), strict=True))
    oids = {stage_oid(tokens[user]): user for user in users}
    begun = len(stage.log)
    owners: dict[str, str] = {}
    found: list[str] = []
    statuses: Counter[str] = Counter()
    faults = Faults(stage, seed, TROUBLED)

    def ask(number: int) -> None:
        generator = random.Random(f"{seed}-{number}")  # noqa: S311
        user = generator.choice(users)
        faults.trouble()
        try:
            reply = _ask(stage, generator, user, tokens[user], number)
        except requests.RequestException:
            statuses["no response"] += 1
            return
        statuses[str(reply.status_code)] += 1
        owners[reply.headers["x-correlation-id"]] = user
        named = _named(reply.text, oids)
        if named - {user}:
            found.append(f"VIOLATED: a response to {user} names {', '.join(sorted(named - {user}))}")

    started = time.monotonic()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(ask, range(total)))
    seconds = time.monotonic() - started
    faults.end()
    counts = ", ".join(f"{count} × {status}" for status, count in statuses.most_common())
    yield f"  {total} requests in {seconds:.0f} s, {total / seconds:.0f} a second, {faults.troubles} faults: {counts}"
    yield from found
    yield from _log_lines(stage.log[begun:], owners, oids)
    yield from _written(stage, users)


def _ask(stage: Stage, generator: random.Random, user: str, token: str, number: int) -> requests.Response:
    """A read, or a write whose values name the person."""
    url, headers = generator.choice(stage.apps).url, {"Authorization": f"Bearer {token}"}
    if generator.random() >= WRITTEN:
        return stage.session.get(url + generator.choice(READS), headers=headers, timeout=60)
    name = {"firstName": f"{user} P{number}", "lastName": "Tester", "country": "USA"}
    return stage.session.post(url + WRITE, json=name, headers=headers, timeout=60)


def _written(stage: Stage, users: list[str]) -> Iterator[str]:
    """Each change in Workday was made by the user of the record, and once."""
    total = 0
    for user in users:
        events = stage.control("GET", "workday", f"/sandbox/workers/{user}@contoso.com")["events"]
        names = Counter(str(event["about"]["name"]) for event in events)
        total += names.total()
        wrong = [name for name, count in names.items() if count > 1 or not name.lower().startswith(f"{user} ")]
        yield from (f"VIOLATED: {user} has {names[name]} × {name!r}" for name in wrong)
    yield f"  {total} writes checked"


def _named(text: str, oids: dict[str, str]) -> set[str]:
    """The users that a text names, by object id or by name."""
    return {oids[oid] for oid in oids if oid in text} | {f"load{number}" for number in NAMED.findall(text)}


def stage_oid(token: str) -> str:
    """The object id in a token."""
    from base64 import urlsafe_b64decode

    payload = token.split(".")[1]
    return str(json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["oid"])


def _log_lines(log: list[str], owners: dict[str, str], oids: dict[str, str]) -> Iterator[str]:
    """Each log line names the user of its request, and no other user."""
    checked = 0
    for line in log:
        if not line.startswith("{") or '"event": "request"' not in line:
            continue
        entry = json.loads(line)
        user = owners.get(entry["correlationId"])
        if user is None:
            continue
        checked += 1
        named = _named(line, oids)
        if named - {user}:
            yield f"VIOLATED: the log line of a request of {user} names {', '.join(sorted(named - {user}))}"
    yield f"  {checked} log lines checked"
