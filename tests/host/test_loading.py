"""Which apps are served, and the command line."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.functions_host import FunctionsHost
from sandbox.functions_host.functions import App, AppError
from tests.host.conftest import APP

HEAD = """
import azure.functions as func
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
"""
REFUSED = {
    "async def": (
        "@app.route('a')\nasync def f(req: func.HttpRequest) -> str: return 'a'",
        "plain def",
    ),
    "unknown parameter": (
        "@app.route('a')\ndef f(req: func.HttpRequest, extra: str) -> str: return 'a'",
        r"\['extra', 'req'\]",
    ),
    "request under another name": (
        "@app.route('a', trigger_arg_name='request')\ndef f(req: func.HttpRequest) -> str: return 'a'",
        "the worker gives request",
    ),
    "unreadable route": (
        "@app.route('/a')\ndef f(req: func.HttpRequest) -> str: return 'a'",
        "template",
    ),
    "not HTTP": (
        "@app.timer_trigger(schedule='0 * * * * *', arg_name='timer')\ndef f(timer: func.TimerRequest) -> None: ...",
        "HTTP triggers only",
    ),
}


def _app(folder: Path, source: str) -> Path:
    file = folder / "some_app.py"
    file.write_text(HEAD + source)
    return file


@pytest.fixture(autouse=True)
def _path_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])


@pytest.mark.parametrize(("source", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_an_app_that_would_not_run_in_azure_or_here_is_refused(tmp_path: Path, source: str, reason: str) -> None:
    with pytest.raises(AppError, match=f"f: .*{reason}"):
        App.load(_app(tmp_path, source), worker="own")


def test_without_host_json_routes_are_below_api_and_named_after_the_function(tmp_path: Path) -> None:
    app = App.load(_app(tmp_path, "@app.route()\ndef hello(req: func.HttpRequest) -> str: return 'hi'"), worker="own")
    assert [function.route.template for function in app.functions] == ["api/hello"]


def test_a_closed_host_ends_connections_and_frees_its_port() -> None:
    with FunctionsHost() as host:
        host.serve(App.load(APP, worker="own"))
        connection = http.client.HTTPConnection(host.address, timeout=10)
        connection.request("GET", "/api/echo")
        connection.getresponse().read()
    connection.close()
    with FunctionsHost(port=int(host.address.split(":")[1])) as again:
        assert again.url == host.url


SHOW_ENVIRONMENT = """
import os
@app.route('env')
def f(req: func.HttpRequest) -> str: return os.environ['WEBSITE_HOSTNAME'] + os.environ['AZURE_FUNCTIONS_ENVIRONMENT']
"""


def test_the_command_serves_until_its_input_ends_and_gives_the_app_its_address(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sandbox.functions_host", "--stop-with-stdin", "--app"]
    command.append(str(_app(tmp_path, SHOW_ENVIRONMENT)))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        ready = process.stdout.readline()
        address = ready.split("http://")[1].split()[0]
        connection = http.client.HTTPConnection(address, timeout=10)
        connection.request("GET", "/api/env")
        assert connection.getresponse().read().decode() == address + "Development"
        connection.close()
        process.stdin.close()
        assert (process.wait(10), ready.endswith("(1 functions)\n")) == (0, True)


def test_the_command_reports_why_an_app_cannot_be_served(tmp_path: Path) -> None:
    file = _app(tmp_path, REFUSED["unknown parameter"][0])
    command = [sys.executable, "-m", "sandbox.functions_host", "--app", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    reported = done.stderr.splitlines()[-1]
    assert (done.returncode, done.stdout) == (1, "")
    assert (reported.startswith("The app cannot be served. "), "'extra'" in reported) == (True, True)


def test_the_command_names_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        command = [sys.executable, "-m", "sandbox.functions_host", "--app", str(APP), "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(rf"Port {port} cannot be used .*--port\.\n", done.stderr)
