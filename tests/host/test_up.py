"""`dev.py up` as a user runs it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from sandbox.stack import ROOT
from sandbox.up import overridden, parse
from tests.sandbox.test_running import FACTS

SIGNER = "BRIDGE_SYSTEMS__WORKDAY__SAML__SIGNER"


@pytest.mark.skipif(os.name == "nt", reason="sends a POSIX signal")
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT in a shell's background"])
def test_it_prints_all_addresses_on_one_line_and_ends_in_order(end: signal.Signals) -> None:
    deaf = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    up = [sys.executable, "-m", "sandbox.up", "--json", "--set", f"{SIGNER}=entra"]
    with subprocess.Popen(
        [sys.executable, "-c", deaf, *up], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        try:
            facts = json.loads(process.stdout.readline())
            assert list(facts) == ["app", *FACTS]
            assert facts["env"][SIGNER] == "entra"
            assert requests.get(f"{facts['app']}/api/health", timeout=5).json()["status"] == "ok"
            process.send_signal(end)
            assert (process.wait(15), process.stdout.read()) == (0, "")
        finally:
            process.kill()
    for name in ("app", "entra", "workday", "orders"):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", urlsplit(facts[name]).port or 0), timeout=2)


@pytest.mark.parametrize("text", ["NAME", "=value", ""])
def test_a_setting_that_is_not_name_and_value_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--set", text])
    assert "is not NAME=VALUE" in capsys.readouterr().err


def test_settings_keep_their_equals_signs_and_may_be_empty() -> None:
    assert parse(["--set", "A=b=c", "--set", "D="]).set == [("A", "b=c"), ("D", "")]


def test_a_catalog_folder_of_ones_own_takes_the_place_of_the_example(tmp_path: Path) -> None:
    env = {"BRIDGE_CATALOG__FOLDER": "example", "BRIDGE_SYSTEMS__ORDERS__HOST": "localhost", "OTHER": "stays"}
    own = {"BRIDGE_CATALOG__FOLDER": str(tmp_path)}
    assert overridden(env, {}) == env
    assert overridden(env, own) == {**own, "OTHER": "stays"}
    (tmp_path / "orders").mkdir()
    assert overridden(env, own) == {**env, **own}
