"""Reads and writes of many users at once under faults: nothing of one reaches another."""

from __future__ import annotations

import json
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import requests

from sandbox.world import LOAD_TESTERS
from tests.chaos.stage import Stage
from tests.chaos.writes import Figures, meanwhile, sandbox_faults

THREADS = 32
READS = ("/api/workday/me", "/api/workday/me/home-address", "/api/workday/me/contact-information", "/api/whoami")
NAMED = re.compile(r"(?i)load(\d{3})")


def run(stage: Stage, *, seed: int, total: int) -> Iterator[str]:
    """Yields lines of progress, then one line for each violation."""
    users = [f"load{number:03}" for number in range(1, LOAD_TESTERS + 1)]
    tokens = dict(zip(users, ThreadPoolExecutor(8).map(stage.token, users), strict=True))
    oids = {stage_oid(tokens[user]): user for user in users}
    begun = len(stage.log)
    owners: dict[str, str] = {}
    found: list[str] = []
    statuses: Counter[int] = Counter()

    def ask(number: int) -> None:
        generator = random.Random(f"{seed}-{number}")  # noqa: S311
        user = generator.choice(users)
        url = f"{generator.choice(stage.apps).url}{generator.choice(READS)}"
        try:
            reply = stage.session.get(url, headers={"Authorization": f"Bearer {tokens[user]}"}, timeout=60)
        except requests.RequestException:
            statuses[0] += 1
            return
        statuses[reply.status_code] += 1
        owners[reply.headers["x-correlation-id"]] = user
        named = {f"load{number}" for number in NAMED.findall(reply.text)}
        named |= {oids[oid] for oid in oids if oid in reply.text}
        if named - {user}:
            found.append(f"VIOLATED: a response to {user} names {', '.join(sorted(named - {user}))}")

    started = time.monotonic()
    faults = partial(sandbox_faults, stage, Figures(), random.Random(seed))  # noqa: S311
    with meanwhile(faults), ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(ask, range(total)))
    seconds = time.monotonic() - started
    counts = ", ".join(f"{count} × {status}" for status, count in statuses.most_common())
    yield f"  {total} requests in {seconds:.0f} s, {total / seconds:.0f} a second: {counts}"
    yield from found
    yield from _log_lines(stage.log[begun:], owners, oids)


def stage_oid(token: str) -> str:
    """The object id in a token."""
    from base64 import urlsafe_b64decode

    payload = token.split(".")[1]
    return str(json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["oid"])


def _log_lines(log: list[str], owners: dict[str, str], oids: dict[str, str]) -> Iterator[str]:
    """Each line of the log names the person whose request it is about, and nobody else."""
    judged = 0
    for line in log:
        if not line.startswith("{") or '"event": "request"' not in line:
            continue
        entry = json.loads(line)
        user = owners.get(entry["correlationId"])
        if user is None:
            continue
        judged += 1
        named = {oids[oid] for oid in oids if oid in line} | {f"load{number}" for number in NAMED.findall(line)}
        if named - {user}:
            yield f"VIOLATED: the log line of a request of {user} names {', '.join(sorted(named - {user}))}"
    yield f"  {judged} log lines judged"
