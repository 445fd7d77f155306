"""Azurite, Microsoft's own stand-in for Azure Storage, over TLS and with Entra tokens, as a judge of our requests.

It checks issuer, audience and times of the tokens, not their signatures. npm has it; `.ci/run` installs it.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from bridge.base.deadline import Deadline
from bridge.ledger.azure_table import RESOURCE
from sandbox.ca import create_tls

VERSION = "3.35.0"
ACCOUNT = "devstoreaccount1"
START_SECONDS = 60


def installed() -> Path | None:
    """The folder with Azurite's package, if it and node are here."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "obo-saml-bridge" / "azurite"
    folder = Path(os.environ.get("AZURITE_MODULES") or cache) / "node_modules" / "azurite"
    return folder if folder.is_dir() and shutil.which("node") else None


def storage_token(deadline: Deadline | None = None, **claims: object) -> str:
    """A token for storage as Entra's would look, signed by nobody."""
    now = int(time.time())
    tenant = "https://sts.windows.net/22222222-2222-2222-2222-222222222222/"
    payload = {"aud": RESOURCE, "iss": tenant, "iat": now, "nbf": now - 5, "exp": now + 3600, **claims}
    parts = ({"alg": "none", "typ": "JWT"}, payload)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The URL of an account's tables, over TLS. `folder` keeps its certificate (`ca.pem`) and its files."""
    package = installed()
    assert package is not None
    create_tls(folder)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = str(folder / "server.pem")
    script = package / "dist" / "src" / "table" / "main.js"
    options = ["--tablePort", str(port), "--oauth", "basic", "--cert", server, "--key", server]
    options += ["--silent", "--disableTelemetry", "--inMemoryPersistence"]
    command = [shutil.which("node") or "node", str(script), *options]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait(port, process)
            yield f"https://127.0.0.1:{port}/{ACCOUNT}"
        finally:
            process.kill()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert process.poll() is None, "Azurite ended"
            time.sleep(0.05)
    raise TimeoutError("Azurite does not listen")


def create_table(account: str, name: str, *, ca_file: Path) -> str:
    """A new table's URL."""
    headers = {
        "Authorization": f"Bearer {storage_token()}",
        "x-ms-version": "2020-12-06",
        "Content-Type": "application/json",
        "Accept": "application/json;odata=nometadata",
    }
    body = json.dumps({"TableName": name}).encode()
    response = requests.post(f"{account}/Tables", headers=headers, data=body, verify=str(ca_file), timeout=10)
    assert response.status_code in (201, 204), response.text
    return f"{account}/{name}"
