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
import threading
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
ATTEMPTS = 3
"""To start: another process may take the free port first."""


def installed() -> Path | None:
    """The folder with Azurite's package, if it and node are here."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "obo-saml-bridge" / "azurite"
    folder = Path(os.environ.get("AZURITE_MODULES") or cache) / "node_modules" / "azurite"
    return folder if folder.is_dir() and shutil.which("node") else None


def storage_token(deadline: Deadline | None = None, **claims: object) -> str:
    """A token for storage with Entra's claims, unsigned."""
    now = int(time.time())
    tenant = "https://sts.windows.net/22222222-2222-2222-2222-222222222222/"
    payload = {"aud": RESOURCE, "iss": tenant, "iat": now, "nbf": now - 5, "exp": now + 3600, **claims}
    parts = ({"alg": "none", "typ": "JWT"}, payload)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The URL of an account's tables, over TLS. `folder` keeps its certificate (`ca.pem`) and its files."""
    create_tls(folder)
    for _ in range(ATTEMPTS):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        with subprocess.Popen(_command(folder, port), cwd=folder, stdout=subprocess.PIPE, encoding="utf-8") as process:
            try:
                if _is_started(process):
                    yield f"https://127.0.0.1:{port}/{ACCOUNT}"
                    return
            finally:
                process.kill()
    raise RuntimeError("Azurite does not start")


def _command(folder: Path, port: int) -> list[str]:
    package = installed()
    assert package is not None
    server = str(folder / "server.pem")
    options = ["--tablePort", str(port), "--oauth", "basic", "--cert", server, "--key", server]
    options += ["--silent", "--disableTelemetry", "--inMemoryPersistence"]
    return [shutil.which("node") or "node", str(package / "dist" / "src" / "table" / "main.js"), *options]


def _is_started(process: subprocess.Popen[str]) -> bool:
    """Whether it says so; without it, e.g. if another process was faster to take the port, it ends."""
    timer = threading.Timer(START_SECONDS, process.kill)
    timer.start()
    try:
        return (
            any("successfully started" in line for line in iter(process.stdout.readline, ""))
            if process.stdout
            else False
        )
    finally:
        timer.cancel()


def create_table(account: str, name: str, *, ca_file: Path) -> str:
    """A new table's URL."""
    headers = {
        "Authorization": f"Bearer {storage_token()}",
        "x-ms-version": "2020-12-06",
        "Content-Type": "application/json",
        "Accept": "application/json;odata=nometadata",
    }
    body = json.dumps({"TableName": name}).encode()
    response = requests.post(f"{account}/Tables", headers=headers, data=body, verify=str(ca_file), timeout=60)
    assert response.status_code in (201, 204), response.text
    return f"{account}/{name}"
