"""`dev.py up --no-app` and local.settings.sample.json: the settings of `func start`, and README's commands."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sandbox import up
from sandbox.running import Sandbox
from sandbox.stack import ROOT
from sandbox.up import (
    CURRENT,
    FIRST_PORT,
    WRITTEN,
    PortTaken,
    parse,
    sample,
    warn_of,
    without_app,
    write_local_settings,
)

README = (ROOT / "README.md").read_text("utf-8")
[COMMANDS] = re.findall(r"^token=.*\ncurl .*$", README.partition("func start\n")[2], re.MULTILINE)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In place of the project's folder, which has a developer's own files."""
    monkeypatch.setattr(up, "HOME", tmp_path)
    return tmp_path


@pytest.fixture
def first_port() -> int:
    """The first of three ports in a row that are free."""
    for port in range(FIRST_PORT + 100, FIRST_PORT + 2000, 3):
        try:
            for number in range(3):
                socket.create_server(("127.0.0.1", port + number)).close()
        except OSError:
            continue
        return port
    raise LookupError("no three free ports")


@pytest.fixture
def started(home: Path, first_port: int) -> Iterator[str]:
    """The sandbox as `dev.py up --no-app` starts it; the value is its note."""
    with ExitStack() as stack:
        _, _, note = without_app(parse(["--no-app", "--first-port", str(first_port)]), stack)
        yield note


@pytest.fixture
def func_start(started: str, home: Path) -> Iterator[str]:
    """The address of the app as `func start` runs it: settings from the file, in the app's folder."""
    values = json.loads((home / "local.settings.json").read_text("utf-8"))["Values"]
    host = [sys.executable, "-m", "sandbox.functions_host", "--stop-with-stdin", "--app", str(ROOT / "function_app.py")]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("BRIDGE_", "REQUESTS_"))}
    log = home / "log"
    with (
        log.open("w") as lines,
        subprocess.Popen(
            host,
            cwd=home,
            env={**clean, **values, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=lines,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        yield process.stdout.readline().split()[4]
        process.communicate()


@pytest.mark.skipif(not (shutil.which("bash") and shutil.which("curl")), reason="README's commands need bash and curl")
def test_the_readmes_commands_read_a_worker(func_start: str, home: Path, first_port: int) -> None:
    script = COMMANDS.replace(f"localhost:{FIRST_PORT}", f"localhost:{first_port}")
    script = script.replace("http://localhost:7071", func_start)
    done = subprocess.run(["bash", "-ec", script], cwd=home, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout)["name"] == "Adele Vance", (home / "log").read_text("utf-8")


def test_the_sample_names_the_sandbox_on_its_default_ports() -> None:
    values = sample()
    with Sandbox() as running:
        env = running.env
    for name in sorted(values.keys() & env.keys() - {"REQUESTS_CA_BUNDLE"}):
        assert re.sub(r"(localhost):\d+", r"\1", values[name]) == re.sub(r"(localhost):\d+", r"\1", env[name]), name
    assert sorted(set(re.findall(r"localhost:(\d+)", json.dumps(values)))) == [str(FIRST_PORT), str(FIRST_PORT + 1)]
    assert values["REQUESTS_CA_BUNDLE"] == f"{up.CERTIFICATES}/ca.pem"
    assert f"/{up.CERTIFICATES}/" in re.sub("^", "/", (ROOT / ".gitignore").read_text("utf-8"), flags=re.MULTILINE)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", r"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT\W+(\d+)"),
        ("PYTHON_THREADPOOL_THREAD_COUNT", r"(?im)^(?:param )?threads(?: int)? ?= ?'?(\d+)"),
    ],
)
def test_the_sample_limits_what_the_deployment_limits(name: str, said: str) -> None:
    files = [file for folder in ("deploy", "infra") for file in (ROOT / folder).rglob("*.*") if file.is_file()]
    found = {value for file in files for value in re.findall(said, file.read_text("utf-8"))}
    assert found == {sample()[name]}


def test_a_port_that_is_taken_is_named_with_what_to_do(home: Path, first_port: int) -> None:
    options = parse(["--no-app", "--first-port", str(first_port)])
    with (
        socket.create_server(("127.0.0.1", first_port + 1)),
        ExitStack() as stack,
        pytest.raises(PortTaken, match=rf"Port {first_port + 1} \(workday\) is taken(.|\n)*--first-port \d+"),
    ):
        without_app(options, stack)
    assert not list(home.iterdir())


def test_a_variable_that_overrides_local_settings_is_named() -> None:
    wanted = {"REQUESTS_CA_BUNDLE": ".sandbox/ca.pem", "BRIDGE_A": "1", "BRIDGE_B": "2"}
    assert warn_of({"PATH": "/", "BRIDGE_A": "1"}, wanted) == ""
    assert "Warning: REQUESTS_CA_BUNDLE is set" in warn_of({"REQUESTS_CA_BUNDLE": "/corporate.pem"}, wanted)
    proxies = {"NO_PROXY": "localhost,127.0.0.1"}
    assert warn_of({"NO_PROXY": ".corporate,localhost"}, proxies) == ""
    assert "NO_PROXY is set" in warn_of({"NO_PROXY": ".corporate"}, proxies)
    assert "BRIDGE_A, BRIDGE_B are set" in warn_of({"BRIDGE_A": "x", "BRIDGE_B": ""}, wanted)


def test_local_settings_are_written_once_and_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "local.settings.json"
    assert write_local_settings(file, {"BRIDGE_A": "1"}) == WRITTEN
    written = json.loads(file.read_text("utf-8"))
    assert written == {"IsEncrypted": False, "Values": {"BRIDGE_A": "1"}}
    assert write_local_settings(file, {"BRIDGE_A": "1"}) == CURRENT
    note = write_local_settings(file, {"BRIDGE_A": "2"})
    assert ("1 of its values" in note, "BRIDGE_A" in note) == (True, True)
    assert json.loads(file.read_text("utf-8")) == written
