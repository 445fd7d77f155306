"""The sandbox as a whole: `sandbox.start()` and `python -m sandbox`."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

import sandbox
from sandbox.running import Sandbox

ROOT = Path(sandbox.__file__).parent.parent
FACTS = [
    "entra",
    "workday",
    "orders",
    "systems",
    "ca",
    "tenantId",
    "clientId",
    "connectorClientId",
    "publicClientId",
    "workdayTenant",
    "env",
]


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with sandbox.start() as started:
        yield started


def test_all_three_respond_with_certificates_of_one_authority(running: Sandbox) -> None:
    with requests.Session() as session:
        session.trust_env = False
        for server in (running.entra, running.workday, running.orders):
            answer = session.get(f"{server.url}/sandbox/stats", verify=str(running.ca_file), timeout=5)
            assert answer.status_code == 200


def test_orders_trusts_the_tenants_keys_also_after_rotation(running: Sandbox) -> None:
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(running.ca_file)
        session.post(f"{running.entra.url}/sandbox/rotate-keys", timeout=5)
        token = running.tenant.token(audience=running.world.orders.client_id, scope="Orders.ReadWrite")
        headers = {"Authorization": f"Bearer {token}"}
        assert session.get(f"{running.orders.url}/orders", headers=headers, timeout=5).status_code == 200


def test_hosts_in_the_settings_are_those_of_the_servers(running: Sandbox) -> None:
    env = running.env
    assert env["BRIDGE_SYSTEMS__WORKDAY__HOST"] == f"localhost:{running.workday.port}"
    assert env["BRIDGE_SYSTEMS__ORDERS__HOST"] == f"localhost:{running.orders.port}"
    assert env["BRIDGE_ENTRA__AUTHORITY_HOST"] == running.entra.url
    assert Path(env["REQUESTS_CA_BUNDLE"]).read_text().startswith("-----BEGIN CERTIFICATE-----")


def test_stopping_leaves_no_files() -> None:
    with sandbox.start() as started:
        folder = started.ca_file.parent
    assert not folder.exists()


def start_process() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--json"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def ready(process: subprocess.Popen[str]) -> Any:
    assert process.stdout
    return json.loads(process.stdout.readline())


def test_the_process_prints_its_facts_in_one_line_and_ends_with_its_standard_input() -> None:
    with start_process() as process:
        facts = ready(process)
        assert list(facts) == FACTS
        assert Path(facts["ca"]).is_file()
        assert process.stdin
        process.stdin.close()
        assert process.wait(10) == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to send")
def test_the_process_ends_in_order_when_asked() -> None:
    with start_process() as process:
        facts = ready(process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert not Path(facts["ca"]).exists()
